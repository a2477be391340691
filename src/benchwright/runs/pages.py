"""The page of one run."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from benchwright.access.scopes import Scope, requires
from benchwright.hosts.waiting import explain
from benchwright.kit.db import ReadSession, after_commit, now
from benchwright.kit.downloads import file_name, save_as
from benchwright.kit.errors import Conflict, NotFound
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.runs import (
    job_page,
    job_results,
    overlay,
    panels,
    service,
    target_texts,
)
from benchwright.runs.charting import (
    ENDED_POINTS,
    LIVE_POINTS,
    MAIN_CHARTS,
    chart_marks,
    chart_scenarios,
    more_charts,
)
from benchwright.runs.file_tables import MAX_ROW
from benchwright.runs.folder import RunFolder
from benchwright.runs.giving_up import give_up, place_of
from benchwright.runs.headline import Values, headline
from benchwright.runs.models import Run
from benchwright.runs.overlay import WithQuery
from benchwright.runs.overlay_lines import overlay_context
from benchwright.runs.presentation import ResultIndex
from benchwright.runs.progress import tell_progress
from benchwright.runs.scenario_table import TableWish, scenario_rows, scenario_table
from benchwright.runs.schemas import RunView
from benchwright.runs.state import RunKind, RunState, StopReason
from benchwright.runs.trends import add_trends, ended_timeline
from benchwright.tracking import service as tracking
from benchwright.web.flash import flash
from benchwright.web.rendering import Url, redirect, render

router = APIRouter(prefix="/p/{slug}/runs", include_in_schema=False)

WAITING_AFTER_S = 3
READ = [Depends(requires(Scope.READ))]
RUN = [Depends(requires(Scope.RUN))]


def table_wish(
    scenario: Annotated[str, Query(max_length=200)] = "",
    sort: Annotated[str, Query(max_length=20)] = "",
    all_: Annotated[bool, Query(alias="all")] = False,  # noqa: FBT002 - read from the address
) -> TableWish:
    """Reads `?scenario=words&sort=-p95&all=true`."""
    return TableWish(scenario, sort, all_)


def panel_query(
    tab: Annotated[str, Query(max_length=20)] = "log",
    file: Annotated[str, Query(max_length=2000)] = "",
    metric: Annotated[str, Query(max_length=2000)] = "",
    log: Annotated[str, Query(max_length=300)] = "",
    row: Annotated[int, Query(ge=0, le=MAX_ROW)] = 0,
) -> panels.PanelQuery:
    """Reads `?tab=series&metric=cpu.usage_idle`."""
    return panels.PanelQuery(tab, file, metric, log, row)


@router.get("/{run_id}.json", dependencies=READ)
def get_run(lab: LabDep, session: ReadSessionDep, slug: str, run_id: uuid.UUID) -> RunView:
    """A run as JSON."""
    _, run = find_run(session, slug, run_id)
    return tell_progress(lab.progress, [service.view_run(session, run)])[0]


@router.get("/{run_id}", dependencies=READ)
def show_run(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    run_id: uuid.UUID,
    table: Annotated[TableWish, Depends(table_wish)],
    asked: Annotated[panels.PanelQuery, Depends(panel_query)],
    others: WithQuery = [],  # noqa: B006 - FastAPI copies defaults
) -> HTMLResponse:
    """A run, live while it is under way; with others laid over it, if the address names them."""
    project, run = find_run(session, slug, run_id)
    tab = panels.known_tab(asked.tab, run.kind)
    wish = panels.PanelWish(tab, asked.file, asked.metric, asked.log, asked.row)
    context = _run_context(lab, session, project, run, wish, table)
    over = overlay.find_others(session, run, overlay.read_ids(others))
    if over:
        found = overlay.overlay_runs(session, run, over)
        context |= overlay_context(Url(request), slug, found)
    return render(request, "runs/page.html", context, project=slug, here="runs")


@router.post("/{run_id}/stop", dependencies=RUN)
def stop_run(
    request: Request, lab: LabDep, session: WriteSessionDep, slug: str, run_id: uuid.UUID
) -> Response:
    """Asks the run to end."""
    _, run = find_run(session, slug, run_id)
    if not run.state.is_final:  # it may have ended while the page was read
        service.request_stop(session, run, StopReason.USER, "Stopped by a user")
        after_commit(session, lab.wake)
    return redirect(request, f"/p/{slug}/runs/{run_id}")


@router.post("/{run_id}/give-up", dependencies=RUN)
def give_up_run(
    request: Request, lab: LabDep, session: WriteSessionDep, slug: str, run_id: uuid.UUID
) -> Response:
    """Waits no longer for a target that is out of reach."""
    _, run = find_run(session, slug, run_id)
    answer = redirect(request, f"/p/{slug}/runs/{run_id}")
    try:
        give_up(session, run)
        after_commit(session, lab.wake)
    except Conflict as conflict:  # it may have been heard of while the page was read
        flash(answer, f"Not given up: {conflict.detail}", "warn")
    return answer


@router.get("/{run_id}/script.js", dependencies=READ)
def download_script(
    lab: LabDep, session: ReadSessionDep, slug: str, run_id: uuid.UUID
) -> PlainTextResponse:
    """The script that the run executed."""
    _, run = find_run(session, slug, run_id)
    text = panels.read_script(lab, run)
    if text is None:
        raise NotFound("This run has no script.")
    return PlainTextResponse(text, headers=save_as(file_name(run.name, "js", "script")))


def find_run(session: ReadSession, slug: str, run_id: uuid.UUID) -> tuple[Project, Run]:
    """The run with its project; raises `NotFound`, also for one of another project."""
    project = projects.get_project(session, slug)
    run = service.get_run(session, run_id)
    if run.project_id != project.id:
        raise NotFound(f"There is no run {run_id} in this project.")
    return project, run


def _run_context(
    lab: Lab,
    session: ReadSession,
    project: Project,
    run: Run,
    wish: panels.PanelWish,
    table: TableWish,
) -> dict[str, Any]:
    (view,) = tell_progress(lab.progress, [service.view_run(session, run)])
    results = ResultIndex(service.list_results(session, run))
    wishes = target_texts.wishes_of(view, run.spec.get("plan"))
    before = _values_before(session, view)
    is_job = run.kind is RunKind.JOB
    unsummed = None
    if run.state.is_final and (is_job or not results.count):
        unsummed = ended_timeline(lab, run)
    live = lab.live.get(run.public_id)
    totals = unsummed.totals.scenarios if unsummed else None
    rows = scenario_table(scenario_rows(view, results, wishes, totals), table)
    if run.state.is_final:
        add_trends(lab, run, rows.rows)
    description = lab.descriptions.get(run.kind)
    return {
        "project": project,
        "run": view,
        "event_seq": run.last_event_seq,
        "series_points": ENDED_POINTS if run.state.is_final else LIVE_POINTS,
        "main_charts": MAIN_CHARTS,
        "more_charts": more_charts(view),
        "is_waiting": _is_waiting(view),
        "waiting": explain(session, run),
        "place": place_of(run.target),
        "is_given_up": run.is_given_up,
        "has_figures": unsummed is None or bool(unsummed.times_ms),
        "has_load": run.kind is RunKind.LOAD_TEST
        or (not is_job and (bool(results.count) or (live is not None and live.has_figures))),
        "is_job": is_job,
        "is_streamed": run.kind is RunKind.PUSH,
        "sender": run.spec.get("sender", ""),
        "mlflow_report": tracking.find_report(session, run, lab.settings.tracking),
        "heard_at": lab.streams.heard_at(run.public_id),
        "chart_scenarios": chart_scenarios(view),
        "chart_marks": chart_marks(panels.list_events(session, run)),
        "chart_targets": target_texts.target_lines(wishes),
        "headline": headline(results, before, same_workload=_is_same(view)),
        "scenarios": view.scenarios,
        "scenario_table": rows,
        "run_targets": target_texts.run_targets(view),
        "results": results,
        "is_again_possible": description is not None
        and bool(run.spec.get("plan_blob" if is_job else "script_blob")),
        "has_changed": description is not None and description.has_changed(session, run),
        "is_own_script": run.spec.get("script_kind") == "own",
        **panels.panel(lab, session, run, view, results, wish),
        **(_job_context(lab, session, run, wish) if is_job else {}),
    }


def _job_context(
    lab: Lab, session: ReadSession, run: Run, wish: panels.PanelWish
) -> dict[str, Any]:
    folder = RunFolder.of(lab.settings.data_dir, run.public_id)
    file = job_results.read_result_file(folder) if run.state.is_final else job_results.NO_FILE
    rows = job_results.order_results(service.list_results(session, run), file.document)
    before = job_results.find_before(session, run) if rows else None
    context: dict[str, Any] = {
        "job": job_page.job_head(run.spec),
        "kept_job": job_results.find_job(session, run),
        "group_id": run.group_id,
        "machine_charts": job_page.machine_charts(run.target),
        "waits_for": job_page.waiting_words(run),
        "headline": job_results.job_headline(rows, before),
        "job_before": before.run.public_id if before else None,
        "job_before_is_same": before is not None and before.is_same,
    }
    if wish.tab == "results":
        tree, tables = job_results.trees_of(file)
        context |= {
            "result_lines": job_results.result_lines(rows[: job_results.SHOWN_ROWS], before),
            "result_total": len(rows),
            "result_file": file,
            "result_tree": tree,
            "result_tables": tables,
        }
    return context


def _is_waiting(view: RunView) -> bool:
    """Not those that were created a moment ago: their charts would come and go."""
    age_s = (now() - view.created_at).total_seconds()
    return view.state is RunState.QUEUED and age_s > WAITING_AFTER_S


def _values_before(session: ReadSession, view: RunView) -> Values | None:
    if view.before is None:
        return None
    return service.whole_run_values(session, view.before.public_id)


def _is_same(view: RunView) -> bool:
    return view.before is not None and view.before.same_workload
