from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.loadtests.durations import MAX_DURATION_S, format_duration, parse_duration


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("30s", 30), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600), ("1d", 86400), ("0s", 0),
        ("1.5m", 90), (45, 45), (0.25, 0.25), ("12", 12), (" 5s ", 5),
    ],
)  # fmt: skip
def test_reads_what_k6_reads(text: Any, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text, hint",
    [
        ("30 sec", "did you mean “30s”"),
        ("1 minute 30 seconds", "did you mean “1m30s”"),
        ("2 Hours", "did you mean “2h”"),
        ("1,5 min", "did you mean “1.5m”"),
        ("10x", "write it like"),
        ("", "write it like"),
        ("s30", "write it like"),
        ("-5s", "write it like"),
        ("٣s", "write it like"),
        (-1, "between 0 and 30 days"),
        (float("nan"), "between 0 and 30 days"),
        (10**400, "between 0 and 30 days"),
        ("99d", "between 0 and 30 days"),
        (True, "a text like"),
        (None, "a text like"),
    ],
)
def test_refuses_typos_with_a_hint(text: Any, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        parse_duration(text)


@pytest.mark.parametrize(
    "seconds, text",
    [(6.667, "6.667s"), (0.25, "250ms"), (90.5, "1m30.5s"), (60.25, "1m250ms"), (0, "0s"),
     (3600, "1h"), (100, "1m40s")],
)  # fmt: skip
def test_is_written_as_short_as_it_goes(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(0, int(MAX_DURATION_S * 1000)))
def test_what_is_written_is_read_again(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.text() | st.floats() | st.integers())
def test_no_text_breaks_the_parser(value: Any) -> None:
    try:
        seconds = parse_duration(value)
    except ValueError:
        return
    assert 0 <= seconds <= MAX_DURATION_S
