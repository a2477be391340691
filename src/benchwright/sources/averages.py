"""Documents as rows of equal periods: the mean of each number in them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bson import Decimal128

from benchwright.sources.times import FIELD, read_timestamp

LEFT_OUT = ("_id", FIELD)


@dataclass
class Averages:
    """Sums by period and column; `other` are fields that hold no number."""

    period: dt.timedelta
    documents: int = 0
    columns: dict[str, None] = field(default_factory=dict)
    other: dict[str, None] = field(default_factory=dict)
    _sums: dict[int, dict[str, tuple[float, int]]] = field(default_factory=dict)

    def add(self, document: Mapping[str, Any]) -> None:
        """Takes in a document that has a time."""
        at = read_timestamp(document.get(FIELD))
        if at is None:
            return
        self.documents += 1
        sums = self._sums.setdefault(self._place(at), {})
        for name, value in document.items():
            if name in LEFT_OUT:
                continue
            number = number_of(value)
            if number is None:
                if value is not None and not isinstance(value, float):
                    self.other[name] = None
                continue
            self.columns[name] = None
            total, count = sums.get(name, (0.0, 0))
            sums[name] = total + number, count + 1

    @property
    def left_out(self) -> list[str]:
        """The fields that never held a number."""
        return [name for name in self.other if name not in self.columns]

    def count_rows(self, since: dt.datetime | None, until: dt.datetime | None) -> int:
        """How many periods there are between two times, or else between its documents."""
        first, last = self._ends(since, until)
        return max(last - first + 1, 0)

    def rows(self, since: dt.datetime | None, until: dt.datetime | None) -> Iterator[Sequence[Any]]:
        """A row for each period, also for one of which nothing is known."""
        first, last = self._ends(since, until)
        for place in range(first, last + 1):
            at = dt.datetime.fromtimestamp(place * self.period.total_seconds(), dt.UTC)
            sums = self._sums.get(place, {})
            means = (sums.get(name) for name in self.columns)
            yield [at.isoformat(), *(None if m is None else m[0] / m[1] for m in means)]

    def _ends(self, since: dt.datetime | None, until: dt.datetime | None) -> tuple[int, int]:
        places = self._sums or {0: {}}
        first = self._place(since) if since is not None else min(places)
        # A period that begins with the end does not belong to it.
        last = (
            math.ceil(until.timestamp() / self.period.total_seconds()) - 1 if until else max(places)
        )
        return first, last

    def _place(self, at: dt.datetime) -> int:
        return math.floor(at.timestamp() / self.period.total_seconds())


def number_of(value: Any) -> float | None:
    """A number that a mean can be made of."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal128):
        value = float(value.to_decimal())
    if isinstance(value, int | float):
        number = float(value)
        return number if math.isfinite(number) else None
    return None
