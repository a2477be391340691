from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from benchwright.retention.selection import FinishedRun, select_expired

AT = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)


def run(id_: int, days: float, size: int = 0, *, pinned: bool = False) -> FinishedRun:
    return FinishedRun(id_, AT - dt.timedelta(days=days), size, pinned)


def test_age() -> None:
    runs = [run(1, 31), run(2, 30), run(3, 29), run(4, 90, pinned=True)]
    assert select_expired(runs, days=30, max_bytes=None, at=AT) == [1]
    assert select_expired(runs, days=None, max_bytes=None, at=AT) == []


def test_size_takes_the_oldest_until_the_rest_fits() -> None:
    runs = [run(3, 1, 40), run(1, 3, 40), run(2, 2, 40)]
    assert select_expired(runs, days=None, max_bytes=120, at=AT) == []
    assert select_expired(runs, days=None, max_bytes=119, at=AT) == [1]
    assert select_expired(runs, days=None, max_bytes=79, at=AT) == [1, 2]


def test_pinned_runs_count_and_stay() -> None:
    runs = [run(1, 4, 100, pinned=True), run(2, 3, 10), run(3, 2, 10), run(4, 1, 10)]
    assert select_expired(runs, days=None, max_bytes=115, at=AT) == [2, 3]


def test_the_newest_run_is_seen_however_large() -> None:
    assert select_expired([run(1, 1, 10**12)], days=None, max_bytes=1, at=AT) == []
    assert select_expired([run(1, 1, 10**12)], days=1, max_bytes=1, at=AT) == []


def test_age_comes_before_size() -> None:
    runs = [run(1, 40, 100), run(2, 2, 50), run(3, 1, 50)]
    assert select_expired(runs, days=30, max_bytes=100, at=AT) == [1]


RUNS = st.lists(
    st.builds(
        lambda hours, size, pinned: (hours, size, pinned),
        st.integers(0, 2000),
        st.integers(0, 1000),
        st.booleans(),
    ),
    max_size=30,
).map(
    lambda rows: [
        run(number, hours / 24, size, pinned=pinned)
        for number, (hours, size, pinned) in enumerate(rows)
    ]
)


@given(
    runs=RUNS,
    days=st.none() | st.integers(1, 60),
    max_bytes=st.none() | st.integers(1, 5000),
)
def test_what_goes_and_what_stays(
    runs: list[FinishedRun], days: int | None, max_bytes: int | None
) -> None:
    expired = select_expired(runs, days=days, max_bytes=max_bytes, at=AT)
    kept = [r for r in runs if r.id not in expired]
    assert len(set(expired)) == len(expired)
    assert not any(r.pinned for r in runs if r.id in expired)
    if days is not None:
        assert all(r.pinned or AT - r.ended_at <= dt.timedelta(days=days) for r in kept)
    if max_bytes is not None and sum(r.stored_bytes for r in kept) > max_bytes:
        unpinned = [r for r in kept if not r.pinned]
        newest = max(kept, key=lambda r: (r.ended_at, r.id))
        assert unpinned in ([], [newest])
    # Doing it again finds nothing more.
    assert select_expired(kept, days=days, max_bytes=max_bytes, at=AT) == []
