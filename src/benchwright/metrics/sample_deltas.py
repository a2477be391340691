"""Reads the samples of a journal as deltas per step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from benchwright.metrics.histogram import Histogram
from benchwright.metrics.naming import MetricKind
from benchwright.metrics.sample_frames import decode_samples
from benchwright.metrics.samples import Sampled, SampleSeries

OPEN_S = 60
"""Steps that are older than the newest by so much are given out; what comes later for them
becomes rows of its own, which add up all the same."""


class SampledStep(NamedTuple):
    """What one series gained or was in one step; `number` is the place that `adopt` gave it."""

    number: int
    second: int
    value: Sampled


class SampleSteps:
    """Adds samples up by step; `adopt` answers a series' number, or nothing if nobody wants it."""

    def __init__(self, adopt: Callable[[SampleSeries], int | None]) -> None:
        self._adopt = adopt
        self._numbers: list[tuple[int | None, MetricKind]] = []
        self._steps: dict[int, dict[int, Sampled]] = {}
        self._origin: int | None = None
        self.last_second: int | None = None

    def take(self, payload: bytes, step_s: int) -> Iterator[SampledStep]:
        """Takes in one frame, and gives out the steps that are complete by then."""
        frame = decode_samples(payload)
        for series in frame.fresh:
            self._numbers.append((self._adopt(series), series.name.kind))
        for place, second, value in frame.rows:
            if place >= len(self._numbers):
                continue
            number, kind = self._numbers[place]
            if number is None:
                continue
            self._origin = second if self._origin is None else self._origin
            self.last_second = max(self.last_second or second, second)
            step = self._steps.setdefault(second - (second - self._origin) % step_s, {})
            held = step.get(number)
            if held is None or kind is MetricKind.GAUGE:
                step[number] = value.copy() if isinstance(value, Histogram) else value
            elif isinstance(held, Histogram) and isinstance(value, Histogram):
                held.absorb(value)
            elif isinstance(held, float) and isinstance(value, float):
                step[number] = held + value
        newest = self.last_second or 0
        for second in sorted(s for s in self._steps if s < newest - max(OPEN_S, step_s)):
            yield from self._give_out(second)

    def finish(self) -> Iterator[SampledStep]:
        """What is left."""
        for second in sorted(self._steps):
            yield from self._give_out(second)

    def _give_out(self, second: int) -> Iterator[SampledStep]:
        for number, value in sorted(self._steps.pop(second).items(), key=lambda item: item[0]):
            yield SampledStep(number, second, value)
