"""Metric Vault's groups of figures, from a run's results and its series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchwright.compat.metric_vault.names import RECORD
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import NotFound
from benchwright.lab import Lab
from benchwright.metrics import service as metrics
from benchwright.metrics.schemas import Column, Selection, Timeline
from benchwright.runs import repository as runs
from benchwright.runs.models import Run

BUCKET_S = 5
"""Highest and lowest rates are those of spans of 5 s."""
MAX_STEPS = 5000

Results = Mapping[tuple[str, str], float]
"""By metric and stat, of the whole run or of one scenario."""

Group = dict[str, float | None]
RESPONSE_TIMES = {
    "max": "max",
    "min": "min",
    "avg": "avg",
    "p50": "med",
    "p95": "p95",
    "p99": "p99",
}


class Figures(NamedTuple):
    """What is answered of the whole run or of one scenario; what was not measured is None."""

    total_requests: int | None
    failed_requests: int | None
    test_duration: float | None
    tps: Group | None
    response_time: Group | None
    error_rate: Group | None
    vus: Group | None


NOTHING = Figures(None, None, None, None, None, None, None)


def figures_of(
    session: ReadSession, lab: Lab, run: Run, folder: Path, keys: Sequence[str]
) -> dict[str, Figures]:
    """The figures by scenario key, those of the whole run under the empty one.

    Totals, averages and percentiles are k6's own and exact; highest and lowest rates are those
    of the stored series. A run that goes on has none yet.
    """
    if not run.state.is_final:
        return dict.fromkeys(["", *keys], NOTHING)
    kept = run.spec.get(RECORD, {}).get("figures")
    if kept is not None:
        return {key: _imported(kept.get(key, {})) for key in ["", *keys]}
    results: dict[str, dict[tuple[str, str], float]] = {}
    for row in runs.list_results(session, run):
        results.setdefault(row.benchmark, {})[row.metric, row.stat] = row.value
    timeline = metrics.get_timeline(lab.live, run.public_id, folder, points=MAX_STEPS)
    load = {"": timeline.overall, **timeline.scenarios}
    figures = {
        key: _measured(results.get(key, {}), load.get(key, {}), timeline.step_s)
        for key in ["", *keys]
    }
    figures[""] = figures[""]._replace(vus=_virtual_users(results.get("", {}), timeline))
    return figures


def group(**values: float | None) -> Group | None:
    """A group of figures; None when none of its members says anything."""
    return values if any(values.values()) else None


def _measured(results: Results, load: Mapping[str, Column], step_s: int) -> Figures:
    count, rate = results.get(("http_reqs", "count")), results.get(("http_reqs", "rate"))
    failed = results.get(("http_req_failed", "count"))
    share = results.get(("http_req_failed", "rate"))
    requests = _buckets(load.get("requests_per_s", []), step_s)
    failures = _buckets(load.get("failed_per_s", []), step_s, like=load.get("requests_per_s", []))
    ratios = [f / r for f, r in zip(failures, requests, strict=True) if r > 0]
    return Figures(
        total_requests=None if count is None else int(count),
        failed_requests=None if failed is None else int(failed),
        test_duration=round(count / rate, 3) if count and rate else None,
        tps=group(
            max=_round(max(_with(requests, rate), default=None)),
            min=_round(min(_with(requests, rate), default=None)),
            avg=_round(rate),
        ),
        response_time=group(
            **{
                name: results.get(("http_req_duration", stat))
                for name, stat in RESPONSE_TIMES.items()
            }
        ),
        error_rate=group(
            max=max(_with(ratios, share), default=None),
            min=min(_with(ratios, share), default=None),
            avg=share,
        ),
        vus=None,
    )


def _virtual_users(results: Results, timeline: Timeline) -> Group | None:
    known = [value for value in timeline.gauges.get("vus", []) if value is not None]
    return group(
        max=results.get(("vus", "max"), max(known, default=None)),
        min=results.get(("vus", "min"), min(known, default=None)),
        avg=_round(sum(known) / len(known)) if known else results.get(("vus", "value")),
    )


def _buckets(rates: Column, step_s: int, like: Column | None = None) -> list[float]:
    """Averages of spans of `BUCKET_S`, from the first to the last step in which `like` is not 0.

    What remains at the end, less than a span, counts only when it is all there is.
    """
    busy = [place for place, rate in enumerate(rates if like is None else like) if rate]
    if not busy:
        return []
    values = [rate or 0.0 for rate in rates[busy[0] : busy[-1] + 1]]
    size = max(1, round(BUCKET_S / step_s))
    spans = [values[start : start + size] for start in range(0, len(values), size)]
    whole = [span for span in spans if len(span) == size] or spans
    return [sum(span) / len(span) for span in whole]


def _with(values: list[float], average: float | None) -> list[float]:
    """Spans are not the whole: the average of a run must not lie beyond its extremes."""
    return values if average is None else [*values, average]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _imported(row: Mapping[str, Any]) -> Figures:
    """What an imported row holds, under the names of its columns."""

    def of(name: str, *stats: str) -> Group | None:
        return group(**{stat: row.get(f"{stat}_{name}") for stat in stats})

    return Figures(
        total_requests=row.get("total_requests"),
        failed_requests=row.get("failed_requests"),
        test_duration=row.get("test_duration"),
        tps=of("tps", "max", "min", "avg"),
        response_time=of("response_time", *RESPONSE_TIMES),
        error_rate=of("error_rate", "max", "min", "avg"),
        vus=of("vus", "max", "min", "avg"),
    )


class Over(NamedTuple):
    """Figures over time: `times_ms`, and columns of the whole run and by scenario key."""

    timeline: Timeline
    means_ms: dict[str, dict[int, float | int | None]]
    """Mean response times by scenario key and time."""


def over_time(lab: Lab, run: Run, folder: Path) -> Over:
    """The timeline of a run, with the means that it lacks; while it goes on there are none."""
    timeline = metrics.get_timeline(lab.live, run.public_id, folder)
    means: dict[str, dict[int, float | int | None]] = {}
    for by, key in (([], None), (["scenario"], "scenario")):
        try:
            found = metrics.get_metric_series(
                lab.live, run.public_id, folder, "http_req_duration", Selection(by=by)
            )
        except NotFound:
            break
        for series in found.series:
            name = series.labels.get(key, "") if key else ""
            means[name] = dict(zip(found.times_ms, series.columns["mean"], strict=True))
    return Over(timeline, means)
