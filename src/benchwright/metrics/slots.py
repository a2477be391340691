"""Which series of a push feed which live figure, remembered by their labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchwright.metrics.failures import FailureKey, failure_key, is_failed
from benchwright.metrics.figures import Count
from benchwright.metrics.histogram import Histogram
from benchwright.metrics.naming import MetricName, read_metric_name
from benchwright.metrics.remote_write import EncodedSeries, Reading, read_labels

MAX_LIVE_SCENARIOS = 50
"""Scenarios that are shown one by one while running; further ones count for the whole run."""

MAX_TRACKED_SERIES = 50_000
MAX_KNOWN_SERIES = 200_000
MAX_METRICS = 1_000

_HISTOGRAM_TAG = b"\x22"

_COUNTERS: dict[str, Count] = {
    "k6_http_reqs_total": Count.REQUESTS,
    "k6_iterations_total": Count.ITERATIONS,
    "k6_dropped_iterations_total": Count.DROPPED_ITERATIONS,
    "k6_data_sent_total": Count.DATA_SENT,
    "k6_data_received_total": Count.DATA_RECEIVED,
}
_CHECKS = "k6_benchwright_checks_total"
_DURATIONS = "k6_http_req_duration_seconds"
_GAUGES = {"k6_vus": "vus", "k6_vus_max": "vus_max"}


@dataclass(slots=True)
class Slot:
    """The state of one series that live figures need; exactly one kind of figure is set."""

    scope: int
    """Place of its scenario among the scopes; 0 if it counts for the whole run only."""
    counts: tuple[Count, ...] = ()
    gauge: str = ""
    is_duration: bool = False
    failure: FailureKey | None = None
    """What failed, where the series counts failures."""
    last_value: float = 0.0
    last_histogram: Histogram | None = None

    def gained(self, reading: Reading) -> float | Histogram:
        """What a cumulative series grew by, or what a gauge is; one that fell began anew."""
        _, value, histogram = reading
        if histogram is not None:
            last, self.last_histogram = self.last_histogram, histogram
            return histogram.copy() if last is None else histogram.since(last)
        if self.gauge:
            return value
        grown = value - self.last_value if value >= self.last_value else value
        self.last_value = value
        return grown


class SlotTable:
    """Finds the slot of a series; series that feed no live figure have none."""

    def __init__(self, scenarios: Iterable[str]) -> None:
        self.scenarios: list[str] = []
        self.hidden_scenarios: set[str] = set()
        self.metrics: dict[str, MetricName] = {}
        self.overflowed = False
        self._gauges: list[Slot] = []
        self._places: dict[str, int] = {}
        self._known: dict[str, dict[bytes, Slot | None]] = {}
        self._known_count = 0
        self._tracked: dict[tuple[str, str, frozenset[tuple[str, str]]], Slot] = {}
        for scenario in scenarios:
            self._place(scenario)

    @property
    def scopes(self) -> int:
        """The whole run and each scenario that is shown."""
        return len(self.scenarios) + 1

    def select(
        self, instance: str, series: Iterable[EncodedSeries]
    ) -> Iterator[tuple[Slot, bytes]]:
        """The series that feed live figures; raises `BadRequest` for labels without sense."""
        known = self._known.setdefault(instance, {})
        for one in series:
            try:
                slot = known[one[0]]
            except KeyError:
                slot = self._resolve(instance, one)
                if self._known_count < MAX_KNOWN_SERIES:
                    self._known_count += 1
                    known[one[0]] = slot
                else:
                    self.overflowed = True
            if slot is not None:
                yield slot, one[1]

    def adopt(self, metric: MetricName, sent: str, labels: dict[str, str]) -> Slot | None:
        """The slot of a series that comes in parts of its own, not in pushes of all."""
        if len(self.metrics) < MAX_METRICS:
            self.metrics.setdefault(metric.metric, metric)
        slot = self._make(sent, labels)
        if slot is not None and slot.gauge:
            self._gauges.append(slot)
        return slot

    def gauges(self) -> dict[str, float]:
        """The sum of each gauge over all senders."""
        result: dict[str, float] = {}
        for slot in self._gauges:
            result[slot.gauge] = result.get(slot.gauge, 0) + slot.last_value
        return result

    def _resolve(self, instance: str, series: EncodedSeries) -> Slot | None:
        name, labels = read_labels(series[0])
        self._remember(name, series)
        # The order of labels is the sender's; a series is the same in any order.
        identity = (instance, name, frozenset(labels.items()))
        slot = self._tracked.get(identity)
        if slot is None:
            slot = self._make(name, labels)
            if slot is not None:
                if len(self._tracked) >= MAX_TRACKED_SERIES:
                    self.overflowed = True
                    return None
                self._tracked[identity] = slot
                if slot.gauge:
                    self._gauges.append(slot)
        return slot

    def _make(self, name: str, labels: dict[str, str]) -> Slot | None:
        if name in _COUNTERS:
            count = _COUNTERS[name]
            failed = count is Count.REQUESTS and is_failed(labels)
            return Slot(
                self._scope(labels),
                (count, Count.FAILED) if failed else (count,),
                failure=failure_key("http_reqs", labels) if failed else None,
            )
        if name == _DURATIONS:
            return Slot(self._scope(labels), is_duration=True)
        if name == _CHECKS:
            passed = labels.get("passed") == "true"
            return Slot(
                self._scope(labels),
                (Count.CHECKS_PASSED if passed else Count.CHECKS_FAILED,),
                failure=failure_key("benchwright_checks", labels),
            )
        if name in _GAUGES:
            return Slot(0, gauge=_GAUGES[name])
        return None

    def _scope(self, labels: dict[str, str]) -> int:
        scenario = labels.get("scenario")
        return 0 if scenario is None else self._place(scenario)

    def _place(self, scenario: str) -> int:
        place = self._places.get(scenario)
        if place is None:
            place = 0
            if len(self.scenarios) < MAX_LIVE_SCENARIOS:
                self.scenarios.append(scenario)
                place = len(self.scenarios)
            elif len(self.hidden_scenarios) < MAX_KNOWN_SERIES:
                self.hidden_scenarios.add(scenario)
            self._places[scenario] = place
        return place

    def _remember(self, name: str, series: EncodedSeries) -> None:
        if len(self.metrics) < MAX_METRICS:
            metric = read_metric_name(name, is_histogram=is_histogram(series))
            self.metrics.setdefault(metric.metric, metric)


def is_histogram(series: EncodedSeries) -> bool:
    """Whether the series carries a native histogram, by the tag that follows its labels."""
    labels, encoded = series
    return encoded[len(labels) : len(labels) + 1] == _HISTOGRAM_TAG
