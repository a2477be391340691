"""The one shape in which a live and a finished run show their figures over time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchwright.metrics.cells import Figures, Scope, Step
from benchwright.metrics.figures import (
    COUNTS,
    FIGURE_NAMES,
    column,
    totals_object,
)
from benchwright.metrics.gauges import gauge_columns
from benchwright.metrics.schemas import Column, Timeline, Totals

# What a scenario did before it was known.
_NOTHING: Figures = np.array(
    [0.0] * COUNTS + [math.nan] * (len(FIGURE_NAMES) - COUNTS), dtype=np.float32
)


def build_timeline(  # noqa: PLR0913  # what a timeline has, by keyword
    steps: Iterable[Step],
    *,
    step_s: int,
    scenarios: Sequence[str],
    gauges: Sequence[str],
    hidden: int,
    totals: Mapping[int, Scope],
    only: str | None,
    live: bool,
    cursor_ms: int,
) -> Timeline:
    """Turns rows per step into columns per figure; place 0 is the run, then the scenarios."""
    kept = list(steps)
    places = {
        name: place for place, name in enumerate(scenarios, 1) if only is None or name == only
    }
    figures = _gather(kept)
    measured = gauge_columns((step.gauges for step in kept), list(gauges))
    return Timeline.model_construct(
        live=live,
        cursor_ms=cursor_ms,
        step_s=step_s,
        times_ms=[step.second * 1000 for step in kept],
        overall=_columns(figures, 0),
        scenarios={name: _columns(figures, place) for name, place in places.items()},
        scenarios_hidden=hidden,
        gauges={name: column(values) for name, values in measured.items()},
        totals=Totals.model_construct(
            overall=_totals(totals.get(0)),
            scenarios={name: _totals(totals.get(place)) for name, place in places.items()},
        ),
    )


def empty_timeline() -> Timeline:
    """The timeline of a run of which nothing was measured."""
    return build_timeline(
        (),
        step_s=1,
        scenarios=(),
        gauges=(),
        hidden=0,
        totals={},
        only=None,
        live=False,
        cursor_ms=0,
    )


def _gather(steps: Sequence[Step]) -> NDArray[np.float32]:
    """The figures by step, scope and figure."""
    if not steps:
        return np.zeros((0, 0, len(FIGURE_NAMES)), np.float32)
    # Scenarios appear one by one: the first steps of a run may know fewer of them.
    scopes = max(len(step.figures) for step in steps)
    return np.array(
        [
            step.figures
            if len(step.figures) == scopes
            else np.vstack([step.figures, *[_NOTHING] * (scopes - len(step.figures))])
            for step in steps
        ]
    )


def _columns(figures: NDArray[np.float32], place: int) -> dict[str, Column]:
    is_known = place < figures.shape[1]
    table = figures[:, place] if is_known else np.tile(_NOTHING, (len(figures), 1))
    return {name: column(table[:, number]) for number, name in enumerate(FIGURE_NAMES)}


def _totals(scope: Scope | None) -> dict[str, Any]:
    scope = scope or Scope()
    return totals_object(scope.counts, scope.durations)
