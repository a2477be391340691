"""The figures over time as one wide table: a row for each step, a column for each figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from benchwright.metrics.schemas import Column, Timeline


def table_head(timeline: Timeline, names: Mapping[str, str]) -> list[str]:
    """The names of the columns; `names` are those of the scenarios by key."""
    head = ["time", "second", *timeline.overall, *timeline.gauges]
    for key, columns in timeline.scenarios.items():
        # The key too: names need not be unique.
        label = f"{key} {names[key]}" if key in names else key
        head += [f"{label}: {column}" for column in columns]
    return head


def table_rows(parts: Iterable[Timeline], names: Timeline) -> Iterator[list[object]]:
    """The rows of consecutive parts; each has the columns that `names` has, empty or not."""
    origin_ms: int | None = None
    for part in parts:
        columns = list(_columns(part, names))
        for place, time_ms in enumerate(part.times_ms):
            origin_ms = time_ms if origin_ms is None else origin_ms
            at = dt.datetime.fromtimestamp(time_ms / 1000, dt.UTC)
            yield [
                at.isoformat(timespec="seconds").replace("+00:00", "Z"),
                (time_ms - origin_ms) // 1000,
                *(None if column is None else column[place] for column in columns),
            ]


def _columns(part: Timeline, names: Timeline) -> Iterator[Column | None]:
    for figure in names.overall:
        yield part.overall.get(figure)
    for gauge in names.gauges:
        yield part.gauges.get(gauge)
    for key, figures in names.scenarios.items():
        for figure in figures:
            yield part.scenarios.get(key, {}).get(figure)
