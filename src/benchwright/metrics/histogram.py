"""Sparse base-2 histograms: the native histograms of Prometheus, exact under addition.

Bucket `i` of schema `s` holds the values in (2^((i-1)/2^s), 2^(i/2^s)]; a negative bucket holds
the mirrored range. Histograms of the same schema add without loss; to add different ones the
finer is downscaled first, which is exact too, only coarser.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

MIN_SCHEMA, MAX_SCHEMA = -4, 8

Buckets = dict[int, float]
"""Bucket index to count; whole numbers unless a sender weighted them. Never a zero count."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The values in (lower, upper]; the zero bucket and negative ones have lower below 0."""

    lower: float
    upper: float
    count: float


@dataclass(slots=True)
class Histogram:
    """Counts of values; `quantile` is approximate, `count` and `sum` are exact."""

    schema: int = 3
    count: float = 0
    sum: float = 0.0
    zero_threshold: float = 0.0
    zero_count: float = 0
    positive: Buckets = field(default_factory=dict)
    negative: Buckets = field(default_factory=dict)

    def copy(self) -> Histogram:
        """An equal histogram that shares nothing with this one."""
        return Histogram(
            self.schema,
            self.count,
            self.sum,
            self.zero_threshold,
            self.zero_count,
            self.positive.copy(),
            self.negative.copy(),
        )

    def downscaled(self, schema: int) -> Histogram:
        """The same values in wider buckets; raises `ValueError` for a finer schema."""
        if schema > self.schema:
            raise ValueError("a histogram cannot be made finer")
        if schema == self.schema:
            return self
        shift = self.schema - schema
        return Histogram(
            schema,
            self.count,
            self.sum,
            self.zero_threshold,
            self.zero_count,
            _widen(self.positive, shift),
            _widen(self.negative, shift),
        )

    def absorb(self, other: Histogram) -> None:
        """Adds the values of `other` to this one; takes over the coarser schema of both."""
        if other.schema != self.schema:
            if other.schema < self.schema:
                mine = self.downscaled(other.schema)
                self.schema, self.positive, self.negative = (
                    mine.schema,
                    mine.positive,
                    mine.negative,
                )
            else:
                other = other.downscaled(self.schema)
        self.count += other.count
        self.sum += other.sum
        self.zero_count += other.zero_count
        self.zero_threshold = max(self.zero_threshold, other.zero_threshold)
        _add(self.positive, other.positive)
        if other.negative:
            _add(self.negative, other.negative)

    def merged(self, other: Histogram) -> Histogram:
        """The values of both; associative and commutative (`sum` up to float rounding)."""
        result = self.copy()
        result.absorb(other)
        return result

    def since(self, earlier: Histogram) -> Histogram:
        """What was added after `earlier`, a former state of the same cumulative histogram.

        Where any count fell the sender began anew, and everything counts as added.
        """
        if earlier.schema != self.schema:
            schema = min(self.schema, earlier.schema)
            return self.downscaled(schema).since(earlier.downscaled(schema))
        positive = _subtract(self.positive, earlier.positive)
        negative = _subtract(self.negative, earlier.negative)
        zero_count = self.zero_count - earlier.zero_count
        count = self.count - earlier.count
        if positive is None or negative is None or zero_count < 0 or count < 0:
            return self.copy()
        return Histogram(
            self.schema,
            count,
            self.sum - earlier.sum,
            self.zero_threshold,
            zero_count,
            positive,
            negative,
        )

    def buckets(self) -> list[Bucket]:
        """The buckets that hold something, from the lowest values to the highest."""
        return list(self._ascending())

    def quantile(self, q: float) -> float | None:
        """The value below which the share `q` lies, or nothing of an empty histogram."""
        return self.quantiles((q,))[0]

    def quantiles(self, shares: Sequence[float]) -> list[float | None]:
        """Approximate quantiles for ascending `shares`.

        Defined as k6 defines its percentiles: position `q * (count - 1)` between the two
        neighbouring values. Each neighbour is placed inside its bucket on a logarithmic scale,
        so for values above the zero threshold the answer is within a factor 2^(1/2^schema) of
        the exact one (9.1 % at schema 3, typically below 4.5 %).
        """
        # Laid out by hand: this runs for every scenario of every run each second.
        below = sorted(self.negative, reverse=True)
        above = sorted(self.positive)
        counts = [self.negative[index] for index in below]
        if self.zero_count:
            counts.append(self.zero_count)
        counts += [self.positive[index] for index in above]
        cumulated = list(accumulate(counts))
        if not cumulated or cumulated[-1] <= 0:
            return [None] * len(shares)

        def value_at(rank: float) -> float:
            place = min(bisect_right(cumulated, rank), len(counts) - 1)
            share = (rank - cumulated[place] + counts[place] + 0.5) / counts[place]
            if place < len(below):
                lower, upper = self._bounds(below[place])
                return _inside(-upper, -lower, share)
            place -= len(below)
            if self.zero_count:
                if not place:
                    return _inside(*self._zero_bounds(), share)
                place -= 1
            return _inside(*self._bounds(above[place]), share)

        result: list[float | None] = []
        last = max(cumulated[-1] - 1, 0)
        for q in shares:
            position = min(max(q, 0.0), 1.0) * last
            low = math.floor(position)
            value = value_at(low)
            if position > low:
                value += (position - low) * (value_at(min(low + 1, last)) - value)
            result.append(value)
        return result

    def _ascending(self) -> Iterator[Bucket]:
        for index in sorted(self.negative, reverse=True):
            lower, upper = self._bounds(index)
            yield Bucket(-upper, -lower, self.negative[index])
        if self.zero_count:
            yield Bucket(*self._zero_bounds(), self.zero_count)
        for index in sorted(self.positive):
            yield Bucket(*self._bounds(index), self.positive[index])

    def _bounds(self, index: int) -> tuple[float, float]:
        scale = 2.0**-self.schema
        return _bound(index - 1, scale), _bound(index, scale)

    def _zero_bounds(self) -> tuple[float, float]:
        return (-self.zero_threshold if self.negative else 0.0), self.zero_threshold


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """The values of all."""
    result: Histogram | None = None
    for histogram in histograms:
        if result is None:
            result = histogram.copy()
        else:
            result.absorb(histogram)
    return result or Histogram()


def bucket_index(value: float, schema: int) -> int:
    """The positive bucket that holds `value` > 0."""
    fraction, exponent = math.frexp(value)
    # The logarithm of the fraction alone keeps full precision at any size of the value.
    index = math.ceil(math.ldexp(math.log2(fraction) + exponent, schema))
    # The logarithm may be off by one unit in the last place right at a bound.
    scale = 2.0**-schema
    if value > _bound(index, scale):
        return index + 1
    if value <= _bound(index - 1, scale):
        return index - 1
    return index


def observe(values: Iterable[float], schema: int = 3) -> Histogram:
    """The histogram of `values`; zeros go to the zero bucket."""
    histogram = Histogram(schema)
    for value in values:
        histogram.count += 1
        histogram.sum += value
        if value == 0:
            histogram.zero_count += 1
            continue
        side = histogram.positive if value > 0 else histogram.negative
        index = bucket_index(abs(value), schema)
        side[index] = side.get(index, 0) + 1
    return histogram


def _bound(index: int, scale: float) -> float:
    exponent = index * scale
    return math.inf if exponent >= 1024 else 2.0**exponent


def _widen(buckets: Buckets, shift: int) -> Buckets:
    result: Buckets = {}
    for index, count in buckets.items():
        wide = ((index - 1) >> shift) + 1
        result[wide] = result.get(wide, 0) + count
    return result


def _add(target: Buckets, other: Buckets) -> None:
    get = target.get
    for index, count in other.items():
        target[index] = get(index, 0) + count


def _subtract(later: Buckets, earlier: Buckets) -> Buckets | None:
    """The differences, or nothing if one of them is negative."""
    if not earlier:
        return later.copy()
    if not earlier.keys() <= later.keys():
        return None
    get = earlier.get
    result = {index: count - get(index, 0) for index, count in later.items() - earlier.items()}
    return None if result and min(result.values()) < 0 else result


def _inside(lower: float, upper: float, share: float) -> float:
    """A value so far into a bucket, on a logarithmic scale unless the bucket touches zero."""
    share = min(max(share, 0.0), 1.0)
    if math.isinf(upper):
        return lower
    if math.isinf(lower):
        return upper
    if lower > 0 or upper < 0:
        return float(lower * (upper / lower) ** share)
    return lower + (upper - lower) * share
