"""Numbers and times as people read them; `static/js/figures.js` follows the same rules."""

from __future__ import annotations

import datetime as dt
import math

NO_BREAK = "\u00a0"
MISSING = "–"

COUNTED = {"requests", "iterations", "checks", "vus"}
"""Units that only repeat the name of what is counted."""

_LARGEST = 1e300
"""Beyond it, sums and percentages of a figure leave what a float holds."""

_BYTE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def significant(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, never in exponents, with thousands marked."""
    if value == 0:
        return "0"
    value = min(max(value, -_LARGEST), _LARGEST)
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    if rounded and abs(rounded) >= 10 ** (math.floor(math.log10(abs(value))) + 1):
        places -= 1  # 9.996 became 10.00
    if places <= 0:
        return f"{rounded:,.0f}"
    return f"{rounded:,.{min(places, 6)}f}"


def count(value: float | None) -> str:
    """A whole number; from a million on in millions."""
    if _is_missing(value):
        return MISSING
    assert value is not None
    if abs(value) >= 1e9:
        return f"{significant(value / 1e9)}{NO_BREAK}G"
    if abs(value) >= 1e6:
        return f"{significant(value / 1e6)}{NO_BREAK}M"
    return f"{value:,.0f}"


def rate(value: float | None) -> str:
    """Something per second, without the unit."""
    if _is_missing(value):
        return MISSING
    assert value is not None
    if abs(value) >= 1e6:
        return f"{significant(value / 1e6)}{NO_BREAK}M"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return significant(value, 3 if abs(value) >= 1 else 2)


def milliseconds(value: float | None) -> str:
    """A response time, in ms or s."""
    if _is_missing(value):
        return MISSING
    assert value is not None
    if abs(value) >= 999.5:
        return f"{significant(value / 1000)}{NO_BREAK}s"
    return f"{significant(value)}{NO_BREAK}ms"


def share(value: float | None) -> str:
    """A ratio of 0..1 in percent; something is never shown as nothing, nor less than all as all."""
    if _is_missing(value):
        return MISSING
    assert value is not None
    percent = value * 100
    if percent == 0:
        return f"0{NO_BREAK}%"
    if 0 < percent < 0.01:
        return f"<{NO_BREAK}0.01{NO_BREAK}%"
    if 99.95 <= percent < 100:
        return f">{NO_BREAK}99.9{NO_BREAK}%"
    return f"{significant(percent, 3 if percent >= 10 else 2)}{NO_BREAK}%"


def size(value: float | None) -> str:
    """Bytes in decimal units."""
    if _is_missing(value):
        return MISSING
    assert value is not None
    power = 0
    while abs(value) >= 999.5 and power < len(_BYTE_UNITS) - 1:
        value /= 1000
        power += 1
    number = f"{value:,.0f}" if power == 0 else significant(value)
    return f"{number}{NO_BREAK}{_BYTE_UNITS[power]}"


def duration(seconds: float | None) -> str:
    """A span of time in its two largest units."""
    if _is_missing(seconds):
        return MISSING
    assert seconds is not None
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f}{NO_BREAK}ms" if seconds else f"0{NO_BREAK}s"
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + f"{NO_BREAK}s"
    whole = math.floor(seconds + 0.5)
    if whole < 60:
        return f"{whole}{NO_BREAK}s"
    parts = []
    for unit, unit_s in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        amount, whole = divmod(whole, unit_s)
        if amount:
            parts.append(f"{amount}{NO_BREAK}{unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def figure(value: float | None, unit: str) -> str:
    """A value of any unit that results come in."""
    match unit:
        case "ms":
            return milliseconds(value)
        case "s" if value is not None and 9.95 <= value < 59.95:
            return f"{value:.1f}".removesuffix(".0") + f"{NO_BREAK}s"
        case "s":
            return duration(value)
        case "bytes":
            return size(value)
        case "bytes/s":
            return MISSING if _is_missing(value) else f"{size(value)}/s"
        case "ratio":
            return share(value)
        case unit if unit.endswith("/s"):
            return MISSING if _is_missing(value) else f"{rate(value)}/s"
    if _is_missing(value):
        return MISSING
    assert value is not None
    text = count(value) if value == round(value) else significant(value, 4)
    return f"{text}{NO_BREAK}{unit}" if unit and unit not in COUNTED else text


def clock(at: dt.datetime | None) -> str:
    """A time for readers without JavaScript: to the minute, in UTC."""
    # Lists show it for each row: `strftime` takes five times as long.
    return f"{at.isoformat(' ', 'minutes')[:16]}{NO_BREAK}UTC" if at else MISSING


def moment(time_ms: float) -> dt.datetime:
    """A time of measurements (ms since 1970) as a time."""
    return dt.datetime.fromtimestamp(time_ms / 1000, dt.UTC)


def exact(at: dt.datetime) -> str:
    """A time for machines."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_missing(value: float | None) -> bool:
    return value is None or not math.isfinite(value)
