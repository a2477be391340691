from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.web import figures

N = figures.NO_BREAK


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "–"),
        (float("nan"), "–"),
        (0, f"0{N}ms"),
        (0.0317, f"0.0317{N}ms"),
        (3.1415, f"3.14{N}ms"),
        (9.996, f"10.0{N}ms"),
        (61.2, f"61.2{N}ms"),
        (402.4, f"402{N}ms"),
        (999.6, f"1.00{N}s"),
        (1804.5, f"1.80{N}s"),
        (125_000, f"125{N}s"),
    ],
)
def test_milliseconds(value: float | None, text: str) -> None:
    assert figures.milliseconds(value) == text


@pytest.mark.parametrize(
    "value, text",
    [
        (0, f"0{N}%"),
        (0.0000001, f"<{N}0.01{N}%"),
        (0.0041, f"0.41{N}%"),
        (0.5, f"50.0{N}%"),
        (0.99999, f">{N}99.9{N}%"),
        (1, f"100{N}%"),
    ],
)
def test_something_is_never_shown_as_nothing_or_as_all(value: float, text: str) -> None:
    assert figures.share(value) == text


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0, f"0{N}s"),
        (0.2, f"200{N}ms"),
        (2.5, f"2.5{N}s"),
        (30, f"30{N}s"),
        (59.7, f"1{N}min"),
        (90, f"1{N}min 30{N}s"),
        (3600, f"1{N}h"),
        (7500, f"2{N}h 5{N}min"),
        (90_061, f"1{N}d 1{N}h"),
    ],
)
def test_durations_in_their_two_largest_units(seconds: float, text: str) -> None:
    assert figures.duration(seconds) == text


@pytest.mark.parametrize(
    "value, text",
    [(0, f"0{N}B"), (999, f"999{N}B"), (1000, f"1.00{N}kB"), (5.4e6, f"5.40{N}MB")],
)
def test_sizes(value: float, text: str) -> None:
    assert figures.size(value) == text


def test_units_that_repeat_the_metric_are_left_out() -> None:
    assert figures.figure(17, "vus") == "17"
    assert figures.figure(80.4, "requests/s") == "80.4/s"
    assert figures.figure(0.5, "ratio") == f"50.0{N}%"
    assert figures.figure(12.5, "points") == f"12.50{N}points"


@given(st.floats(min_value=1e-6, max_value=1e12))
def test_three_digits_are_enough_to_tell_the_size(value: float) -> None:
    shown = float(figures.significant(value).replace(",", ""))
    assert shown == pytest.approx(value, rel=0.006, abs=6e-7)


@pytest.mark.parametrize(
    "value, text",
    [(1.5, "1.5"), (12.5, "12.5"), (30, "30"), (59.94, "59.9"), (59.96, None), (75, None)],
)
def test_a_result_in_seconds_keeps_its_tenths_below_a_minute(
    value: float, text: str | None
) -> None:
    # A minute and more reads in two units.
    assert figures.figure(value, "s") == (f"{text}{N}s" if text else figures.duration(value))


def test_times_for_machines_are_utc() -> None:
    at = dt.datetime(2026, 3, 1, 13, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert figures.exact(at) == "2026-03-01T12:05:00.000Z"


@pytest.mark.parametrize("unit", ["ms", "s", "bytes", "bytes/s", "ratio", "requests/s", "x", ""])
@pytest.mark.parametrize("value", [5e-324, 1.79e308, -1.79e308, 1e308, -5e-324, -0.0])
def test_no_figure_is_too_large_or_too_small_to_be_shown(value: float, unit: str) -> None:
    assert figures.figure(value, unit)
