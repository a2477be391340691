"""The series of a run as rows, added up by step and group."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchwright.metrics.duck import DUCK, Columns, Duck
from benchwright.metrics.naming import MetricName
from benchwright.metrics.quantiles import ZERO_INDEX, BucketTable, make_table, regroup_table

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400)


class StoredSeries(NamedTuple):
    """One series of the catalogue."""

    number: int
    name: MetricName
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Extent:
    """The seconds that a run's rows cover, and the step that they were stored in.

    Steps of any width are counted from the first second.
    """

    first_second: int
    last_second: int
    step_s: int = 1

    def clamp(self, from_ms: int | None, to_ms: int | None) -> tuple[int, int]:
        """The part of the extent that a request is about, in seconds."""
        first, last = self.first_second, self.last_second
        if from_ms is not None:
            first = min(max(first, from_ms // 1000), last)
        if to_ms is not None:
            last = max(min(last, to_ms // 1000), first)
        return first, last

    def choose_step_s(self, first: int, last: int, points: int) -> int:
        """The smallest step that shows the range in at most so many points."""
        for step in STEPS_S:
            step_s = step * self.step_s
            origin = self.first_second
            if (last - origin) // step_s - (first - origin) // step_s < max(points, 1):
                return step_s
        return STEPS_S[-1] * self.step_s


@dataclass(frozen=True, slots=True)
class Grouped:
    """Figures by step and group: what was added up there."""

    second: NDArray[np.int64]
    group: NDArray[np.int64]
    value: NDArray[np.float64]
    rate: NDArray[np.float64]
    maximum: NDArray[np.float64]
    count: NDArray[np.float64]
    sum: NDArray[np.float64]


class KeyedBuckets(NamedTuple):
    """Buckets by step and group: the table's groups are `number of step * width + group`."""

    table: BucketTable
    origin: int
    step_s: int
    width: int

    def seconds(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first second of the step of each key."""
        return self.origin + keys // self.width * self.step_s

    def regrouped(self, keys: NDArray[np.int64]) -> BucketTable:
        """The buckets added up by other keys, one for each row of the table."""
        return regroup_table(self.table, keys)


class SeriesRows:
    """Rows of one run, to be added up by step and group of series.

    `relation` is what stands behind FROM. Only counters and histograms are added; of gauges
    the maximum of a step is kept per series.
    """

    def __init__(
        self,
        catalogue: Sequence[StoredSeries],
        extent: Extent,
        relation: str,
        parameters: Sequence[Any] = (),
        tables: Mapping[str, Columns] | None = None,
        duck: Duck = DUCK,
    ) -> None:
        self.catalogue = catalogue
        self.extent = extent
        self._relation = relation
        self._parameters = list(parameters)
        self._tables = dict(tables or {})
        self._duck = duck

    def add_up(
        self, groups: Sequence[tuple[int, int]], first: int, last: int, step_s: int
    ) -> Grouped:
        """Adds up the series of each (series number, group) pair; a series may be in several."""
        answer = self._fetch(
            f"""
            SELECT {self._step(step_s)} AS step, grp,
                   sum(value) AS value, sum(value / span_s) AS rate, max(value) AS maximum,
                   sum(count) AS count, sum(sum) AS sum
            FROM {self._relation} JOIN grouping USING (series_id)
            WHERE second BETWEEN ? AND ? AND series_id IN (SELECT series_id FROM grouping)
            GROUP BY ALL ORDER BY ALL
            """,  # noqa: S608 - numbers and the relation's own text only
            groups,
            (first, last),
        )
        floats = [_floats(answer[name]) for name in ("value", "rate", "maximum", "count", "sum")]
        return Grouped(answer["step"].astype(np.int64), answer["grp"].astype(np.int64), *floats)

    def spans(self, groups: Sequence[tuple[int, int]]) -> list[tuple[int, float, int, int]]:
        """Of each group that gained something: how much in all, its first and last second."""
        answer = self._fetch(
            f"""
            SELECT grp, sum(value) AS value, min(second) AS first, max(second) AS last
            FROM {self._relation} JOIN grouping USING (series_id)
            WHERE value > 0 AND series_id IN (SELECT series_id FROM grouping)
            GROUP BY grp ORDER BY grp
            """,  # noqa: S608 - the relation's own text only
            groups,
            (),
        )
        columns = (answer[name].tolist() for name in ("grp", "value", "first", "last"))
        return list(zip(*columns, strict=True))

    def merge_histograms(
        self, groups: Sequence[tuple[int, int]], first: int, last: int, step_s: int
    ) -> KeyedBuckets:
        """The merged buckets of each step and group."""
        origin = self.extent.first_second
        width = 1 + max((group for _, group in groups), default=0)
        answer = self._fetch(
            f"""
            WITH hit AS (
                SELECT ((second - {origin:d}) // {step_s:d}) * {width:d} + grp AS key, schema,
                       zero_count, bucket_index, bucket_count
                FROM {self._relation} JOIN grouping USING (series_id)
                WHERE second BETWEEN ? AND ? AND count > 0
                  AND series_id IN (SELECT series_id FROM grouping)
            ), long AS (
                SELECT key, schema, unnest(bucket_index) AS idx, unnest(bucket_count) AS n
                FROM hit
                UNION ALL
                SELECT key, schema, {ZERO_INDEX:d}, zero_count FROM hit WHERE zero_count > 0
            )
            SELECT key, schema, idx, sum(n) AS n FROM long GROUP BY ALL
            """,  # noqa: S608 - numbers and the relation's own text only
            groups,
            (first, last),
        )
        table = make_table(answer["key"], answer["idx"], answer["n"], answer["schema"])
        return KeyedBuckets(table, origin, step_s, width)

    def steps(self, first: int, last: int, step_s: int) -> NDArray[np.int64]:
        """The steps of which there are any figures."""
        answer = self._duck.fetch(
            f"""
            SELECT DISTINCT {self._step(step_s)} AS step FROM {self._relation}
            WHERE second BETWEEN ? AND ? ORDER BY step
            """,  # noqa: S608 - as above
            [*self._parameters, first, last],
            self._tables,
        )
        return answer["step"].astype(np.int64)

    def _step(self, step_s: int) -> str:
        origin = self.extent.first_second
        return f"{origin:d} + (second - {origin:d}) // {step_s:d} * {step_s:d}"

    def _fetch(
        self, sql: str, groups: Sequence[tuple[int, int]], parameters: Sequence[Any]
    ) -> dict[str, NDArray[Any]]:
        grouping = {
            "series_id": np.array([series for series, _ in groups], np.int32),
            "grp": np.array([group for _, group in groups], np.int32),
        }
        return self._duck.fetch(
            sql, [*self._parameters, *parameters], {**self._tables, "grouping": grouping}
        )


def _floats(values: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers with NaN where there is none."""
    return np.ma.filled(values.astype(np.float64), math.nan)
