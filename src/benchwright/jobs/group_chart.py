"""A figure of a group's runs over one of its parameters, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from benchwright.jobs.schemas import GroupMetric, GroupRun, GroupView
from benchwright.web import figures

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 12, 30
MOST_TICKS = 5
MOST_LABELS = 12


def number_text(value: float, unit: str) -> str:
    """A figure of a job: as it was reported, or with its unit as figures are shown elsewhere."""
    return figures.figure(value, unit) if unit else f"{value:.6g}"


def numeric_parameters(view: GroupView) -> list[str]:
    """The parameters that the runs have different numbers of."""
    found = []
    for name in view.parameters:
        values = [run.parameters.get(name) for run in view.runs]
        numbers = {value for value in values if _is_number(value)}
        if len(numbers) > 1 and all(map(_is_number, values)):
            found.append(name)
    return found


def draw_group(view: GroupView, metric: GroupMetric, over: str) -> Markup | None:
    """A dot for each run and a line through the means; None where no run has the figure.

    Numbers over several orders of magnitude stand on a logarithmic axis.
    """
    dots = [
        (float(run.parameters[over]), run.results[metric.key], run)
        for run in view.runs
        if metric.key in run.results and math.isfinite(run.results[metric.key])
    ]
    if not dots:
        return None
    places = sorted({x for x, _, _ in dots})
    across = _Across(places)
    down = _Down([y for _, y, _ in dots])
    title = f"{metric.key} over {over}"
    parts = [f'<svg class="line-chart group-chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">']
    parts.append(f"<title>{escape(title)}</title>")
    for tick in down.ticks:
        y = down.place(tick)
        parts.append(f'<path class="grid" d="M{LEFT} {y:g}H{WIDTH - RIGHT}"/>')
        parts.append(_text(LEFT - 6, y + 3.5, number_text(tick, metric.unit), "end"))
    parts.extend(
        _text(across.place(x), HEIGHT - 10, f"{x:g}", "middle") for x in _some(places, MOST_LABELS)
    )
    means = [
        (across.place(x), down.place(math.fsum(ys) / len(ys)))
        for x in places
        if (ys := [y for other, y, _ in dots if other == x])
    ]
    if len(means) > 1:
        path = "M" + "L".join(f"{x:g} {y:g}" for x, y in means)
        parts.append(f'<path class="line series-1" d="{path}"/>')
    # What is best stands on top of what lies at the same place.
    for x, y, run in sorted(dots, key=lambda dot: dot[2].public_id == metric.best):
        parts.append(_dot(across.place(x), down.place(y), run, y, metric))
    parts.append("</svg>")
    return Markup("".join(parts))  # noqa: S704 - texts were escaped, the rest are numbers


def _dot(x: float, y: float, run: GroupRun, value: float, metric: GroupMetric) -> str:
    style = "dot is-best" if run.public_id == metric.best else "dot"
    words = escape(f"{run.name}: {number_text(value, metric.unit)}")
    radius = 5 if run.public_id == metric.best else 3.5
    return f'<circle class="{style}" cx="{x:g}" cy="{y:g}" r="{radius}"><title>{words}</title></circle>'


class _Across:
    def __init__(self, places: Sequence[float]) -> None:
        self.is_logarithmic = places[0] > 0 and places[-1] / places[0] >= 50
        self.first, self.last = self._scaled(places[0]), self._scaled(places[-1])

    def _scaled(self, x: float) -> float:
        return math.log10(x) if self.is_logarithmic else x

    def place(self, x: float) -> float:
        width = WIDTH - LEFT - RIGHT - 24
        span = self.last - self.first
        share = (self._scaled(x) - self.first) / span if span else 0.5
        return round(LEFT + 12 + share * width, 1)


class _Down:
    def __init__(self, values: Sequence[float]) -> None:
        low, high = min(values), max(values)
        if low == high:
            low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
        step = _round_step((high - low) / MOST_TICKS)
        first = math.floor(low / step)
        count = min(math.ceil(high / step) - first, 3 * MOST_TICKS)
        self.ticks = [(first + n) * step for n in range(count + 1)]

    def place(self, y: float) -> float:
        span = self.ticks[-1] - self.ticks[0]
        share = (y - self.ticks[0]) / span if span else 0.5
        return round(HEIGHT - BOTTOM - min(max(share, 0), 1) * (HEIGHT - TOP - BOTTOM), 1)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step)) if step > 0 and math.isfinite(step) else 1.0
    power = power or 1.0
    return next((n * power for n in (1, 2, 2.5, 5, 10) if n * power >= step), 10 * power)


def _some(values: Sequence[float], most: int) -> Sequence[float]:
    every = math.ceil(len(values) / most)
    return values[::every]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(float(value))
    )
