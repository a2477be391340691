"""Runs that were started together: which of them was best in what."""

from __future__ import annotations

import csv
import io
import math
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchwright.jobs import repository
from benchwright.jobs.plan import Scalar
from benchwright.jobs.schemas import GroupMetric, GroupRun, GroupView
from benchwright.jobs.substitution import text_of
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.errors import Conflict, NotFound
from benchwright.projects.models import Project
from benchwright.runs import service as runs
from benchwright.runs.models import Run
from benchwright.runs.state import UNFINISHED, RunState, StopReason

MAX_RESULTS = 200_000
MAX_METRICS = 200
"""Figures of a group that its page and JSON hold; the one that most runs have come first."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")

UNDER_WAY = tuple(state.value for state in UNFINISHED)
FAILED = tuple(
    state.value for state in RunState if state.is_final and state is not RunState.SUCCEEDED
)

DURATION = "duration"
"""A figure that every run has: how long its workload ran."""


@dataclass(frozen=True)
class Group:
    """The runs of one start, in the order of their matrix."""

    group_id: uuid.UUID
    project: Project
    runs: Sequence[Run]


def get_group(session: ReadSession, project: Project, group_id: uuid.UUID) -> Group:
    """The group of this id in a project; raises `NotFound`."""
    found = repository.runs_of_group(session, project.id, group_id)
    if not found:
        raise NotFound("This project has no such group of runs.")
    return Group(group_id, project, found)


def find_group(session: ReadSession, group_id: uuid.UUID) -> Group:
    """The group of this id in whatever project; raises `NotFound`."""
    project = repository.project_of_group(session, group_id)
    if project is None:
        raise NotFound("There is no such group of runs.")
    return get_group(session, project, group_id)


def view_group(session: ReadSession, group: Group) -> GroupView:
    """The group with parameters and figures of every run."""
    by_id = {run.id: run for run in group.runs}
    metrics, values = _figures(session, by_id)
    summaries = runs.summarise_runs(session, group.runs)
    shown = [
        GroupRun(
            **summary.model_dump(),
            parameters=run.spec.get("parameters", {}),
            results=values.get(run.id, {}),
        )
        for run, summary in zip(group.runs, summaries, strict=True)
    ]
    first = group.runs[0]
    varied = first.spec.get("varied") or sorted(first.spec.get("parameters", {}))
    return GroupView(
        group_id=group.group_id,
        project=group.project.slug,
        name=first.name.partition(" · ")[0],
        job=_job_of(session, first),
        states=dict(Counter(run.state.value for run in group.runs)),
        parameters=list(varied),
        metrics=metrics,
        runs=shown,
    )


def sort_runs(view: GroupView, key: str, *, descending: bool) -> list[GroupRun]:
    """The runs by a figure (`metric:…`), a parameter (`param:…`) or `state`; gaps come last."""
    kind, _, name = key.partition(":")

    def value_of(run: GroupRun) -> Any:
        if kind == "metric":
            return run.results.get(name)
        if kind == "param":
            return run.parameters.get(name)
        return run.state.value if kind == "state" else None

    known = [run for run in view.runs if value_of(run) is not None]
    gaps = [run for run in view.runs if value_of(run) is None]
    known.sort(key=lambda run: _order(value_of(run)), reverse=descending)
    return known + gaps


def stop_group(session: WriteSession, group: Group) -> int:
    """Asks all unfinished runs to end; how many that were."""
    unfinished = [run for run in group.runs if not run.state.is_final]
    for run in unfinished:
        runs.request_stop(session, run, StopReason.USER, "The group was stopped")
    return len(unfinished)


def to_repeat(group: Group, *, failed: bool) -> Sequence[Run]:
    """The runs that a repetition has: all, or those that ended and did not succeed."""
    if not failed:
        return group.runs
    found = [
        run for run in group.runs if run.state.is_final and run.state is not RunState.SUCCEEDED
    ]
    if not found:
        raise Conflict("No run of this group has failed.")
    return found


def as_csv(view: GroupView) -> str:
    """A line for each run: state, parameters, figures."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    keys = [metric.key for metric in view.metrics]
    writer.writerow(_safe(["run", "name", "state", "target", *view.parameters, *keys]))
    for run in view.runs:
        parameters = [run.parameters.get(name) for name in view.parameters]
        told = ["" if value is None else _cell(value) for value in parameters]
        values = [run.results.get(key) for key in keys]
        writer.writerow(
            [
                *_safe([str(run.public_id), run.name, run.state.value, run.target]),
                *told,
                *("" if value is None else repr(value) for value in values),
            ]
        )
    return text.getvalue()


def key_of(benchmark: str, metric: str, stat: str) -> str:
    """How a figure is named in a group: `cost`, `Building_1/cost`, `latency p95`."""
    name = f"{benchmark}/{metric}" if benchmark else metric
    return name if stat == "value" else f"{name} {stat}"


def _figures(
    session: ReadSession, by_id: Mapping[int, Run]
) -> tuple[list[GroupMetric], dict[int, dict[str, float]]]:
    values: dict[int, dict[str, float]] = {}
    known: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    for result in repository.results_of(session, list(by_id), MAX_RESULTS):
        key = key_of(result.benchmark, result.metric, result.stat)
        values.setdefault(result.run_id, {})[key] = result.value
        known.setdefault(key, (result.unit, result.better))
        counts[key] += 1
    for run in by_id.values():
        if run.duration_s is not None:
            values.setdefault(run.id, {}).setdefault(DURATION, run.duration_s)
            known.setdefault(DURATION, ("s", "none"))
            counts[DURATION] += 1
    order = {key: place for place, key in enumerate(known)}
    shown = sorted(known, key=lambda key: (key == DURATION, -counts[key], order[key]))[:MAX_METRICS]
    chosen = set(shown)
    values = {
        run_id: {key: value for key, value in row.items() if key in chosen}
        for run_id, row in values.items()
    }
    return [_metric(key, known[key], by_id, values) for key in shown], values


def _metric(
    key: str,
    about: tuple[str, str],
    by_id: Mapping[int, Run],
    values: Mapping[int, Mapping[str, float]],
) -> GroupMetric:
    unit, better = about
    reported = {run_id: row[key] for run_id, row in values.items() if key in row}
    best = None
    if better in {"lower", "higher"} and len(set(reported.values())) > 1:
        choose = min if better == "lower" else max
        best = by_id[choose(reported, key=lambda run_id: reported[run_id])].public_id
    return GroupMetric(key=key, unit=unit, better=better, best=best)


def _job_of(session: ReadSession, run: Run) -> uuid.UUID | None:
    job = repository.find_by_id(session, run.job_id) if run.job_id is not None else None
    return job.public_id if job is not None else None


def _order(value: Scalar) -> tuple[int, float, str]:
    if isinstance(value, bool | int | float):
        number = float(value)
        return (0, number if math.isfinite(number) else math.inf, "")
    return (1, 0.0, value)


def _cell(value: Scalar) -> str:
    return _safe([value])[0] if isinstance(value, str) else text_of(value)


def _safe(texts: Iterable[str]) -> list[str]:
    """Texts that a spreadsheet takes for texts."""
    return [f"'{text}" if text.startswith(FORMULA) else text for text in texts]
