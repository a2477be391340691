"""Figures as the terminal shows them; a missing one is a dash."""

from __future__ import annotations

MISSING = "–"


def milliseconds_text(value_ms: float | None) -> str:
    """`0.84 ms`, `12.3 ms`, `345 ms`, `1.23 s`."""
    if value_ms is None:
        return MISSING
    if value_ms >= 1000:
        return f"{value_ms / 1000:.2f} s"
    return f"{_significant(value_ms)} ms"


def rate_text(per_second: float | None) -> str:
    """A rate without its unit."""
    return MISSING if per_second is None else _significant(per_second)


def ratio_text(ratio: float | None) -> str:
    """A share as a percentage; what is not zero never looks like zero."""
    if ratio is None:
        return MISSING
    if 0 < ratio < 0.0001:
        return "<0.01 %"
    return f"{ratio * 100:.2f} %" if ratio else "0 %"


def count_text(count: float | None) -> str:
    """A whole number with thin groups of three."""
    return MISSING if count is None else f"{count:,.0f}".replace(",", " ")


def clock_text(seconds: float) -> str:
    """`0:42`, `1:02:03`."""
    minutes, rest = divmod(max(round(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def value_text(value: float, unit: str | None) -> str:
    """A value with its unit, as a target names it."""
    if unit == "ms":
        return f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms"
    if unit == "ratio":
        return f"{value * 100:g} %"
    return f"{value:g}"


def _significant(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
