"""Quantiles of many histograms at once, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchwright.metrics.histogram import Histogram

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NEGATIVE_BASE = -2_000_000
"""The bucket -i of negative values has the index `NEGATIVE_BASE - i`: ascending like the values."""

ZERO_INDEX = -1_000_000
"""The zero bucket lies between the negative and the positive ones."""


MAX_PLACES_PER_ROW = 16
"""How sparse a table may be to be added up place by place."""


@dataclass(frozen=True, slots=True)
class BucketTable:
    """Buckets of many histograms in long form, of one schema, sorted by group, then index."""

    group: Integers
    index: Integers
    count: Floats
    schema: int


def make_table(
    group: NDArray[Any], index: NDArray[Any], count: NDArray[Any], schema: NDArray[Any]
) -> BucketTable:
    """Sorts and adds buckets up; where schemas differ the coarsest one is used for all."""
    groups = group.astype(np.int64)
    indexes = index.astype(np.int64)
    counts = count.astype(np.float64)
    if not len(groups):
        return BucketTable(groups, indexes, counts, 3)
    # The zero bucket fits any schema; the schema of rows that hold nothing else is no limit.
    has_buckets = indexes != ZERO_INDEX
    coarsest = int(schema[has_buckets].min()) if has_buckets.any() else 3
    if int(schema.max()) != coarsest:
        indexes = _downscale(indexes, schema.astype(np.int64), coarsest)
    return _add_up(groups, indexes, counts, has_buckets, coarsest)


def _add_up(
    groups: Integers, indexes: Integers, counts: Floats, is_bucket: NDArray[np.bool_], schema: int
) -> BucketTable:
    """Buckets of one schema as a table.

    Most tables have few groups and buckets for their rows: then adding up into every place that
    there could be takes a tenth of the time of sorting.
    """
    buckets = indexes[is_bucket]
    first_group = int(groups.min())
    first, last = (int(buckets.min()), int(buckets.max())) if len(buckets) else (0, 0)
    width = last - first + 2  # the zero bucket comes first
    places = (int(groups.max()) - first_group + 1) * width
    if first < ZERO_INDEX or places > MAX_PLACES_PER_ROW * len(groups) + 1024:
        return _sort(groups, indexes, counts, schema)
    place = (groups - first_group) * width + np.where(is_bucket, indexes - first + 1, 0)
    added: Floats = np.bincount(place, weights=counts).astype(np.float64)
    held = np.flatnonzero(added)
    group, index = np.divmod(held, width)
    index = np.where(index == 0, ZERO_INDEX, index + (first - 1))
    return BucketTable(group + first_group, index, added[held], schema)


def _sort(groups: Integers, indexes: Integers, counts: Floats, schema: int) -> BucketTable:
    order = np.lexsort((indexes, groups))
    groups, indexes, counts = groups[order], indexes[order], counts[order]
    starts = np.flatnonzero(
        np.concatenate(([True], (np.diff(groups) != 0) | (np.diff(indexes) != 0)))
    )
    return BucketTable(groups[starts], indexes[starts], np.add.reduceat(counts, starts), schema)


def regroup_table(table: BucketTable, group: Integers) -> BucketTable:
    """The same buckets added up by other groups, one for each row of the table."""
    if not len(group):
        return table
    is_bucket = table.index != ZERO_INDEX
    return _add_up(group.astype(np.int64), table.index, table.count, is_bucket, table.schema)


def downscale_table(table: BucketTable, schema: int) -> BucketTable:
    """The same counts in wider buckets."""
    if schema >= table.schema:
        return table
    wide = _downscale(table.index, np.full(len(table.index), table.schema, np.int64), schema)
    return make_table(table.group, wide, table.count, np.full(len(wide), schema, np.int64))


def group_quantiles(table: BucketTable, shares: Sequence[float]) -> tuple[Integers, Floats]:
    """The groups that hold something, and a row of quantiles for each.

    The same definition and the same error as `Histogram.quantiles`.
    """
    if not len(table.group):
        return np.zeros(0, np.int64), np.zeros((0, len(shares)))
    groups, starts = np.unique(table.group, return_index=True)
    cumulated = np.cumsum(table.count)
    before = cumulated[starts] - table.count[starts]
    ends = np.append(starts[1:], len(table.group)) - 1
    total = cumulated[ends] - before
    result = np.empty((len(groups), len(shares)))
    for column, share in enumerate(shares):
        position = share * np.maximum(total - 1, 0)
        low = np.floor(position)
        value = _values_at(table, cumulated, before, ends, low)
        above = _values_at(table, cumulated, before, ends, np.minimum(low + 1, total - 1))
        result[:, column] = np.where(
            position > low, value + (position - low) * (above - value), value
        )
    return groups, result


def histogram_of(table: BucketTable, group: int) -> Histogram:
    """One group of a table as a histogram; its sum is not known."""
    start, end = np.searchsorted(table.group, (group, group + 1))
    result = Histogram(table.schema)
    indexes, counts = table.index[start:end].tolist(), table.count[start:end].tolist()
    for index, count in zip(indexes, counts, strict=True):
        result.count += count
        if index == ZERO_INDEX:
            result.zero_count += count
        elif index < ZERO_INDEX:
            result.negative[NEGATIVE_BASE - index] = count
        else:
            result.positive[index] = count
    return result


def _values_at(
    table: BucketTable, cumulated: Floats, before: Floats, ends: Integers, rank: Floats
) -> Floats:
    """The value of each group with so many others below it."""
    place = np.minimum(np.searchsorted(cumulated, before + rank, side="right"), ends)
    count = table.count[place]
    share = (before + rank - (cumulated[place] - count) + 0.5) / count
    share = np.clip(share, 0.0, 1.0)
    index = table.index[place]
    lower, upper = bounds(index, table.schema, lower=True), bounds(index, table.schema, lower=False)
    with np.errstate(all="ignore"):
        geometric = lower * (upper / lower) ** share
    straight = lower + (upper - lower) * share
    value = np.where(lower * upper > 0, geometric, straight)
    value = np.where(np.isinf(upper), lower, value)
    return np.where(np.isinf(lower), upper, value)


def _downscale(indexes: Integers, schemas: Integers, schema: int) -> Integers:
    shift = np.maximum(schemas - schema, 0)
    positive = ((indexes - 1) >> shift) + 1
    negative = NEGATIVE_BASE - (((NEGATIVE_BASE - indexes - 1) >> shift) + 1)
    wide = np.where(indexes > ZERO_INDEX, positive, negative)
    return np.where(indexes == ZERO_INDEX, ZERO_INDEX, wide)


def bounds(indexes: Integers, schema: int, *, lower: bool) -> Floats:
    """The lower or upper bounds of buckets; 0 for the zero bucket."""
    scale = 2.0**-schema
    with np.errstate(over="ignore", under="ignore"):
        positive = np.exp2((indexes - lower) * scale)
        negative = -np.exp2((NEGATIVE_BASE - indexes - (not lower)) * scale)
    value = np.where(indexes > ZERO_INDEX, positive, negative)
    return np.where(indexes == ZERO_INDEX, 0.0, value)
