"""The figures of a whole ended run, from its stored series."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchwright.metrics.finished import TIMELINE_METRICS, finished_timeline
from benchwright.metrics.gauge_names import GAUGE_NAMES
from benchwright.metrics.quantiles import group_quantiles
from benchwright.metrics.store import open_rows

RESPONSE_TIMES = "http_req_duration"
SHARES = {"med": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
_ALL_S = 10**9
"""A step that is wider than any run."""


@dataclass
class RunTotals:
    """What was counted in how long; percentiles are approximate, the mean is exact."""

    duration_s: float
    counts: dict[str, float]
    times_ms: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)


def read_totals(folder: Path) -> RunTotals | None:
    """The totals of a run whose series are sealed; nothing if it has none that count."""
    rows = open_rows(folder, TIMELINE_METRICS)
    if rows is None:
        return None
    first, last = rows.extent.first_second, rows.extent.last_second
    timeline = finished_timeline(rows, points=1)
    counts = {
        name: float(value)
        for name, value in timeline.totals.overall.items()
        if value is not None and not name.endswith("_ms")
    }
    peaks = {
        name: float(max(value for value in values if value is not None))
        for name, values in timeline.gauges.items()
        if name in GAUGE_NAMES
    }
    # The first and the last second are filled in part only, together about one.
    totals = RunTotals(max(last - first, 1.0), counts, peaks=peaks)
    durations = [(s.number, 0) for s in rows.catalogue if s.name.metric == RESPONSE_TIMES]
    if durations:
        added = rows.add_up(durations, first, last, _ALL_S)
        count, total = float(np.nansum(added.count)), float(np.nansum(added.sum))
        buckets = rows.merge_histograms(durations, first, last, _ALL_S)
        _, quantiles = group_quantiles(buckets.table, list(SHARES.values()))
        if count and len(quantiles):
            shown = zip(SHARES, quantiles[0] * 1000, strict=True)
            totals.times_ms = {"avg": total / count * 1000, **{k: float(v) for k, v in shown}}
    return totals if any(counts.values()) or peaks else None
