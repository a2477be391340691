"""k6's summary of a run as results, figure by figure as k6 wrote them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from benchwright.runs.workload import Better, ResultValue

MetricType = Literal["counter", "gauge", "rate", "trend"]

MAX_RESULTS = 250_000
MAX_NAME = 1000
INTERNAL_METRICS = frozenset({"benchwright_checks"})

_PERCENTILE = re.compile(r"p\((\d{1,3}(?:\.\d{1,12})?)\)")
_TIMES = re.compile(
    r"http_req_(?:blocked|connecting|tls_handshaking|sending|waiting|receiving|duration)"
    r"|iteration_duration|group_duration|grpc_req_duration|ws_(?:connecting|session_duration|ping)"
    r"|browser_http_req_duration|browser_web_vital_(?:fcp|fid|inp|lcp|ttfb)"
)
_UNITS = {
    "http_reqs": "requests",
    "iterations": "iterations",
    "dropped_iterations": "iterations",
    "data_sent": "bytes",
    "data_received": "bytes",
    "vus": "vus",
    "vus_max": "vus",
}
_COUNTS_BETTER: dict[str, Better] = {"dropped_iterations": "lower"}
_RATES_BETTER: dict[str, Better] = {
    "http_reqs": "higher", "iterations": "higher", "dropped_iterations": "lower",
}  # fmt: skip
_RATIOS_BETTER: dict[str, Better] = {"http_req_failed": "lower", "checks": "higher"}


class SummaryProblem(ValueError):
    """A summary that cannot be read, and why."""


@dataclass(frozen=True)
class Metric:
    """The figures of a metric or submetric; `thresholds` says which of them held."""

    type: MetricType
    contains: str
    values: Mapping[str, float]
    thresholds: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Summary:
    """One summary; the names of submetrics carry their selector: `http_reqs{scenario:s1}`."""

    metrics: Mapping[str, Metric]
    duration_s: float | None = None

    def value(self, metric: str, stat: str) -> float | None:
        """A figure under k6's names, if there is one."""
        found = self.metrics.get(metric)
        return found.values.get(stat) if found else None

    def got_no_answer(self, selector: str = "") -> bool:
        """Whether all requests were refused or broke off before they were sent.

        k6 counts each of them as a request of 0 ms: what looks fast was never measured.
        """
        sent = self.value(f"http_reqs{selector}", "count") or 0
        return sent > 0 and self.value(f"http_req_duration{selector}", "max") == 0


def read_summary(raw: bytes) -> Summary:
    """Reads what handleSummary got, or a `--summary-export`; raises `SummaryProblem`.

    The two disagree: in an export `true` marks a threshold that failed, and types are missing.
    """
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise SummaryProblem("it is not JSON") from None
    metrics = document.get("metrics") if isinstance(document, dict) else None
    if not isinstance(metrics, dict):
        raise SummaryProblem("it has no metrics")
    read = ((name, _read_metric(data)) for name, data in metrics.items())
    state = document.get("state")
    duration_ms = _number(state.get("testRunDurationMs")) if isinstance(state, dict) else None
    return Summary(
        {name: metric for name, metric in read if metric is not None and len(name) <= MAX_NAME},
        None if duration_ms is None else duration_ms / 1000,
    )


def results_of(summary: Summary, scenario_keys: Collection[str] | None = None) -> list[ResultValue]:
    """All figures as results.

    With the keys of a generated script's scenarios, the benchmark of a submetric is the key and
    other submetrics are left out; without, it is the submetric's selector. Response times of
    what sent no request or got no answer are left out: k6 writes zeros for them.
    """
    results: list[ResultValue] = []
    for name, metric in summary.metrics.items():
        base, benchmark = _split(name)
        if base in INTERNAL_METRICS:
            continue
        if scenario_keys is not None and benchmark:
            key = benchmark.removeprefix("scenario:")
            if benchmark == key or key not in scenario_keys:
                continue
            benchmark = key
        if base.startswith("http_req_") and _is_unmeasured(summary, name, metric):
            continue
        results.extend(_results(benchmark, base, metric))
        if len(results) > MAX_RESULTS:
            break
    return results[:MAX_RESULTS]


def stat_name(stat: str) -> str:
    """`p(99.9)` → `p99.9`; other stats keep k6's names."""
    match = _PERCENTILE.fullmatch(stat)
    return f"p{match[1]}" if match else stat


def _split(name: str) -> tuple[str, str]:
    base, brace, selector = name.partition("{")
    return (base, selector.removesuffix("}")) if brace else (name, "")


def _is_unmeasured(summary: Summary, name: str, metric: Metric) -> bool:
    selector = name[len(name.partition("{")[0]) :]
    sent_nothing = summary.value(f"http_reqs{selector}", "count") == 0
    return sent_nothing or (metric.type == "trend" and summary.got_no_answer(selector))


def _read_metric(data: Any) -> Metric | None:
    if not isinstance(data, dict):
        return None
    is_export = not isinstance(data.get("values"), dict)
    raw = data if is_export else data["values"]
    values = {}
    for stat, value in raw.items():
        number = _number(value)
        if number is not None and len(stat) <= MAX_NAME:
            values[stat] = number
    kind = _type_by_stats(values) if is_export else data.get("type")
    if kind == "rate" and "value" in values:
        values["rate"] = values.pop("value")
    if kind not in ("counter", "gauge", "rate", "trend") or not values:
        return None
    contains = data.get("contains")
    return Metric(
        kind,
        contains if isinstance(contains, str) and not is_export else "",
        values,
        dict(_thresholds(data.get("thresholds"), inverted=is_export)),
    )


def _type_by_stats(values: Mapping[str, float]) -> MetricType:
    if "passes" in values and "fails" in values:
        return "rate"
    if "value" in values:
        return "gauge"
    if set(values) == {"count", "rate"}:
        return "counter"
    return "trend"


def _thresholds(data: Any, *, inverted: bool) -> Iterator[tuple[str, bool]]:
    if not isinstance(data, dict):
        return
    for expression, verdict in data.items():
        if len(expression) > MAX_NAME:
            continue
        if inverted and isinstance(verdict, bool):
            yield expression, not verdict
        elif not inverted and isinstance(verdict, dict) and isinstance(verdict.get("ok"), bool):
            yield expression, verdict["ok"]


def _results(benchmark: str, name: str, metric: Metric) -> Iterator[ResultValue]:
    for stat, value in metric.values.items():
        shown, unit, better = _describe(name, metric, stat)
        yield ResultValue(
            benchmark=benchmark, metric=name, stat=shown, value=value, unit=unit, better=better
        )


def _describe(name: str, metric: Metric, stat: str) -> tuple[str, str, Better]:
    base_unit = _UNITS.get(name, "bytes" if metric.contains == "data" else "")
    if metric.type == "trend":
        if stat == "count":
            return "count", "samples", "none"
        is_time = metric.contains == "time" or (not metric.contains and _TIMES.fullmatch(name))
        return stat_name(stat), ("ms" if is_time else base_unit), "lower" if is_time else "none"
    if metric.type == "rate":
        if stat == "rate":
            return "rate", "ratio", _RATIOS_BETTER.get(name, "none")
        if name == "http_req_failed":
            # What the metric counts as "passed" are the requests that failed.
            return (
                ("count", "requests", "lower") if stat == "passes" else (stat, "requests", "none")
            )
        return stat, ("checks" if name == "checks" else ""), "none"
    if metric.type == "counter" and stat == "rate":
        return "rate", f"{base_unit or '1'}/s", _RATES_BETTER.get(name, "none")
    return stat, base_unit, _COUNTS_BETTER.get(name, "none")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
