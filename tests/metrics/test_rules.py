from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.metrics.histogram import observe
from benchwright.metrics.rules import AutoStopRule, SecondSample, judge

RULE = AutoStopRule("error_rate", 0.5, window_s=3, min_requests=1)


def second(number: int, requests: int, failed: int, duration_s: float = 0.1) -> SecondSample:
    return SecondSample(number, requests, failed, observe([duration_s] * requests))


SAMPLES = st.lists(
    st.integers(0, 30).flatmap(
        lambda requests: st.tuples(st.just(requests), st.integers(0, requests))
    ),
    min_size=1,
    max_size=40,
).map(lambda pairs: [second(100 + n, *pair) for n, pair in enumerate(pairs)])


@given(SAMPLES, st.integers(1, 10), st.integers(0, 10), st.floats(0, 1), st.integers(1, 20))
def test_the_error_rate_is_that_of_the_window(
    samples: list[SecondSample], window_s: int, delay_s: int, above: float, least: int
) -> None:
    rule = AutoStopRule("error_rate", above, window_s, delay_s, min_requests=least)
    breach = judge(rule, samples, first_second=100)
    window = samples[-window_s:]
    requests = sum(sample.requests for sample in window)
    failed = sum(sample.failed for sample in window)
    is_due = len(samples) >= window_s + delay_s and requests >= least
    expected = is_due and failed / requests > above
    assert (breach is not None) == expected
    if breach is not None:
        assert math.isclose(breach.value, failed / requests)
        assert breach.inputs["requests"] == requests
        assert breach.inputs["reason"] == breach.reason


@given(st.floats(0.001, 10), st.floats(0.001, 10))
def test_a_percentile_is_judged_within_its_error(duration_s: float, limit_s: float) -> None:
    rule = AutoStopRule("p95_ms", limit_s * 1000, window_s=1, min_requests=1)
    breach = judge(rule, [second(1, 50, 0, duration_s)], first_second=1)
    if duration_s > limit_s * 1.1:
        assert breach is not None
    if duration_s < limit_s / 1.1:
        assert breach is None


def test_nothing_is_judged_before_a_whole_window() -> None:
    samples = [second(number, 10, 10) for number in (1, 2)]
    assert judge(RULE, samples, first_second=1) is None
    assert judge(RULE, [*samples, second(3, 10, 10)], first_second=1) is not None


def test_seconds_without_requests_prove_nothing() -> None:
    assert judge(RULE, [second(number, 0, 0) for number in range(10)], first_second=0) is None
    assert judge(RULE, [], first_second=0) is None


def test_the_reason_names_the_figures() -> None:
    rule = AutoStopRule("error_rate", 0.05, window_s=1, min_requests=1, scenario="s2")
    breach = judge(rule, [second(1, 200, 30)], first_second=1)
    assert breach is not None
    assert breach.reason == (
        "15.0% of the requests of the last 1 s failed in scenario s2 (30 of 200); "
        "the limit is 5.0%."
    )
    slow = judge(AutoStopRule("p99_ms", 100, 1, min_requests=1), [second(1, 20, 0, 0.5)], 1)
    assert slow is not None
    assert slow.reason.startswith("The p99 of the last 1 s was ")


@pytest.mark.parametrize(
    "faulty",
    [{"window_s": 0}, {"window_s": 301}, {"delay_s": -1}, {"above": math.nan}, {"min_requests": 0}],
)
def test_rules_that_make_no_sense_are_refused(faulty: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        AutoStopRule(**{"measure": "error_rate", "above": 0.1, **faulty})
