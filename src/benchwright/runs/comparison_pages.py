"""The page that shows two runs side by side."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.lab import LabDep, ReadSessionDep
from benchwright.projects.models import Project
from benchwright.runs import overlay, service
from benchwright.runs.comparison import (
    OF_SCENARIOS,
    Comparison,
    FigureChange,
    ScenarioChange,
    compare_runs,
)
from benchwright.runs.models import Run
from benchwright.runs.overlay_lines import overlay_context
from benchwright.runs.pages import find_run
from benchwright.runs.run_filter import RunFilter
from benchwright.runs.schemas import RunSummary
from benchwright.runs.state import RunKind
from benchwright.web import figures
from benchwright.web.rendering import Url, render
from benchwright.web.words import metric_word

router = APIRouter(prefix="/p/{slug}/runs", include_in_schema=False)

READ = [Depends(requires(Scope.READ))]
CANDIDATES = 50
SCENARIOS_SHOWN = 100
STATS = {"med": "p50", "max": "longest", "rate": "", "count": "in all"}

WithQuery = Annotated[uuid.UUID | None, Query(alias="with")]


class ChangeLine(NamedTuple):
    """A figure of both runs as it reads; `tone` says whether the change is for the better."""

    name: str
    this: str
    other: str
    difference: str
    share: str
    tone: str
    effect: str


class ScenarioLine(NamedTuple):
    """A scenario with a cell for each figure that scenarios are compared by."""

    scenario: ScenarioChange
    cells: list[ChangeLine]


@router.get("/{run_id}/compare.json", dependencies=READ)
def get_comparison(
    lab: LabDep, session: ReadSessionDep, slug: str, run_id: uuid.UUID, other: WithQuery = None
) -> Comparison:
    """The same as JSON."""
    _, run = find_run(session, slug, run_id)
    found = compare_runs(session, lab, run, other)
    if found is None:
        raise NotFound(
            "No run of the same load test or job was measured before; name one with `with`."
        )
    return found


@router.get("/{run_id}/compare", dependencies=READ)
def show_comparison(
    request: Request,
    lab: LabDep,
    session: ReadSessionDep,
    slug: str,
    run_id: uuid.UUID,
    other: WithQuery = None,
    all_: Annotated[bool, Query(alias="all")] = False,  # noqa: FBT002 - read from the address
) -> HTMLResponse:
    """The run beside another one, by default the run before."""
    project, run = find_run(session, slug, run_id)
    found = compare_runs(session, lab, run, other)
    context: dict[str, Any] = {
        "project": project,
        "run": service.view_run(session, run),
        "comparison": found,
        "candidates": candidates(session, project, run),
        "heads": [figure_name(metric, stat) for metric, stat in OF_SCENARIOS],
    }
    if found is not None:
        lines = [
            ScenarioLine(scenario, [change_line(change) for change in scenario.figures])
            for scenario in found.scenarios
        ]
        context["are_jobs"] = found.this.kind is found.other.kind is RunKind.JOB
        if not context["are_jobs"]:
            both = overlay.find_others(session, run, [found.other.public_id])
            laid_over = overlay.overlay_runs(session, run, both)
            context |= overlay_context(Url(request), slug, laid_over, ("this run", "other run"))
        context |= {
            "lines": [change_line(change) for change in found.figures],
            "scenario_lines": lines if all_ else lines[:SCENARIOS_SHOWN],
        }
    return render(request, "runs/compare.html", context, project=slug, here="runs")


def candidates(session: ReadSession, project: Project, run: Run) -> list[RunSummary]:
    """What the run may be compared with: others of its load test first, newest first."""
    view = service.view_run(session, run)
    page = PageRequest(limit=CANDIDATES)
    same: Sequence[RunSummary] = []
    if run.kind is RunKind.JOB:
        jobs = RunFilter(project_id=project.id, kinds=(RunKind.JOB,))
        same, _ = service.list_runs(session, jobs, page)
    if view.load_test is not None:
        narrow = RunFilter(project_id=project.id, load_tests=(view.load_test,))
        same, _ = service.list_runs(session, narrow, page)
    others, _ = service.list_runs(session, RunFilter(project_id=project.id), page)
    found = {one.public_id: one for one in (*same, *others)}
    found.pop(run.public_id, None)
    return [one for one in found.values() if one.ended_at is not None]


def change_line(change: FigureChange) -> ChangeLine:
    """A change in words."""
    difference = change.difference
    shown = ""
    if difference is not None:
        sign = "+" if difference > 0 else "\N{MINUS SIGN}" if difference < 0 else "±"
        shown = f"{sign}{_size_of(abs(difference), change.unit)}"
    return ChangeLine(
        name=_name_of(change),
        this=figures.figure(change.this, change.unit),
        other=figures.figure(change.other, change.unit),
        difference=shown,
        share=_percent(change.change),
        tone={"better": "good", "worse": "bad"}.get(change.effect, ""),
        effect={"better": "better", "worse": "worse", "same": "the same"}.get(change.effect, ""),
    )


def _name_of(change: FigureChange) -> str:
    name = figure_name(change.metric, "" if change.stat == "value" else change.stat)
    return f"{change.benchmark}: {name}" if change.benchmark else name


def figure_name(metric: str, stat: str) -> str:
    """What a figure is called: `Response time, p95`."""
    names = {
        ("http_reqs", "rate"): "Requests/s",
        ("http_req_failed", "rate"): "Errors",
        ("checks", "rate"): "Checks that held",
        ("vus_max", "max"): "Virtual users prepared",
    }
    known = names.get((metric, stat))
    shown = STATS.get(stat, stat)
    return known or ", ".join(part for part in (metric_word(metric), shown) if part)


def _size_of(value: float, unit: str) -> str:
    """Of ratios the difference is in percentage points: 2 % of 1 % would be something else."""
    if unit == "ratio":
        points = value * 100
        return f"{figures.significant(points, 2) if points else '0'}{figures.NO_BREAK}pp"
    return figures.figure(value, unit)


def _percent(change: float | None) -> str:
    if change is None:
        return ""
    if abs(change) < 0.0005:
        return f"±0{figures.NO_BREAK}%"
    if change > 9:
        return f"×{figures.NO_BREAK}{figures.significant(change + 1, 2)}"
    sign = "+" if change > 0 else "\N{MINUS SIGN}"
    return f"{sign}{figures.significant(abs(change) * 100, 2)}{figures.NO_BREAK}%"
