"""Reads and writes Prometheus remote write 1.0: snappy, then protobuf; reads native histograms."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import accumulate
from typing import Any, NamedTuple

import cramjam
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from benchwright.kit.errors import BadRequest, TooLarge
from benchwright.metrics.histogram import MAX_SCHEMA, MIN_SCHEMA, Buckets, Histogram

MAX_DECODED_BYTES = 32 * 1024 * 1024
MAX_SERIES = 200_000
MAX_SERIES_BYTES = 64 * 1024
MAX_BUCKETS = 8_192
MAX_LABELS = 64

_MAX_COUNT = 2**53
_LABEL_TAG = 0x0A


EncodedSeries = tuple[bytes, bytes]
"""The labels of a series, and the whole series, not read yet.

Equal labels in equal order are equal bytes.
"""


class Reading(NamedTuple):
    """The last value of a series in a push: either a number or a histogram."""

    timestamp_ms: int
    value: float
    histogram: Histogram | None


def split_push(body: bytes, *, max_decoded_bytes: int = MAX_DECODED_BYTES) -> list[EncodedSeries]:
    """The series of one request; raises `BadRequest`, or `TooLarge` before memory is taken.

    Values are left encoded: most series of a push are only passed on to the journal.
    """
    plain = _decompress(body, max_decoded_bytes)
    # Every series begins with this byte, so its frequency bounds what the parser allocates.
    if plain.count(_LABEL_TAG) > MAX_SERIES * 20:
        raise TooLarge(f"One push may carry {MAX_SERIES} series at most.")
    request = _WriteRequest()
    try:
        request.ParseFromString(plain)
    except DecodeError:
        raise BadRequest("The body is not a Prometheus remote write message.") from None
    if len(request.timeseries) > MAX_SERIES:
        raise TooLarge(f"One push may carry {MAX_SERIES} series at most.")
    return [(_cut_labels(encoded), encoded) for encoded in request.timeseries]


def read_labels(labels: bytes) -> tuple[str, dict[str, str]]:
    """The metric's name and the other labels; raises `BadRequest`."""
    message = _Labels()
    try:
        message.ParseFromString(labels)
        pairs = {label.name: label.value for label in message.labels}
    except (DecodeError, UnicodeDecodeError):
        raise BadRequest("A label is not valid UTF-8 text.") from None
    name = pairs.pop("__name__", "")
    if not name:
        raise BadRequest("A series has no `__name__` label.")
    if len(pairs) > MAX_LABELS:
        raise BadRequest(f"The series {name[:80]!r} has more than {MAX_LABELS} labels.")
    return name, pairs


def read_value(encoded: bytes) -> Reading | None:
    """The newest value of a series, or nothing for a stale marker; raises `BadRequest`."""
    series = _TimeSeries()
    try:
        series.ParseFromString(encoded)
    except DecodeError:
        raise BadRequest("A series is not a Prometheus remote write message.") from None
    if series.histograms:
        return _read_histogram(series.histograms[-1])
    if series.samples:
        sample = series.samples[-1]
        # A stale marker is a NaN; an infinite figure could not be shown or added either.
        if math.isfinite(sample.value):
            return Reading(sample.timestamp, sample.value, None)
    return None


def _decompress(body: bytes, max_decoded_bytes: int) -> bytes:
    # The raw snappy format starts with the decoded size as a varint; it is believed only
    # after it was compared with the limit, because the decoder allocates what it says.
    size = 0
    for place, byte in enumerate(body[:5]):
        size |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    else:
        raise BadRequest("The body is not snappy data.")
    if size > max_decoded_bytes:
        raise TooLarge(f"The push has {size} bytes when decoded; the limit is {max_decoded_bytes}.")
    try:
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError:
        raise BadRequest("The body is not snappy data.") from None


def _cut_labels(encoded: bytes) -> bytes:
    """The leading part of a series that holds its labels; they are written first everywhere."""
    if len(encoded) > MAX_SERIES_BYTES:
        raise TooLarge(f"A series of a push may have {MAX_SERIES_BYTES} bytes at most.")
    end = 0
    try:
        while encoded[end] == _LABEL_TAG:
            length = encoded[end + 1]
            if length >= 0x80:
                if encoded[end + 2] >= 0x80:
                    raise BadRequest("A label is too long.")
                length = (length & 0x7F) + (encoded[end + 2] << 7) + 1
            end += length + 2
    except IndexError:
        if end != len(encoded):
            raise BadRequest("A series ends within a label.") from None
    return encoded[:end]


def _read_histogram(message: Any) -> Reading | None:
    if math.isnan(message.sum):
        return None
    schema = message.schema
    if not MIN_SCHEMA <= schema <= MAX_SCHEMA:
        raise BadRequest(
            f"Histograms of schema {schema} are not supported; use {MIN_SCHEMA} to {MAX_SCHEMA}."
        )
    histogram = Histogram(
        schema,
        message.count_float or message.count_int,
        message.sum,
        message.zero_threshold,
        message.zero_count_float or message.zero_count_int,
        _read_buckets(
            message.positive_spans, message.positive_deltas, message.positive_counts, schema
        ),
        _read_buckets(
            message.negative_spans, message.negative_deltas, message.negative_counts, schema
        )
        if message.negative_spans
        else {},
    )
    numbers = (histogram.count, histogram.zero_count, histogram.zero_threshold)
    if not all(0 <= number <= _MAX_COUNT for number in numbers) or math.isinf(histogram.sum):
        raise BadRequest("A histogram has a count, sum or threshold that cannot be.")
    return Reading(message.timestamp, 0.0, histogram)


def _read_buckets(spans: Any, deltas: Any, counts: Any, schema: int) -> Buckets:
    """Absolute counts by index; whole numbers come as differences, weighted ones as they are."""
    values: list[float] = counts[:] if counts else list(accumulate(deltas[:]))
    if len(values) > MAX_BUCKETS:
        raise TooLarge(f"A histogram may have {MAX_BUCKETS} buckets at most.")
    limit = math.ldexp(1075, schema)
    indexes: list[int] = []
    index = 0
    for span in spans:
        # The first offset is the index of the first bucket, the others are gaps.
        index += span.offset
        end = index + span.length
        if len(indexes) + span.length > len(values) or not -limit <= index <= end <= limit + 2:
            raise BadRequest("The spans of a histogram do not fit its buckets.")
        indexes += range(index, end)
        index = end
    if len(indexes) != len(values):
        raise BadRequest("The spans of a histogram do not fit its buckets.")
    if not values:
        return {}
    # Compared this way round so that a NaN is refused too.
    if not (min(values) >= 0 and max(values) <= _MAX_COUNT):
        raise BadRequest("A histogram has a count that cannot be.")
    buckets = dict(zip(indexes, values, strict=True))
    if 0 in values:
        return {index: count for index, count in buckets.items() if count}
    return buckets


def _describe_messages() -> tuple[Any, Any, Any]:
    """Message classes with the field numbers of Prometheus's remote write 1.0.

    Series of a request and labels of a series stay byte strings: both are wire-compatible with
    the nested messages and let a reader skip what it does not need.
    """
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="benchwright/remote_write.proto", package="benchwright", syntax="proto3"
    )

    def add(message: str, *fields: tuple[str, int, int | str, bool]) -> None:
        described = file.message_type.add(name=message)
        for name, number, kind, repeated in fields:
            entry = described.field.add(
                name=name,
                number=number,
                label=kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL,
            )
            if isinstance(kind, str):
                entry.type, entry.type_name = kinds.TYPE_MESSAGE, f".benchwright.{kind}"
            else:
                entry.type = kind  # type: ignore[assignment]  # the stub wants the enum's own type

    add("WriteRequest", ("timeseries", 1, kinds.TYPE_BYTES, True))
    add("Label", ("name", 1, kinds.TYPE_STRING, False), ("value", 2, kinds.TYPE_STRING, False))
    add("Labels", ("labels", 1, "Label", True))
    add(
        "Sample",
        ("value", 1, kinds.TYPE_DOUBLE, False),
        ("timestamp", 2, kinds.TYPE_INT64, False),
    )
    add(
        "BucketSpan",
        ("offset", 1, kinds.TYPE_SINT32, False),
        ("length", 2, kinds.TYPE_UINT32, False),
    )
    add(
        "Histogram",
        ("count_int", 1, kinds.TYPE_UINT64, False),
        ("count_float", 2, kinds.TYPE_DOUBLE, False),
        ("sum", 3, kinds.TYPE_DOUBLE, False),
        ("schema", 4, kinds.TYPE_SINT32, False),
        ("zero_threshold", 5, kinds.TYPE_DOUBLE, False),
        ("zero_count_int", 6, kinds.TYPE_UINT64, False),
        ("zero_count_float", 7, kinds.TYPE_DOUBLE, False),
        ("negative_spans", 8, "BucketSpan", True),
        ("negative_deltas", 9, kinds.TYPE_SINT64, True),
        ("negative_counts", 10, kinds.TYPE_DOUBLE, True),
        ("positive_spans", 11, "BucketSpan", True),
        ("positive_deltas", 12, kinds.TYPE_SINT64, True),
        ("positive_counts", 13, kinds.TYPE_DOUBLE, True),
        ("timestamp", 15, kinds.TYPE_INT64, False),
    )
    add("TimeSeries", ("samples", 2, "Sample", True), ("histograms", 4, "Histogram", True))
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())

    def message_class(name: str) -> Any:
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"benchwright.{name}"))

    return message_class("WriteRequest"), message_class("Labels"), message_class("TimeSeries")


_WriteRequest, _Labels, _TimeSeries = _describe_messages()


Labels = tuple[tuple[str, str], ...]
"""Names and values in ascending order, `__name__` among them."""


def write_push(series: Iterable[tuple[Labels, Iterable[tuple[int, float]]]]) -> bytes:
    """The body of one request: series by their labels, each with (time in ms, value) pairs."""
    request = _WriteRequest()
    for labels, samples in series:
        named, valued = _Labels(), _TimeSeries()
        for name, value in labels:
            # Half a surrogate pair can stand in a name, but in no message.
            named.labels.add(name=name, value=value.encode("utf-8", "replace").decode())
        for time_ms, number in samples:
            valued.samples.add(timestamp=time_ms, value=number)
        request.timeseries.append(named.SerializeToString() + valued.SerializeToString())
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))
