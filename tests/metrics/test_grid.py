from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchwright.metrics.grid import MAX_INSTANCES, SecondGrid


@given(
    st.integers(0, 10**13),
    st.lists(st.integers(-499, 499), min_size=1, max_size=50),
)
def test_a_push_each_second_fills_each_second_once(start_ms: int, early_or_late: list[int]) -> None:
    grid = SecondGrid()
    first = grid.place("", start_ms)
    assert first == (start_ms // 1000, 1)
    for number, jitter_ms in enumerate(early_or_late, 1):
        place = grid.place("", start_ms + number * 1000 + jitter_ms)
        assert place == (first.second + number, 1)


def test_a_gap_is_spanned_by_the_next_push() -> None:
    grid = SecondGrid()
    assert grid.place("", 10_000) == (10, 1)
    assert grid.place("", 14_000) == (14, 4)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 10**6)), max_size=60))
def test_seconds_of_a_sender_never_go_back(pushes: list[tuple[str, int]]) -> None:
    grid = SecondGrid()
    last: dict[str, int] = {}
    for instance, at_ms in pushes:
        place = grid.place(instance, at_ms)
        assert place.second >= last.get(instance, place.second)
        assert place.span_s >= 1
        last[instance] = place.second


def test_senders_beyond_the_limit_share_a_place() -> None:
    grid = SecondGrid()
    for number in range(MAX_INSTANCES + 50):
        assert grid.place(str(number), 5_000) == (5, 1)
