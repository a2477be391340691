"""Reads a journal as deltas per step: what finished series are made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchwright.kit.errors import Problem
from benchwright.metrics.gauge_names import name_gauge, split_gauge
from benchwright.metrics.grid import SILENCE_MS, SecondGrid
from benchwright.metrics.histogram import Histogram
from benchwright.metrics.journal import Frame, FrameType, read_frames
from benchwright.metrics.naming import K6_PREFIX, MetricKind, MetricName, read_metric_name
from benchwright.metrics.remote_write import EncodedSeries, read_labels, read_value, split_push
from benchwright.metrics.sample_deltas import SampledStep, SampleSteps
from benchwright.metrics.sample_frames import sampled_span
from benchwright.metrics.samples import SampleSeries
from benchwright.metrics.slots import MAX_KNOWN_SERIES, is_histogram

MAX_STEPS = 21_600
"""Six hours by the second; longer runs are stored in wider steps, added without loss."""


class Series(NamedTuple):
    """One series of a run; `labels` is JSON with sorted keys, so equal labels are equal text."""

    number: int
    name: MetricName
    labels: str


class Delta(NamedTuple):
    """What a series gained (counters, histograms) or last was (gauges) in one step."""

    series: Series
    second: int
    span_s: int
    value: float
    histogram: Histogram | None


class _State:
    __slots__ = ("histogram", "is_new", "pending", "pending_span_s", "series", "value")

    def __init__(self, series: Series, *, from_zero: bool = True) -> None:
        self.series = series
        # Who joins a counter that others have counted with for long knows only what follows.
        self.is_new = not from_zero
        self.value = 0.0
        self.histogram: Histogram | None = None
        self.pending: float | Histogram | None = None
        self.pending_span_s = 0

    def take(self, value: float, histogram: Histogram | None, span_s: int) -> None:
        """Adds a reading to the step that fills."""
        if self.is_new:
            self.is_new = False
            if self.series.name.kind in (MetricKind.COUNTER, MetricKind.HISTOGRAM):
                self.value, self.histogram = value, histogram
                return
        self.pending_span_s = max(self.pending_span_s, span_s)
        if histogram is not None:
            last, self.histogram = self.histogram, histogram
            delta = histogram.copy() if last is None else histogram.since(last)
            if isinstance(self.pending, Histogram):
                self.pending.absorb(delta)
            else:
                self.pending = delta
        elif self.series.name.kind is MetricKind.COUNTER:
            grown = value - self.value if value >= self.value else value
            self.value = value
            self.pending = grown + (self.pending if isinstance(self.pending, float) else 0.0)
        else:
            self.pending = value

    def emit(self, second: int) -> Delta | None:
        """Ends the step; a series that did not change in it has nothing to say."""
        pending, span_s = self.pending, self.pending_span_s
        self.pending, self.pending_span_s = None, 0
        if isinstance(pending, Histogram):
            return Delta(self.series, second, span_s, 0.0, pending) if pending.count else None
        if pending is None or (pending == 0 and self.series.name.kind is MetricKind.COUNTER):
            return None
        return Delta(self.series, second, span_s, pending, None)


class DeltaReader:
    """Reads the deltas of all series, or of the wanted metrics, step by step."""

    def __init__(self, path: Path, wanted: Callable[[str], bool] | None = None) -> None:
        self._path = path
        self._wanted = wanted
        self._grid = SecondGrid()
        self._states: dict[tuple[str, bytes], _State | None] = {}
        self._by_identity: dict[tuple[str, str], _State] = {}
        self._touched: dict[int, _State] = {}
        self._samples = SampleSteps(self._adopt)
        self._by_number: list[Series] = []
        self._last_push = (0, 0)
        self.first_second: int | None = None
        self.last_second: int | None = None

    def read(self, step_s: int = 1) -> Iterator[Delta]:
        """Deltas in ascending steps, ordered by series number within a step.

        Samples have times of their own, and those that came late stand further behind.
        """
        for delta in self._read(step_s):
            self.first_second = min(self.first_second or delta.second, delta.second)
            self.last_second = max(self.last_second or delta.second, delta.second)
            yield delta

    def _read(self, step_s: int) -> Iterator[Delta]:
        step = origin = None
        for frame in read_frames(self._path):
            if frame.type == FrameType.SAMPLES:
                yield from self._take_samples(frame.payload, step_s)
                continue
            second, span_s = self._place(frame)
            self.last_second = max(self.last_second or second, second)
            origin = second if origin is None else origin
            start = second - (second - origin) % step_s
            if step is not None and start > step:
                yield from self._flush(step)
            step = start if step is None else max(step, start)
            self._take(frame, span_s)
        if step is not None:
            yield from self._flush(step)
        for one in self._samples.finish():
            yield self._sampled(one)

    def _take_samples(self, payload: bytes, step_s: int) -> Iterator[Delta]:
        try:
            for one in self._samples.take(payload, step_s):
                yield self._sampled(one)
        except ValueError:
            return  # as for other frames

    def _sampled(self, one: SampledStep) -> Delta:
        series, value = self._by_number[one.number], one.value
        if isinstance(value, Histogram):
            return Delta(series, one.second, 1, 0.0, value)
        return Delta(series, one.second, 1, value, None)

    def _adopt(self, sampled: SampleSeries) -> int | None:
        if self._wanted is not None and not self._wanted(sampled.name.metric):
            return None
        labels = json.dumps(dict(sampled.labels), sort_keys=True, ensure_ascii=False)
        return self._add(sampled.name, labels).series.number

    def _flush(self, second: int) -> Iterator[Delta]:
        for number in sorted(self._touched):
            delta = self._touched[number].emit(second)
            if delta is not None:
                yield delta
        self._touched.clear()

    def _place(self, frame: Frame) -> tuple[int, int]:
        if frame.type == FrameType.PUSH:
            place = self._grid.place(frame.push()[0], frame.received_ms)
            self._last_push = frame.received_ms, place.second
            return place
        last_ms, last_second = self._last_push
        if frame.received_ms - last_ms <= SILENCE_MS:
            return last_second, 1
        return frame.received_ms // 1000, 1

    def _take(self, frame: Frame, span_s: int) -> None:
        try:
            if frame.type == FrameType.PUSH:
                instance, body = frame.push()
                for series in split_push(body):
                    self._take_series(instance, series, span_s)
            elif frame.type == FrameType.TELEMETRY:
                for name, value in frame.telemetry().items():
                    self._take_telemetry(name, float(value))
        except (Problem, ValueError):
            # A push was checked before it was written; what other frames hold is not vital.
            return

    def _take_series(self, instance: str, series: EncodedSeries, span_s: int) -> None:
        key = (instance, series[0])
        state = self._states.get(key)
        if state is None:
            if key in self._states or len(self._states) >= MAX_KNOWN_SERIES:
                return
            state = self._states[key] = self._make(instance, series)
            if state is None:
                return
        try:
            reading = read_value(series[1])
        except Problem:
            return
        if reading is None:
            return
        is_wide = state.series.name.kind is MetricKind.HISTOGRAM
        if is_wide != (reading.histogram is not None):
            return
        state.take(reading.value, reading.histogram, span_s)
        self._touched[state.series.number] = state

    def _take_telemetry(self, name: str, value: float) -> None:
        state = self._states.get(("", name.encode()))
        if state is None:
            metric, labels = split_gauge(name)
            if self._wanted is not None and not self._wanted(metric):
                return
            text = json.dumps(labels, sort_keys=True, ensure_ascii=False)
            state = self._add(name_gauge(metric), text)
            self._states[("", name.encode())] = state
        state.take(value, None, 1)
        self._touched[state.series.number] = state

    def _make(self, instance: str, series: EncodedSeries) -> _State | None:
        try:
            sent, labels = read_labels(series[0])
        except Problem:
            return None
        name = read_metric_name(sent, is_histogram=is_histogram(series))
        if self._wanted is not None and not self._wanted(name.metric):
            return None
        if instance:
            # A label of the same name is the sender's own and keeps its meaning.
            labels["sender" if "instance" in labels else "instance"] = instance
        text = json.dumps(labels, sort_keys=True, ensure_ascii=False)
        return self._add(name, text, from_zero=sent.startswith(K6_PREFIX))

    def _add(self, name: MetricName, labels: str, *, from_zero: bool = True) -> _State:
        # The order of labels is the sender's; a series is the same in any order.
        state = self._by_identity.get((name.metric, labels))
        if state is None:
            series = Series(len(self._by_identity), name, labels)
            self._by_number.append(series)
            state = self._by_identity[(name.metric, labels)] = _State(series, from_zero=from_zero)
        return state


def choose_step_s(path: Path, max_steps: int = MAX_STEPS) -> int:
    """The step in which a journal is read, from the time that it covers."""
    first = last = None
    for frame in read_frames(path):
        start = end = frame.received_ms // 1000
        if frame.type == FrameType.SAMPLES:
            start, end = sampled_span(frame.payload)
        first, last = min(first or start, start), max(last or end, end)
    if first is None or last is None:
        return 1
    return 1 + (last - first) // max_steps
