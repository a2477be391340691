from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.metrics.histogram import Histogram, bucket_index, merge, observe

POSITIVE = st.floats(1e-9, 1e9)
SIGNED = st.one_of(POSITIVE, st.just(0.0), POSITIVE.map(lambda value: -value))
VALUES = st.lists(POSITIVE, min_size=1, max_size=200)
SIGNED_VALUES = st.lists(SIGNED, min_size=0, max_size=60)
SCHEMAS = st.integers(-4, 8)


def percentile(values: list[float], q: float) -> float:
    """k6's own definition."""
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def same(one: Histogram, other: Histogram) -> bool:
    return (
        one.schema == other.schema
        and one.count == other.count
        and one.zero_count == other.zero_count
        and one.positive == other.positive
        and one.negative == other.negative
        and math.isclose(one.sum, other.sum, rel_tol=1e-9, abs_tol=1e-3)
    )


@given(POSITIVE, SCHEMAS)
def test_a_value_lies_in_its_bucket(value: float, schema: int) -> None:
    (bucket,) = observe([value], schema).buckets()
    assert bucket.lower < value <= bucket.upper


@pytest.mark.parametrize("exponent", range(-20, 20))
def test_a_power_of_two_is_the_upper_bound_of_its_bucket(exponent: int) -> None:
    assert bucket_index(2.0**exponent, 3) == exponent * 8


@given(VALUES, st.floats(0, 1), st.integers(0, 8))
def test_a_quantile_is_within_one_bucket_of_the_exact_one(
    values: list[float], q: float, schema: int
) -> None:
    factor = 2 ** (2.0**-schema) * (1 + 1e-9)
    found = observe(values, schema).quantile(q)
    exact = percentile(values, q)
    assert found is not None
    assert exact / factor <= found <= exact * factor


@given(SIGNED_VALUES, SIGNED_VALUES, SIGNED_VALUES)
def test_merging_is_associative_and_commutative(
    one: list[float], two: list[float], three: list[float]
) -> None:
    a, b, c = (observe(values, schema) for values, schema in ((one, 3), (two, 5), (three, 2)))
    assert same(a.merged(b), b.merged(a))
    assert same(a.merged(b).merged(c), a.merged(b.merged(c)))


@given(SIGNED_VALUES, SIGNED_VALUES)
def test_merging_equals_observing_all(one: list[float], two: list[float]) -> None:
    assert same(merge([observe(one), observe(two)]), observe(one + two))


@given(SIGNED_VALUES, SCHEMAS, SCHEMAS)
def test_downscaling_equals_observing_coarsely(values: list[float], one: int, other: int) -> None:
    fine, coarse = max(one, other), min(one, other)
    assert same(observe(values, fine).downscaled(coarse), observe(values, coarse))


def test_a_histogram_is_never_made_finer() -> None:
    with pytest.raises(ValueError, match="finer"):
        observe([1.0], 2).downscaled(3)


@given(SIGNED_VALUES, SIGNED_VALUES)
def test_what_was_added_since_is_what_was_added(before: list[float], later: list[float]) -> None:
    gained = observe(before + later).since(observe(before))
    assert same(gained, observe(later))


def test_a_sender_that_began_anew_counts_from_zero() -> None:
    again = observe([5.0, 6.0])
    assert same(again.since(observe([1.0] * 10)), again)


def test_parts_are_not_shared_with_the_result() -> None:
    first = observe([1.0])
    total = merge([first, observe([1.0])])
    assert (first.count, total.count) == (1, 2)
    assert first.positive != total.positive


def test_an_empty_histogram_has_no_quantile() -> None:
    assert Histogram().quantiles((0.5, 0.99)) == [None, None]


def test_signs_and_zeros_are_ordered() -> None:
    histogram = observe([-100.0, -1.0, 0.0, 1.0, 100.0])
    found = histogram.quantiles((0, 0.25, 0.5, 0.75, 1))
    assert found == pytest.approx([-100, -1, 0, 1, 100], rel=0.1, abs=1e-12)
    uppers = [bucket.upper for bucket in histogram.buckets()]
    assert uppers == sorted(uppers)
