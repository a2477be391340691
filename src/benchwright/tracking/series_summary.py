"""Figures over time in short: least, mean, greatest and last of each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from benchwright.kit.errors import Problem
from benchwright.metrics import service as metrics
from benchwright.metrics.schemas import Selection
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind

if TYPE_CHECKING:
    from benchwright.lab import Lab

POINTS = 900
MAX_METRICS = 100
MAX_SERIES = 500
PREFIX = "series/"


def summarise_series(lab: Lab, run: Run, folder: RunFolder) -> list[tuple[str, float]]:
    """The summaries of a run that has ended; none if nothing was measured, or cannot be read."""
    try:
        summaries = list(_timeline(lab, run, folder))
        # What a load generator measures stands in its timeline, in a shape that all of them share.
        if run.kind is not RunKind.LOAD_TEST:
            summaries += _other(lab, run, folder)
    except Problem:
        return []
    return summaries


def _timeline(lab: Lab, run: Run, folder: RunFolder) -> Iterator[tuple[str, float]]:
    timeline = metrics.get_timeline(lab.live, run.public_id, folder.root, points=POINTS)
    for name, values in {**timeline.overall, **timeline.gauges}.items():
        yield from _summary(name, values)


def _other(lab: Lab, run: Run, folder: RunFolder) -> Iterator[tuple[str, float]]:
    from benchwright.metrics.finished import TIMELINE_METRICS

    names = metrics.list_metrics(lab.live, run.public_id, folder.root)
    shown = 0
    for name in [n for n in names if n.metric not in TIMELINE_METRICS][:MAX_METRICS]:
        found = metrics.get_metric_series(
            lab.live, run.public_id, folder.root, name.metric, Selection(points=POINTS)
        )
        for series in found.series:
            labels = ",".join(f"{key}={value}" for key, value in sorted(series.labels.items()))
            for column, values in series.columns.items():
                what = name.metric if column == "value" else f"{name.metric}.{column}"
                yield from _summary(f"{what} {labels}".strip(), values)
            shown += 1
            if shown >= MAX_SERIES:
                return


def _summary(name: str, values: Sequence[float | int | None]) -> Iterator[tuple[str, float]]:
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    if not known:
        return
    summary = {"min": min(known), "mean": sum(known) / len(known), "max": max(known)}
    for stat, value in {**summary, "last": known[-1]}.items():
        yield f"{PREFIX}{name}.{stat}", value
