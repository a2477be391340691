from __future__ import annotations

import pytest

from benchwright.commands.figures_text import (
    clock_text,
    count_text,
    milliseconds_text,
    rate_text,
    ratio_text,
    value_text,
)


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "–"),
        (0.0, "0.00 ms"),
        (0.8412, "0.84 ms"),
        (12.34, "12.3 ms"),
        (345.6, "346 ms"),
        (1234.5, "1.23 s"),
    ],
)
def test_milliseconds(value: float | None, text: str) -> None:
    assert milliseconds_text(value) == text


@pytest.mark.parametrize(
    "value, text",
    [(None, "–"), (0.0, "0 %"), (0.00001, "<0.01 %"), (0.0123, "1.23 %"), (1.0, "100.00 %")],
)
def test_a_share_above_zero_never_looks_like_zero(value: float | None, text: str) -> None:
    assert ratio_text(value) == text


def test_rates_counts_and_times() -> None:
    assert [rate_text(v) for v in (None, 0.5, 42.25, 1234.6)] == ["–", "0.50", "42.2", "1235"]
    assert [count_text(v) for v in (None, 0, 1234567)] == ["–", "0", "1 234 567"]
    assert [clock_text(v) for v in (-3, 0, 59.6, 3723)] == ["0:00", "0:00", "1:00", "1:02:03"]


def test_values_are_shown_as_targets_name_them() -> None:
    assert value_text(300, "ms") == "300 ms"
    assert value_text(1500, "ms") == "1.5 s"
    assert value_text(0.01, "ratio") == "1 %"
    assert value_text(100, "requests/s") == "100"
