from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.metrics.histogram import Histogram, observe
from benchwright.metrics.quantiles import (
    NEGATIVE_BASE,
    ZERO_INDEX,
    BucketTable,
    downscale_table,
    group_quantiles,
    histogram_of,
    make_table,
)

SHARES = (0.0, 0.5, 0.95, 0.99, 1.0)
VALUES = st.lists(
    st.one_of(st.floats(1e-6, 1e6), st.just(0.0), st.floats(-1e6, -1e-6)), min_size=1, max_size=40
)


def table_of(histograms: list[Histogram]) -> BucketTable:
    rows: list[tuple[int, int, float, int]] = []
    for group, histogram in enumerate(histograms):
        schema = histogram.schema
        rows += [(group, index, count, schema) for index, count in histogram.positive.items()]
        rows += [
            (group, NEGATIVE_BASE - index, count, schema)
            for index, count in histogram.negative.items()
        ]
        if histogram.zero_count:
            rows.append((group, ZERO_INDEX, histogram.zero_count, schema))
    columns = np.array(rows, float).reshape(-1, 4).T
    keys, index, count, found_schema = columns
    return make_table(keys, index, count, found_schema.astype(int))


@given(st.lists(VALUES, min_size=1, max_size=6), st.integers(0, 5))
def test_many_at_once_give_what_one_by_one_gives(groups: list[list[float]], schema: int) -> None:
    histograms = [observe(values, schema) for values in groups]
    keys, found = group_quantiles(table_of(histograms), SHARES)
    assert keys.tolist() == list(range(len(groups)))
    for row, histogram in zip(found.tolist(), histograms, strict=True):
        assert row == pytest.approx(histogram.quantiles(SHARES), rel=1e-9, abs=1e-12)


@given(
    st.lists(
        st.tuples(
            st.integers(3, 9),
            st.one_of(st.integers(-80, 80), st.just(ZERO_INDEX)),
            st.integers(1, 50),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_adding_up_place_by_place_gives_what_sorting_gives(
    rows: list[tuple[int, int, int]],
) -> None:
    group, index, count = np.array(rows).T
    dense = make_table(group, index, count, np.full(len(rows), 3))
    # Too far apart to have a place for everything between.
    sparse = make_table(group * 10**9, index, count, np.full(len(rows), 3))
    assert (sparse.group // 10**9).tolist() == dense.group.tolist()
    assert sparse.index.tolist() == dense.index.tolist()
    assert sparse.count.tolist() == dense.count.tolist()


@given(VALUES, VALUES)
def test_different_schemas_meet_at_the_coarser_one(one: list[float], two: list[float]) -> None:
    table = table_of([observe(one, 4), observe(two, 2)])
    assert histogram_of(table, 1).positive == observe(two, table.schema).positive
    assert histogram_of(table, 0).negative == observe(one, table.schema).negative


@given(VALUES)
def test_downscaling_a_table_equals_downscaling_its_histograms(values: list[float]) -> None:
    table = downscale_table(table_of([observe(values, 5)]), 1)
    coarse, found = observe(values, 1), histogram_of(table, 0)
    assert (found.positive, found.negative) == (coarse.positive, coarse.negative)
    assert found.zero_count == coarse.zero_count


def test_nothing_has_no_quantiles() -> None:
    keys, found = group_quantiles(table_of([]), SHARES)
    assert keys.shape == (0,)
    assert found.shape == (0, len(SHARES))
