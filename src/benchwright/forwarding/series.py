"""Seconds as the series of Prometheus, with the labels by which they are found again."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from benchwright.forwarding.seconds import Second
from benchwright.metrics.figures import COUNT_NAMES, PERCENTILES
from benchwright.metrics.remote_write import Labels, write_push

_COUNTERS = {
    name: name.replace("failed", "failed_requests", 1) if name == "failed" else name
    for name in COUNT_NAMES
}
_FIGURES: tuple[tuple[str, str], ...] = (
    *((f"{name}_total", "") for name in _COUNTERS.values()),
    ("response_time_seconds_count", ""),
    ("response_time_seconds_sum", ""),
    ("requests_per_second", ""),
    ("failed_requests_per_second", ""),
    *(("response_time_seconds", f"{share:g}") for share in PERCENTILES),
)
"""Name and quantile of each figure of a second, in their order."""
_GAUGES = {
    "host_cpu": "host_cpu_ratio",
    "process_cpu": "process_cpu_ratio",
}
STALE: float = struct.unpack("<d", (0x7FF0000000000002).to_bytes(8, "little"))[0]
"""Says that a series has ended; without it, databases show its last value for five minutes."""


@dataclass(frozen=True)
class RunLabels:
    """What the series of one run are called; `scenarios` are the names for people by key."""

    run_id: str
    run: str
    project: str
    scenarios: Mapping[str, str]

    def scenario(self, key: str) -> str:
        """The scenario's name, with its key where another has the same name."""
        name = self.scenarios.get(key) or key
        twins = sum(1 for other in self.scenarios.values() if other == name)
        return f"{name} ({key})" if twins > 1 else name


class SeriesKey(NamedTuple):
    """A series of a run: its name, scenario key (empty for the run) and quantile."""

    run_id: UUID
    metric: str
    scenario: str
    quantile: str


def samples_of(second: Second) -> Iterator[tuple[SeriesKey, float]]:
    """The samples of a second; what has no value is left out."""
    for scenario, figures in second.scopes:
        prefix = "benchwright_scenario" if scenario else "benchwright_run"
        for (name, quantile), value in zip(_FIGURES, figures, strict=True):
            if math.isfinite(value):
                yield SeriesKey(second.run_id, f"{prefix}_{name}", scenario, quantile), value
    for name, value in second.gauges.items():
        if math.isfinite(value):
            metric = f"benchwright_run_{_GAUGES.get(name, name)}"
            yield SeriesKey(second.run_id, metric, "", ""), value


def encode(
    seconds: Iterable[Second], runs: Mapping[UUID, RunLabels], extra: Mapping[str, str]
) -> tuple[bytes, int]:
    """A remote write body of the seconds of the named runs, and how many samples it has."""
    columns: dict[SeriesKey, list[tuple[int, float]]] = {}
    for second in seconds:
        if second.run_id in runs:
            for key, value in samples_of(second):
                columns.setdefault(key, []).append((second.second * 1000, value))
    series = [(labels_of(key, runs[key.run_id], extra), column) for key, column in columns.items()]
    return write_push(series), sum(len(column) for column in columns.values())


def encode_end(
    keys: Mapping[SeriesKey, int], runs: Mapping[UUID, RunLabels], extra: Mapping[str, str]
) -> bytes:
    """A remote write body that ends series, each a second after its last one."""
    return write_push(
        (labels_of(key, runs[key.run_id], extra), [((last + 1) * 1000, STALE)])
        for key, last in keys.items()
    )


def labels_of(key: SeriesKey, run: RunLabels, extra: Mapping[str, str]) -> Labels:
    """All labels of a series in the order that remote write asks for; empty ones count as none."""
    labels = {
        **extra,
        "__name__": key.metric,
        "run_id": run.run_id,
        "run": run.run,
        "project": run.project,
        "scenario": run.scenario(key.scenario) if key.scenario else "",
        "quantile": key.quantile,
    }
    return tuple(sorted((name, value) for name, value in labels.items() if value))
