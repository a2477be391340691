"""The scenarios of a run as a table: sorted, filtered, and only so many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from benchwright.runs.presentation import ResultIndex
from benchwright.runs.schemas import RunView
from benchwright.runs.target_texts import TargetText, Wishes, scenario_targets

ROWS_SHOWN = 50

SortKey = Literal["name", "requests", "rate", "p50", "p95", "p99", "errors"]
Trend = Sequence[float | int | None]


class TableWish(NamedTuple):
    """What of the table is wanted; a sort key with a minus sorts downwards."""

    text: str = ""
    sort: str = ""
    all: bool = False


@dataclass
class ScenarioRow:
    """A scenario with its figures, as far as they are known."""

    key: str
    name: str
    method: str
    path: str
    requests: float | None
    rate: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    error_rate: float | None
    targets: list[TargetText]
    place: int = 0
    """Its place in the plan, from 1 on: the colour that it has in charts."""
    trend: Trend = field(default_factory=list)
    """p95 over time, of an ended run."""


@dataclass
class ScenarioTable:
    """The rows that are shown, of how many."""

    rows: list[ScenarioRow]
    matching: int
    total: int
    wish: TableWish

    def next_sort(self, key: SortKey) -> str:
        """What the heading of a column leads to: the largest first, then the smallest."""
        first, second = (key, f"-{key}") if key == "name" else (f"-{key}", key)
        return second if self.wish.sort == first else first

    def direction(self, key: SortKey) -> str | None:
        """How the column is sorted, in the words of ARIA."""
        if self.wish.sort.removeprefix("-") != key:
            return None
        return "descending" if self.wish.sort.startswith("-") else "ascending"


_VALUES: dict[SortKey, Callable[[ScenarioRow], float | None]] = {
    "requests": lambda row: row.requests,
    "rate": lambda row: row.rate,
    "p50": lambda row: row.p50_ms,
    "p95": lambda row: row.p95_ms,
    "p99": lambda row: row.p99_ms,
    "errors": lambda row: row.error_rate,
}


def scenario_table(rows: Sequence[ScenarioRow], wish: TableWish) -> ScenarioTable:
    """Filters by all words that were typed, sorts, and cuts off what is too much for a page."""
    words = wish.text.casefold().split()
    matching = [
        row
        for row in rows
        if all(w in f"{row.name} {row.method} {row.path}".casefold() for w in words)
    ]
    shown = _sorted(matching, wish.sort)
    if not wish.all:
        shown = shown[:ROWS_SHOWN]
    return ScenarioTable(shown, len(matching), len(rows), wish)


def _sorted(rows: Sequence[ScenarioRow], sort: str) -> list[ScenarioRow]:
    key, is_down = sort.removeprefix("-"), sort.startswith("-")
    if key == "name":
        return sorted(rows, key=lambda row: row.name.casefold(), reverse=is_down)
    value_of = _VALUES.get(key)  # type: ignore[call-overload]  # any text may stand in an address
    if value_of is None:
        return list(rows)
    known = [row for row in rows if value_of(row) is not None]
    unknown = [row for row in rows if value_of(row) is None]
    return sorted(known, key=lambda row: value_of(row) or 0.0, reverse=is_down) + unknown


def scenario_rows(
    run: RunView,
    results: ResultIndex,
    wishes: Wishes,
    totals: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[ScenarioRow]:
    """The scenarios in the order of the plan.

    `totals` of series stand in for the exact figures of a run that left none.
    """

    def exact(key: str, metric: str, stat: str, total: str) -> float | None:
        value = results.get(key, metric, stat)
        return value if value is not None else (totals or {}).get(key, {}).get(total)

    targets = scenario_targets(run, wishes)
    made = []
    for place, scenario in enumerate(run.scenarios, 1):
        key = scenario["key"]
        row = ScenarioRow(
            key=key,
            name=scenario.get("name", key),
            method=scenario.get("method", ""),
            path=scenario.get("path", ""),
            requests=exact(key, "http_reqs", "count", "requests"),
            rate=results.get(key, "http_reqs", "rate"),
            p50_ms=exact(key, "http_req_duration", "med", "p50_ms"),
            p95_ms=exact(key, "http_req_duration", "p95", "p95_ms"),
            p99_ms=exact(key, "http_req_duration", "p99", "p99_ms"),
            error_rate=results.get(key, "http_req_failed", "rate"),
            targets=targets[key],
            place=place,
        )
        if row.error_rate is None and row.requests:
            failed = (totals or {}).get(key, {}).get("failed")
            row.error_rate = None if failed is None else failed / row.requests
        made.append(row)
    return made
