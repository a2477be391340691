"""Several runs on one time axis: each begins at zero, whatever the hour was."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid, NotFound
from benchwright.lab import Lab
from benchwright.metrics import service as metrics
from benchwright.metrics.schemas import Column
from benchwright.runs import repository, service
from benchwright.runs.comparison import FigureChange, figure_change
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.repository import ResultRow
from benchwright.runs.schemas import RunSummary

MAX_RUNS = 8
"""As many as there are hues that all eyes tell apart."""
MAX_ID_LENGTH = 40
POINTS = 300
FIGURES = (
    ("http_reqs", "rate"), ("http_req_duration", "med"), ("http_req_duration", "p95"),
    ("http_req_duration", "p99"), ("http_req_failed", "rate"), ("http_reqs", "count"),
)  # fmt: skip
"""What stands in the table, in the order of interest."""
COLUMNS = ("requests_per_s", "failed_per_s", "p50_ms", "p95_ms", "p99_ms")


WithQuery = Annotated[list[str], Query(alias="with", max_length=1000)]
"""`?with=a,b`, or `?with=a&with=b` as a form sends it."""


class OverlaidSeries(BaseModel):
    """A run over time; each column has one value per entry of `seconds`."""

    step_s: int
    seconds: list[int] = Field(description="Since the first second that was measured.")
    columns: dict[str, Column]


class OverlaidRun(BaseModel):
    """One of the runs; `other` of a figure is that of the first run."""

    run: RunSummary
    same_workload: bool = Field(description="Whether it was told to do what the first was told.")
    figures: list[FigureChange]
    series: OverlaidSeries | None = None


class Overlay(BaseModel):
    """Several runs, the first of which the others are measured by."""

    runs: list[OverlaidRun]


def read_ids(texts: Iterable[str]) -> list[uuid.UUID]:
    """The ids in `a,b` or in several of such texts, each once; raises `Invalid`."""
    given = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    if len(dict.fromkeys(given)) >= MAX_RUNS:
        raise _invalid(f"{MAX_RUNS} runs at most are laid over each other")
    return list(dict.fromkeys(map(_read_id, given)))


def _read_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text[: MAX_ID_LENGTH + 1])
    except ValueError:
        raise _invalid(f"“{text[:MAX_ID_LENGTH]}” is not the id of a run") from None


def _invalid(message: str) -> Invalid:
    return Invalid(f"Not valid: with. {message}.", [{"field": "with", "message": message}])


def find_others(session: ReadSession, run: Run, ids: Sequence[uuid.UUID]) -> list[Run]:
    """The runs that are laid over this one; raises `NotFound` for one that its project has not."""
    others = [service.get_run(session, run_id) for run_id in ids if run_id != run.public_id]
    for other in others:
        if other.project_id != run.project_id:
            raise NotFound(f"There is no run {other.public_id} in this project.")
    return others


def overlay_runs(session: ReadSession, run: Run, others: Sequence[Run]) -> Overlay:
    """The runs with their figures and what changed since the first; without their series."""
    runs = [run, *others]
    summaries = service.summarise_runs(session, runs)
    stored = repository.whole_run_results(session, [one.id for one in runs])
    results = [{(row.metric, row.stat): row for row in stored.get(one.id, ())} for one in runs]
    return Overlay(
        runs=[
            OverlaidRun(
                run=summary,
                same_workload=one.workload_digest == run.workload_digest,
                figures=list(_figures(found, results[0])),
            )
            for one, summary, found in zip(runs, summaries, results, strict=True)
        ]
    )


def overlay_with_series(
    lab: Lab, session: ReadSession, run: Run, texts: Sequence[str], points: int = POINTS
) -> Overlay:
    """The run and those that an address names, with their figures over time."""
    found = overlay_runs(session, run, find_others(session, run, read_ids(texts)))
    add_series(lab, found, points)
    return found


def add_series(lab: Lab, overlay: Overlay, points: int = POINTS) -> None:
    """Gives each run its figures over time, all in the step that suits the longest."""
    longest_s = max(one.run.progress.elapsed_s for one in overlay.runs)
    step_s = max(1, math.ceil(longest_s / points))
    for one in overlay.runs:
        wanted = max(1, math.ceil(one.run.progress.elapsed_s / step_s))
        one.series = _series(lab, one.run.public_id, min(wanted, points))


def _series(lab: Lab, run_id: uuid.UUID, points: int) -> OverlaidSeries | None:
    folder = RunFolder.of(lab.settings.data_dir, run_id).root
    found = metrics.get_timeline(lab.live, run_id, folder, points=points, scenario="")
    if not found.times_ms:
        return None
    # How long a load generator took to start says nothing of the load.
    first_ms = found.times_ms[0]
    return OverlaidSeries(
        step_s=found.step_s,
        seconds=[(at - first_ms) // 1000 for at in found.times_ms],
        columns={name: found.overall[name] for name in COLUMNS if name in found.overall},
    )


def _figures(
    found: Mapping[tuple[str, str], ResultRow], first: Mapping[tuple[str, str], ResultRow]
) -> Iterator[FigureChange]:
    for key in FIGURES:
        mine, its = found.get(key), first.get(key)
        known = mine or its or ResultRow("", *key, 0.0, "", "none")
        yield figure_change(known, mine and mine.value, its and its.value)
