"""What the overview, the list of projects and a project's page tell of runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from benchwright.kit.db import ReadSession, now
from benchwright.loadtests.schemas import LoadTestSummary
from benchwright.loadtests.service import summarise
from benchwright.overview import repository
from benchwright.overview.repository import ProjectRow
from benchwright.overview.schemas import (
    AttentionLine,
    LoadTestLine,
    MeasuredLine,
    Overview,
    ProjectLine,
    ProjectList,
    RunLine,
    RunningNow,
    RunningRun,
    ScheduleLine,
    Trend,
)
from benchwright.runs.models import Run, Verdict
from benchwright.runs.progress import estimate_progress, refine_progress
from benchwright.runs.progress_board import ProgressBoard
from benchwright.runs.schemas import ProgressView, VerdictView
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.target_texts import judged
from benchwright.schedules import repository as schedules

SHOWN_RUNNING = 12
SHOWN_ATTENTION = 8
SHOWN_TESTED = 8
SHOWN_RECENT = 10
SHOWN_PROJECTS = 12
TREND_RUNS = 20


def view_overview(session: ReadSession, board: ProgressBoard) -> Overview:
    """Everything on the first page."""
    attention = repository.needing_attention(session, SHOWN_ATTENTION)
    failing, failing_total = _failing_schedules(session)
    missed = repository.missed_targets(session, [run.id for run in attention.runs])
    tested = repository.last_tested(session, SHOWN_TESTED)
    recent = repository.last_ended(session, SHOWN_RECENT)
    projects = list_projects(session, limit=SHOWN_PROJECTS)
    slugs = repository.project_slugs(
        session, {run.project_id for run in [*attention.runs, *recent]}
    )
    return Overview(
        running=view_running(session, board),
        attention=[_attention(run, slugs, missed.get(run.id, [])) for run in attention.runs],
        attention_total=attention.total + failing_total,
        failing_schedules=failing,
        tested=load_test_lines(session, [summarise(test, slug) for test, slug in tested]),
        recent=[_measured(run, slugs) for run in recent],
        projects=projects.items,
        project_total=projects.total,
    )


def view_running(session: ReadSession, board: ProgressBoard) -> RunningNow:
    """What is under way or waits for its turn."""
    counts = repository.count_unfinished(session)
    queued = counts.pop(RunState.QUEUED, 0)
    if not queued and not counts:
        return RunningNow(active=0, queued=0, percent=None, runs=[])
    found = repository.unfinished(session, SHOWN_RUNNING)
    slugs = repository.project_slugs(session, {run.project_id for run in found})
    at = now()
    runs = [
        RunningRun(
            public_id=run.public_id,
            project=slugs[run.project_id],
            name=run.name,
            state=run.state,
            is_stopping=run.stop_reason is not None,
            stale_since=run.stale_since,
            progress=_progress(run, board, at),
        )
        for run in found
    ]
    return RunningNow(
        active=sum(counts.values()), queued=queued, percent=_percent_of_all(runs), runs=runs
    )


def _progress(run: Run, board: ProgressBoard, at: dt.datetime) -> ProgressView:
    progress = estimate_progress(run, at)
    if run.kind is not RunKind.JOB or run.state is not RunState.RUNNING:
        return progress
    return refine_progress(progress, board.look(run.public_id), at)


def list_projects(session: ReadSession, *, text: str = "", limit: int = 200) -> ProjectList:
    """Projects with their counts, last runs and trends."""
    rows, total = repository.list_projects(session, text.strip(), limit)
    lasts = repository.find_runs(session, [row.last_run_id for row in rows if row.last_run_id])
    tests = {run.load_test_id for run in lasts.values() if run.load_test_id is not None}
    values = repository.last_p95s(session, tests, TREND_RUNS)
    names = repository.load_test_names(session, tests)
    slugs = {row.project.id: row.project.slug for row in rows}
    return ProjectList(
        items=[_project(row, lasts, names, values, slugs) for row in rows], total=total
    )


def load_test_lines(
    session: ReadSession, load_tests: Sequence[LoadTestSummary]
) -> list[LoadTestLine]:
    """Load tests with how they fared."""
    ids = repository.load_test_ids(session, [test.public_id for test in load_tests])
    last_ids = repository.last_runs_of(session, ids.values())
    runs = repository.find_runs(session, last_ids.values())
    slugs = repository.project_slugs(session, {run.project_id for run in runs.values()})
    values = repository.last_p95s(session, ids.values(), TREND_RUNS)
    lines = []
    for test in load_tests:
        key = ids[test.public_id]
        last = runs.get(last_ids.get(key, 0))
        lines.append(
            LoadTestLine(
                load_test=test,
                last_run=_line(last, slugs) if last else None,
                p95_ms=values.get(key, []),
            )
        )
    return lines


def _project(
    row: ProjectRow,
    lasts: Mapping[int, Run],
    names: Mapping[int, str],
    values: Mapping[int, list[float | None]],
    slugs: Mapping[int, str],
) -> ProjectLine:
    project = row.project
    last = lasts.get(row.last_run_id or 0)
    test = (last.load_test_id if last else None) or 0
    return ProjectLine(
        public_id=project.public_id,
        slug=project.slug,
        name=project.name,
        description=project.description,
        created_at=project.created_at,
        load_test_count=row.load_test_count,
        spec_count=row.spec_count,
        run_count=row.run_count,
        last_run=_line(last, slugs) if last else None,
        trend=Trend(load_test=names[test], p95_ms=values[test]) if test in values else None,
    )


def _line(run: Run, slugs: Mapping[int, str]) -> RunLine:
    return RunLine(
        public_id=run.public_id,
        project=slugs[run.project_id],
        name=run.name,
        state=run.state,
        verdict=run.verdict,
        at=_at(run),
    )


def _at(run: Run) -> dt.datetime:
    return run.ended_at or run.started_at or run.created_at


def _attention(run: Run, slugs: Mapping[int, str], missed: Sequence[Verdict]) -> AttentionLine:
    line = _line(run, slugs)
    if run.ended_at is None:
        reason = "Nothing was heard from it for a while; it may still be running."
        return AttentionLine(run=line, kind="silent", reason=reason)
    if run.state in repository.SPOILED:
        return AttentionLine(run=line, kind="spoiled", reason=run.reason)
    warnings = run.warnings[:1]
    if run.verdict == "missed":
        reason = " · ".join([*_missed_words(missed), *warnings])
        return AttentionLine(run=line, kind="missed", reason=reason)
    return AttentionLine(run=line, kind="warned", reason=" ".join(warnings))


def _failing_schedules(session: ReadSession) -> tuple[list[ScheduleLine], int]:
    found, total = schedules.needing_attention(session, SHOWN_ATTENTION)
    reasons = schedules.last_reasons(session, [schedule.id for schedule, _ in found])
    lines = [
        ScheduleLine(
            public_id=schedule.public_id,
            project=slug,
            name=schedule.name,
            is_paused=schedule.paused_at is not None,
            reason=schedule.pause_reason or reasons.get(schedule.id, ""),
            at=schedule.paused_at or schedule.updated_at,
        )
        for schedule, slug in found
    ]
    return lines, total


def _missed_words(missed: Sequence[Verdict]) -> list[str]:
    """The first of the missed targets in words, and how many there are besides."""
    if not missed:
        return []
    first = judged(VerdictView.model_validate(missed[0]))
    scenario = str(missed[0].inputs.get("scenario") or "")[:80]
    words = f"{scenario}: {first.text}" if scenario else first.text
    words += f", measured {first.actual}" if first.actual else ""
    return [f"{words}, and {len(missed) - 1} more" if len(missed) > 1 else words]


def _measured(run: Run, slugs: Mapping[int, str]) -> MeasuredLine:
    return MeasuredLine(
        run=_line(run, slugs),
        requests_per_s=run.requests_per_s,
        p95_ms=run.response_time_p95_ms,
        error_rate=run.error_rate,
    )


def _percent_of_all(runs: Iterable[RunningRun]) -> float | None:
    done = left = 0.0
    for run in runs:
        if run.state is RunState.QUEUED:
            continue
        if run.progress.remaining_s is None:
            return None
        done += run.progress.elapsed_s
        left += run.progress.remaining_s
    return done / (done + left) * 100 if done + left else None
