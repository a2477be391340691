"""Writes remote write bodies by hand, so that the reader is not tested against itself."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

import cramjam

from benchwright.metrics.histogram import Histogram, observe


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def field(number: int, payload: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def integer(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<d", value)


def labels_of(name: str, labels: Mapping[str, str]) -> bytes:
    pairs = {"__name__": name, **labels}
    return b"".join(
        field(1, field(1, key.encode()) + field(2, pairs[key].encode())) for key in sorted(pairs)
    )


def sample(value: float, at_ms: int = 0) -> bytes:
    return field(2, double(1, value) + integer(2, at_ms))


def native(histogram: Histogram, at_ms: int = 0) -> bytes:
    """A native histogram with whole counts, as k6 writes it."""
    message = integer(1, int(histogram.count)) + double(3, histogram.sum)
    message += integer(4, zigzag(histogram.schema)) + double(5, histogram.zero_threshold)
    message += integer(6, int(histogram.zero_count))
    for spans, deltas, buckets in ((8, 9, histogram.negative), (11, 12, histogram.positive)):
        encoded, previous, last = b"", 0, None
        runs: list[list[int]] = []
        for index in sorted(buckets):
            if last is None or index != last + 1:
                runs.append([index if last is None else index - last - 1, 0])
            runs[-1][1] += 1
            encoded += varint(zigzag(int(buckets[index]) - previous))
            previous, last = int(buckets[index]), index
        for offset, length in runs:
            message += field(spans, integer(1, zigzag(offset)) + integer(2, length))
        if encoded:
            message += field(deltas, encoded)
    return field(4, message + integer(15, at_ms))


def series(metric: str, value: float | Histogram, at_ms: int = 0, /, **labels: str) -> bytes:
    data = native(value, at_ms) if isinstance(value, Histogram) else sample(value, at_ms)
    return field(1, labels_of(metric, labels) + data)


def push(parts: Iterable[bytes]) -> bytes:
    return bytes(cramjam.snappy.compress_raw(b"".join(parts)))


class Sender:
    """A load generator that counts as k6 does: totals since its start, sent once a second."""

    def __init__(self, scenarios: Iterable[str] = ("s1",)) -> None:
        self.durations_s: dict[tuple[str, str], list[float]] = {}
        self._histograms: dict[tuple[str, str], Histogram] = {}
        self.checks: dict[tuple[str, str], int] = {}
        self.dropped: dict[str, int] = {}
        self.scenarios = list(scenarios)
        self.vus = 1

    def request(self, duration_s: float, scenario: str = "s1", *, ok: bool = True) -> None:
        passed = (scenario, str(ok).lower())
        self.durations_s.setdefault(passed, []).append(duration_s)
        self._histograms.setdefault(passed, Histogram()).absorb(observe([duration_s]))
        self.checks[passed] = self.checks.get(passed, 0) + 1

    def body(self) -> bytes:
        parts = [series("k6_vus", self.vus)]
        for (scenario, ok), durations in self.durations_s.items():
            labels = {"scenario": scenario, "expected_response": ok, "name": "GET /"}
            parts.append(series("k6_http_reqs_total", len(durations), **labels))
            histogram = self._histograms[scenario, ok]
            parts.append(series("k6_http_req_duration_seconds", histogram, **labels))
            parts.append(series("k6_http_req_waiting_seconds", histogram, **labels))
        for (scenario, passed), count in self.checks.items():
            parts.append(
                series("k6_benchwright_checks_total", count, scenario=scenario, passed=passed)
            )
        for scenario, count in self.dropped.items():
            parts.append(series("k6_dropped_iterations_total", count, scenario=scenario))
        return push(parts)
