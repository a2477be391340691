from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.metrics.histogram import observe
from benchwright.metrics.observing import observe_many

VALUES = st.one_of(
    st.floats(-1e-3, 1e9),
    st.sampled_from(
        [0.0, 5e-324, 1.7976931348623157e308, *(2.0 ** (n / 8) for n in range(-40, 40))]
    ),
)


@given(values=st.lists(VALUES, min_size=1, max_size=40), schema=st.integers(-4, 8))
def test_many_values_are_observed_as_one_by_one(values: list[float], schema: int) -> None:
    many, one_by_one = observe_many(values, schema), observe(values, schema)
    assert many.sum == pytest.approx(one_by_one.sum, rel=1e-9)
    many.sum = one_by_one.sum
    assert many == one_by_one
