"""Histograms of many values at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchwright.metrics.histogram import Histogram, observe


def observe_many(values: Sequence[float], schema: int = 3) -> Histogram:
    """The same histogram as `observe` makes, in a fraction of the time for more than a few."""
    given = np.asarray(values, np.float64)
    if given.min() < 0:
        return observe(values, schema)
    above = given[given > 0]
    scale = 2.0**-schema
    fraction, exponent = np.frexp(above)
    index = np.ceil(np.ldexp(np.log2(fraction) + exponent, schema)).astype(np.int64)
    # As in `bucket_index`: right at a bound the logarithm may be off by one unit.
    with np.errstate(over="ignore"):
        over = above > np.power(2.0, index * scale)
        under = ~over & (above <= np.power(2.0, (index - 1) * scale))
    buckets, counts = np.unique(index + over - under, return_counts=True)
    return Histogram(
        schema,
        len(given),
        float(given.sum()),
        0.0,
        len(given) - len(above),
        dict(zip(buckets.tolist(), counts.tolist(), strict=True)),
    )
