"""Line charts as SVG, drawn on the server: for pages without scripts and for files that are sent."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from benchwright.web.scales import path_of, round_span, segments_of

LEFT, RIGHT, TOP, BOTTOM = 58, 12, 8, 22
MOST_TICKS = 5
TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400)

_ZEROS = re.compile(r"(?<=\.\d)0+(?!\d)|\.0+(?!\d)")
"""Round values need no zeros behind the point."""

Point = tuple[float, float | None]


@dataclass(frozen=True)
class Line:
    """A line through points of (seconds, value); `None` leaves a gap. `style` is its class."""

    name: str
    points: Sequence[Point]
    style: str = "series-1"


@dataclass(frozen=True)
class Limit:
    """A value that is drawn in as a dotted line."""

    value: float
    name: str


def draw_lines(
    title: str,
    lines: Sequence[Line],
    text_of: Callable[[float], str],
    *,
    limits: Sequence[Limit] = (),
    width: int = 560,
    height: int = 200,
    highest: float | None = None,
) -> Markup:
    """The chart with its axes, zero among them. Sizes stand in attributes only."""
    values = [y for line in lines for _, y in line.points if y is not None and math.isfinite(y)]
    end_s = max((x for line in lines for x, _ in line.points), default=0.0)
    # Limits far above the values would press them flat: those are left out.
    top = max(values, default=0.0)
    shown = [limit for limit in limits if limit.value <= top * 3]
    end = highest or max([top, *(limit.value for limit in shown)], default=0.0)
    ticks = round_span(min(values, default=0.0), end, MOST_TICKS)
    scale = _Scale(end_s, ticks[-1], width, height, ticks[0])
    name = escape(title)
    parts = [f'<svg class="line-chart" viewBox="0 0 {width} {height}" role="img">']
    parts.append(f"<title>{name}</title>")
    for tick in ticks:
        y = scale.y(tick)
        parts.append(f'<path class="grid" d="M{LEFT} {y}H{width - RIGHT}"/>')
        text = _ZEROS.sub("", text_of(tick)) if tick else "0"
        parts.append(_text(LEFT - 6, y + 3.5, text, "end"))
    for second in _time_ticks(end_s):
        anchor = "start" if second == 0 else "middle"
        parts.append(_text(scale.x(second), height - 6, clock(second), anchor))
    for limit in shown:
        y = scale.y(limit.value)
        parts.append(f'<path class="limit" d="M{LEFT} {y}H{width - RIGHT}"/>')
        parts.append(_text(width - RIGHT, y - 3, limit.name, "end"))
    for line in lines:
        path = path_of(segments_of((scale.x(x), scale.y(y)) for x, y in line.points))
        if path:
            label = f"<title>{escape(line.name)}</title>"
            parts.append(f'<path class="line {escape(line.style)}" d="{path}">{label}</path>')
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - texts were escaped, the rest are numbers


@dataclass(frozen=True)
class _Scale:
    end_s: float
    top: float
    width: int
    height: int
    bottom: float = 0.0

    def x(self, second: float) -> float:
        share = second / self.end_s if self.end_s else 0.0
        return round(LEFT + share * (self.width - LEFT - RIGHT), 1)

    def y(self, value: float | None) -> float:
        if value is None or not math.isfinite(value):
            return math.nan
        reach = self.top - self.bottom
        share = min(max((value - self.bottom) / reach, 0.0), 1.0) if reach else 0.0
        return round(self.height - BOTTOM - share * (self.height - TOP - BOTTOM), 1)


def clock(seconds: float) -> str:
    """`1:05` or `2:00:05`."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _time_ticks(end_s: float) -> list[float]:
    step = next((s for s in TIME_STEPS_S if end_s / s <= 7), math.ceil(end_s / 7) or 1)
    return [step * number for number in range(int(end_s // step) + 1)]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
