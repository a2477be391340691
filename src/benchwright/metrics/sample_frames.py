"""Samples as bytes of a journal: fresh series, then numbers by series and second."""

from __future__ import annotations

import json
import struct
from array import array
from typing import Any, NamedTuple

from benchwright.metrics.histogram import Histogram
from benchwright.metrics.naming import MetricKind, MetricName
from benchwright.metrics.samples import SampleBatch, Sampled, SampleSeries

_HEADER = struct.Struct("<qqIII")
_LITTLE = struct.pack("=H", 1) == struct.pack("<H", 1)


class SampleFrame(NamedTuple):
    """What one write brought; rows are (number of the series, second, value)."""

    fresh: list[SampleSeries]
    rows: list[tuple[int, int, Sampled]]


def encode_samples(batch: SampleBatch) -> bytes:
    """The batch as the payload of a frame."""
    numbers, seconds, values = array("I"), array("q"), array("d")
    wide: list[list[Any]] = []
    for second, row in batch.seconds.items():
        for series, value in row.items():
            if isinstance(value, Histogram):
                wide.append([series.number, second, *_histogram_parts(value)])
            else:
                numbers.append(series.number)
                seconds.append(second)
                values.append(value)
    texts = json.dumps(
        [
            [
                [s.name.metric, s.name.kind, s.name.unit, dict(s.labels), s.sent]
                for s in batch.fresh
            ],
            wide,
        ],
        separators=(",", ":"),
    ).encode()
    first_number = batch.fresh[0].number if batch.fresh else 0
    header = _HEADER.pack(
        min(batch.seconds, default=0), max(batch.seconds, default=0),
        first_number, len(texts), len(numbers),
    )  # fmt: skip
    columns = [_bytes(column) for column in (numbers, seconds, values)]
    return b"".join([header, texts, *columns])


def sampled_span(payload: bytes) -> tuple[int, int]:
    """The first and the last second of a frame, without reading the rest."""
    first, last, *_ = _HEADER.unpack_from(payload)
    return first, last


def decode_samples(payload: bytes) -> SampleFrame:
    """What `encode_samples` wrote; raises `ValueError` for anything else."""
    try:
        _, _, first_number, text_length, count = _HEADER.unpack_from(payload)
    except struct.error as error:
        raise ValueError("the frame has no header") from error
    at = _HEADER.size + text_length
    fresh, wide = json.loads(payload[_HEADER.size : at])
    columns: list[Any] = []
    for code in "Iqd":
        column = array(code)
        end = at + count * column.itemsize
        column.frombytes(payload[at:end])
        if not _LITTLE:
            column.byteswap()
        columns.append(column)
        at = end
    rows: list[tuple[int, int, Sampled]] = list(zip(*columns, strict=True))
    rows += [(number, second, _histogram(*parts)) for number, second, *parts in wide]
    return SampleFrame(
        [
            SampleSeries(
                first_number + place, MetricName(metric, MetricKind(kind), unit), labels, sent
            )
            for place, (metric, kind, unit, labels, sent) in enumerate(fresh)
        ],
        rows,
    )


def _bytes(column: array[Any]) -> bytes:
    if not _LITTLE:
        column.byteswap()
    return column.tobytes()


def _histogram_parts(histogram: Histogram) -> list[Any]:
    positive, negative = histogram.positive, histogram.negative
    return [
        histogram.schema, histogram.count, histogram.sum, histogram.zero_count,
        list(positive), list(positive.values()), list(negative), list(negative.values()),
    ]  # fmt: skip


def _histogram(  # the parts in the order of `_histogram_parts`
    schema: int,
    count: float,
    sum_: float,
    zero_count: float,
    places: list[int],
    counts: list[float],
    negative_places: list[int],
    negative_counts: list[float],
) -> Histogram:
    return Histogram(
        schema, count, sum_, 0.0, zero_count,
        dict(zip(places, counts, strict=True)),
        dict(zip(negative_places, negative_counts, strict=True)),
    )  # fmt: skip
