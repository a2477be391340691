from __future__ import annotations

import math

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import BadRequest, Problem, TooLarge
from benchwright.metrics.histogram import Histogram, observe
from benchwright.metrics.remote_write import EncodedSeries, read_labels, read_value, split_push
from tests.metrics import pushes

LABELS = st.dictionaries(
    st.text(min_size=1, max_size=12).filter(lambda name: name != "__name__"),
    st.text(max_size=200),
    max_size=8,
)
VALUES = st.lists(
    st.one_of(st.floats(1e-9, 1e9), st.just(0.0), st.floats(-1e9, -1e-9)), max_size=60
)


def only(body: bytes) -> EncodedSeries:
    (series,) = split_push(body)
    return series


@given(st.text(min_size=1, max_size=40), LABELS, st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_with_its_labels(
    name: str, labels: dict[str, str], value: float
) -> None:
    body = pushes.field(1, pushes.labels_of(name, labels) + pushes.sample(value, 1234))
    series = only(pushes.push([body]))
    assert read_labels(series[0]) == (name, labels)
    reading = read_value(series[1])
    assert reading is not None
    assert (reading.timestamp_ms, reading.value, reading.histogram) == (1234, value, None)


@given(VALUES, st.integers(-4, 8))
def test_a_histogram_comes_back(values: list[float], schema: int) -> None:
    histogram = observe(values, schema)
    histogram.zero_threshold = 2.0**-128
    reading = read_value(only(pushes.push([pushes.series("h", histogram, 99)]))[1])
    assert reading is not None
    assert reading.timestamp_ms == 99
    assert reading.histogram == histogram


def test_weighted_counts_are_taken_as_they_are() -> None:
    message = pushes.double(2, 2.5) + pushes.double(3, 1.0)
    message += pushes.field(11, pushes.integer(1, pushes.zigzag(-3)) + pushes.integer(2, 2))
    message += pushes.double(13, 0.5) + pushes.double(13, 2.0)
    body = pushes.field(1, pushes.labels_of("h", {}) + pushes.field(4, message))
    reading = read_value(only(pushes.push([body]))[1])
    assert reading is not None
    assert reading.histogram == Histogram(0, 2.5, 1.0, positive={-3: 0.5, -2: 2.0})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_stale_markers_and_infinities_are_no_readings(value: float) -> None:
    assert read_value(only(pushes.push([pushes.series("a", value)]))[1]) is None


def test_a_stale_histogram_is_no_reading() -> None:
    stale = Histogram(sum=math.nan)
    assert read_value(only(pushes.push([pushes.series("a", stale)]))[1]) is None


def test_equal_labels_are_equal_bytes() -> None:
    one, two = split_push(pushes.push([pushes.series("a", value, x="y") for value in (1, 2)]))
    assert one[0] == two[0]
    assert one[1] != two[1]


def test_the_announced_size_is_compared_before_memory_is_taken() -> None:
    bomb = pushes.varint(2**32 - 1) + b"\x00a"
    with pytest.raises(TooLarge, match="4294967295"):
        split_push(bomb)


def test_the_limit_is_the_decoded_size() -> None:
    body = pushes.push([pushes.series("a", 1.0, padding="x" * 1000)])
    with pytest.raises(TooLarge):
        split_push(body, max_decoded_bytes=1000)
    assert len(split_push(body, max_decoded_bytes=2000)) == 1


def test_many_tiny_series_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(TooLarge, match="series"):
        split_push(bytes(cramjam.snappy.compress_raw(b"\x0a\x00" * 5_000_000)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x80\x80\x80\x80\x80\x80",
        b"\x05hello",
        bytes(cramjam.snappy.compress_raw(b"\x0a\x05ab")),
        bytes(cramjam.snappy.compress_raw(b"\xff\xff")),
        pushes.push([pushes.field(1, b"\x0a\x20ab")]),
        pushes.push([pushes.field(1, b"\x0a")]),
    ],
)
def test_what_is_no_push_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        split_push(body)


@pytest.mark.parametrize(
    "labels",
    [
        b"",
        pushes.labels_of("", {}),
        pushes.field(1, pushes.field(1, b"__name__") + pushes.field(2, b"\xff\xfe")),
        pushes.labels_of("many", {f"l{number}": "" for number in range(65)}),
    ],
)
def test_labels_without_sense_are_refused(labels: bytes) -> None:
    with pytest.raises(BadRequest):
        read_labels(labels)


def _spanned(*spans: tuple[int, int], deltas: list[int], schema: int = 3, count: int = 1) -> bytes:
    message = pushes.integer(1, count) + pushes.integer(4, pushes.zigzag(schema))
    for offset, length in spans:
        span = pushes.integer(1, pushes.zigzag(offset)) + pushes.integer(2, length)
        message += pushes.field(11, span)
    packed = b"".join(pushes.varint(pushes.zigzag(delta)) for delta in deltas)
    return pushes.push([pushes.field(1, pushes.labels_of("h", {}) + pushes.field(4, message + pushes.field(12, packed)))])  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        _spanned((0, 2), deltas=[1]),
        _spanned((0, 1), deltas=[1, 1]),
        _spanned((0, 2**31), deltas=[1]),
        _spanned((2**30, 1), deltas=[1]),
        _spanned((0, 2), deltas=[1, -2]),
        _spanned((0, 1), deltas=[2**60]),
        _spanned((0, 1), deltas=[1], schema=-53),
        _spanned((0, 1), deltas=[1], schema=9),
        _spanned((0, 1), deltas=[1], count=2**60),
    ],
)
def test_histograms_that_cannot_be_are_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read_value(only(body)[1])


@given(st.binary(max_size=300))
def test_no_bytes_lead_to_anything_but_a_problem(data: bytes) -> None:
    for body in (data, bytes(cramjam.snappy.compress_raw(data))):
        try:
            for series in split_push(body):
                read_value(series[1])
                read_labels(series[0])
        except Problem:
            pass


@given(st.data())
def test_a_damaged_push_leads_to_nothing_but_a_problem(data: st.DataObject) -> None:
    plain = bytearray(
        cramjam.snappy.decompress_raw(
            pushes.push(
                [
                    pushes.series("k6_http_reqs_total", 3, scenario="s1"),
                    pushes.series("h", observe([0.1, 0.2, 5.0, 0.0]), scenario="s1"),
                ]
            )
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        plain[data.draw(st.integers(0, len(plain) - 1))] = data.draw(st.integers(0, 255))
    try:
        for series in split_push(bytes(cramjam.snappy.compress_raw(bytes(plain)))):
            read_value(series[1])
            read_labels(series[0])
    except Problem:
        pass
