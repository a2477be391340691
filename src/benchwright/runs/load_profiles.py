"""The load that a run was told to make, drawn over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from benchwright.runs.workload import PlannedPart
from benchwright.web import figures
from benchwright.web.line_charts import Line, draw_lines

MAX_LINES = 8
COLOURS = 8


class LoadProfile(NamedTuple):
    """A chart of all scenarios that are loaded in the same unit."""

    unit: str
    chart: Markup
    lines: list[Line]
    hidden: int


def load_profiles(parts: Sequence[PlannedPart]) -> list[LoadProfile]:
    """One chart for each unit, the first scenarios of each drawn; colours as in all charts."""
    styled = [
        (part.unit, Line(part.name, part.points, f"series-{place % COLOURS + 1}"))
        for place, part in enumerate(parts)
        if part.points
    ]
    profiles = []
    for unit in dict.fromkeys(unit for unit, _ in styled):
        lines = [line for of, line in styled if of == unit]
        shown = lines[:MAX_LINES]
        text_of = figures.count if unit == "virtual users" else _per_s
        chart = draw_lines(f"Planned {unit}", shown, text_of, height=150)
        profiles.append(LoadProfile(unit, chart, shown, len(lines) - len(shown)))
    return profiles


def _per_s(value: float) -> str:
    return f"{figures.rate(value)}/s"
