"""The two tables: which columns they have, and their rows. `docs/exports.md` tells them to users."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from benchwright.metrics import service as metrics
from benchwright.metrics.live import LiveRegistry
from benchwright.metrics.schemas import Timeline
from benchwright.runs.folder import RunFolder
from benchwright.runs.repository import ResultRow

VERSION = 1
"""Grows when a column changes its meaning or goes; further columns may come without that."""

Cell = str | int | float | dt.datetime | None
Row = Sequence[Cell]


class Table(StrEnum):
    """What can be exported."""

    RESULTS = "results"
    SERIES = "series"


class CellType(StrEnum):
    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    TIME = "time"


class TableColumn(NamedTuple):
    """A column; `unit` is empty where a number has none, or its row names it."""

    name: str
    type: CellType
    unit: str = ""


class RunFacts(NamedTuple):
    """What the rows of a run say of it; `scenarios` are names by key."""

    id: int
    public_id: UUID
    name: str
    project: str
    state: str
    started_at: dt.datetime | None
    scenarios: Mapping[str, str]


def _figure_column(name: str) -> TableColumn:
    if name.endswith("_bytes_per_s"):
        unit = "B/s"
    elif name.endswith("_per_s"):
        unit = "1/s"
    elif name.endswith("_bytes"):
        unit = "B"
    elif name.endswith("_cpu"):
        unit = "ratio"
    else:
        unit = "ms" if name.endswith("_ms") else ""
    return TableColumn(name, CellType.NUMBER, unit)


_RUN = (
    TableColumn("run_id", CellType.STRING),
    TableColumn("run", CellType.STRING),
    TableColumn("project", CellType.STRING),
)
_SCENARIO = (
    TableColumn("scenario_key", CellType.STRING),
    TableColumn("scenario", CellType.STRING),
)
_RESULTS = (
    *_RUN,
    TableColumn("state", CellType.STRING),
    TableColumn("started_at", CellType.TIME),
    *_SCENARIO,
    TableColumn("metric", CellType.STRING),
    TableColumn("stat", CellType.STRING),
    TableColumn("value", CellType.NUMBER),
    TableColumn("unit", CellType.STRING),
    TableColumn("better", CellType.STRING),
)


def columns_of(table: Table) -> tuple[TableColumn, ...]:
    """The columns of a table, the same for every run."""
    if table is Table.RESULTS:
        return _RESULTS
    # With numpy, which the start of the server does without.
    from benchwright.metrics.figures import FIGURE_NAMES
    from benchwright.metrics.gauge_names import GAUGE_NAMES

    return (
        *_RUN,
        TableColumn("time", CellType.TIME),
        TableColumn("elapsed_s", CellType.INTEGER, "s"),
        TableColumn("step_s", CellType.INTEGER, "s"),
        *_SCENARIO,
        *(_figure_column(name) for name in (*FIGURE_NAMES, *GAUGE_NAMES)),
    )


def result_rows(run: RunFacts, results: Sequence[ResultRow]) -> Iterator[Row]:
    """A row for each scalar of a run."""
    who = (str(run.public_id), run.name, run.project, run.state, run.started_at)
    for result in results:
        key = result.benchmark
        scenario = (key, run.scenarios.get(key, key)) if key else (None, None)
        yield (
            *who, *scenario,
            result.metric, result.stat, result.value, result.unit, result.better,
        )  # fmt: skip


def series_rows(run: RunFacts, live: LiveRegistry, folder: RunFolder, step_s: int) -> Iterator[Row]:
    """A row for each step of the whole run, and for each scenario in it; gauges in the former."""
    origin_ms: int | None = None
    for part in metrics.timeline_parts(live, run.public_id, folder.root, step_s):
        if part.times_ms and origin_ms is None:
            origin_ms = part.times_ms[0]
        yield from _part_rows(run, part, origin_ms or 0)


def _part_rows(run: RunFacts, part: Timeline, origin_ms: int) -> Iterator[Row]:
    from benchwright.metrics.figures import FIGURE_NAMES
    from benchwright.metrics.gauge_names import GAUGE_NAMES

    who = (str(run.public_id), run.name, run.project)
    nothing: list[float | int | None] = [None] * len(part.times_ms)
    gauges = [part.gauges.get(name, nothing) for name in GAUGE_NAMES]
    no_gauges = (None,) * len(GAUGE_NAMES)
    scopes = [
        ((key, run.scenarios.get(key, key)), [columns.get(name, nothing) for name in FIGURE_NAMES])
        for key, columns in part.scenarios.items()
    ]
    overall = [part.overall.get(name, nothing) for name in FIGURE_NAMES]
    for place, time_ms in enumerate(part.times_ms):
        when = (
            dt.datetime.fromtimestamp(time_ms / 1000, dt.UTC),
            (time_ms - origin_ms) // 1000,
            part.step_s,
        )
        yield (
            *who, *when, None, None,
            *(column[place] for column in overall), *(column[place] for column in gauges),
        )  # fmt: skip
        for scenario, columns in scopes:
            yield (*who, *when, *scenario, *(column[place] for column in columns), *no_gauges)
