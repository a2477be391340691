"""The server's state as metrics; made anew for each scrape, nothing of it is kept."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from benchwright.kit.db import now
from benchwright.kit.request_times import BOUNDS_S
from benchwright.lab import Lab
from benchwright.monitoring.repository import unfinished_runs
from benchwright.runs.state import RunState
from benchwright.tracking.repository import count_waiting
from benchwright.version import VERSION

_BOUNDS = (*(f"{bound:g}" for bound in BOUNDS_S), "+Inf")


class LabCollector(Collector):
    """Reads one installation; `watchers` are the open event streams by interface."""

    def __init__(self, lab: Lab, watchers: Mapping[str, int]) -> None:
        self._lab = lab
        self._watchers = watchers

    def collect(self) -> Iterator[Metric]:
        """All metrics but those of the process."""
        build = InfoMetricFamily("benchwright_build", "The server's version.")
        build.add_metric([], {"version": VERSION, "python": platform.python_version()})
        yield build
        yield from self._runs()
        yield from self._ingest()
        yield _gauges(
            "benchwright_watchers", "Event streams that are open.", "interface", self._watchers
        )
        yield from self._forwarding()
        yield from self._database()
        yield from self._loops()
        yield self._requests()

    def _runs(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("benchwright_database_up", "Whether the database answers (0 or 1).")
        try:
            with self._lab.database.read() as session:
                unfinished = unfinished_runs(session)
                reports = count_waiting(session)
        except SQLAlchemyError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        counts = {state.value: found.runs for state, found in unfinished.items()}
        yield _gauges("benchwright_runs", "Runs that have not ended.", "state", counts)
        oldest = unfinished[RunState.QUEUED].oldest_at
        waiting_s = max((now() - oldest).total_seconds(), 0.0) if oldest else 0.0
        yield GaugeMetricFamily(
            "benchwright_queue_oldest_seconds",
            "How long the oldest queued run has been waiting; 0 without one.",
            value=waiting_s,
        )
        if self._lab.settings.tracking.mlflow_url is not None:
            yield GaugeMetricFamily(
                "benchwright_mlflow_waiting_reports",
                "Runs whose report did not reach MLflow yet.",
                value=reports,
            )
        ended = CounterMetricFamily(
            "benchwright_runs_ended", "Runs that this server saw end.", labels=["state"]
        )
        for state in RunState:
            if state.is_final:
                ended.add_metric([state.value], self._lab.ended_runs[state.value])
        yield ended
        yield GaugeMetricFamily(
            "benchwright_live_runs",
            "Runs that take in figures on this server.",
            value=self._lab.live.open_runs,
        )

    def _ingest(self) -> Iterator[Metric]:
        counts = self._lab.live.counts
        taken = sorted(counts.taken.items())
        refused = sorted(counts.refused.items())
        pushes = CounterMetricFamily(
            "benchwright_ingest_pushes", "Pushes of figures that were taken.", labels=["protocol"]
        )
        samples = CounterMetricFamily(
            "benchwright_ingest_samples", "Samples of the pushes.", labels=["protocol"]
        )
        size = CounterMetricFamily(
            "benchwright_ingest_bytes", "Bytes of the pushes as they came.", labels=["protocol"]
        )
        for protocol, came in taken:
            pushes.add_metric([protocol], came.pushes)
            samples.add_metric([protocol], came.samples)
            size.add_metric([protocol], came.bytes)
        yield from (pushes, samples, size)
        no_pushes = CounterMetricFamily(
            "benchwright_ingest_refused_pushes",
            "Pushes that were refused as a whole.",
            labels=["protocol", "reason"],
        )
        no_samples = CounterMetricFamily(
            "benchwright_ingest_refused_samples",
            "Samples that were refused one by one.",
            labels=["protocol", "reason"],
        )
        for key, one in refused:
            no_pushes.add_metric(key, one.pushes)
            no_samples.add_metric(key, one.samples)
        yield from (no_pushes, no_samples)

    def _forwarding(self) -> Iterator[Metric]:
        forwarder = self._lab.forwarder
        if forwarder is None:
            return
        yield GaugeMetricFamily(
            "benchwright_forward_up",
            "Whether the last push to the other database was taken in (0 or 1).",
            value=0 if forwarder.fault else 1,
        )
        yield GaugeMetricFamily(
            "benchwright_forward_queued_samples",
            "Samples that wait to be forwarded.",
            value=forwarder.queue.waiting_samples,
        )
        yield CounterMetricFamily(
            "benchwright_forward_sent_samples", "Samples forwarded.", value=forwarder.sent_samples
        )
        lost = CounterMetricFamily(
            "benchwright_forward_lost_samples",
            "Samples that were given up.",
            labels=["reason"],
        )
        for reason, samples in sorted(forwarder.queue.lost_samples.items()):
            lost.add_metric([reason], samples)
        yield lost
        if forwarder.last_success_at is not None:
            yield GaugeMetricFamily(
                "benchwright_forward_last_success_timestamp_seconds",
                "When samples were last taken in.",
                value=forwarder.last_success_at,
            )

    def _database(self) -> Iterator[Metric]:
        pool = self._lab.database.pool_use
        yield GaugeMetricFamily(
            "benchwright_database_connections",
            "Connections to the database that are in use.",
            value=pool.in_use,
        )
        yield GaugeMetricFamily(
            "benchwright_database_connections_max",
            "Connections that may be in use at once; more than that wait.",
            value=pool.most,
        )

    def _loops(self) -> Iterator[Metric]:
        beats = self._lab.heartbeats
        yield _gauges(
            "benchwright_loop_last_success_timestamp_seconds",
            "When a loop of the server last did its work.",
            "loop",
            beats.last_successes,
        )
        failures = CounterMetricFamily(
            "benchwright_loop_failures", "Rounds of a loop that failed.", labels=["loop"]
        )
        for loop, count in sorted(beats.failures.items()):
            failures.add_metric([loop], count)
        yield failures

    def _requests(self) -> Metric:
        family = HistogramMetricFamily(
            "benchwright_http_request_duration_seconds",
            "Time to the end of the answer, or to the beginning of an event stream.",
            labels=["method", "route", "status"],
        )
        for kind, durations in self._lab.request_times.items():
            buckets = list(zip(_BOUNDS, accumulate(durations.counts), strict=True))
            family.add_metric(kind, buckets, durations.sum_s)
        return family


def _gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
