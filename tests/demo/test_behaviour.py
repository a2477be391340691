from __future__ import annotations

import statistics

import pytest

from benchwright.demo.behaviour import HABITS, MAX_LATENCY_S, Behaviour


def test_a_seed_repeats_itself() -> None:
    one, two, other = Behaviour(1), Behaviour(1), Behaviour(2)
    first = [one.draw_latency_s("search") for _ in range(50)]
    assert first == [two.draw_latency_s("search") for _ in range(50)]
    assert first != [other.draw_latency_s("search") for _ in range(50)]


def test_operations_do_not_disturb_each_other() -> None:
    alone, mixed = Behaviour(1), Behaviour(1)
    expected = [alone.draw_latency_s("get_book") for _ in range(20)]
    found = []
    for _ in range(20):
        mixed.draw_latency_s("search")
        found.append(mixed.draw_latency_s("get_book"))
    assert found == expected


@pytest.mark.parametrize("operation", HABITS)
def test_latencies_lie_about_their_median_and_end_somewhere(operation: str) -> None:
    behaviour = Behaviour(3)
    latencies = [behaviour.draw_latency_s(operation) for _ in range(4000)]
    assert statistics.median(latencies) * 1000 == pytest.approx(
        HABITS[operation].median_ms, rel=0.1
    )
    assert max(latencies) <= MAX_LATENCY_S


def test_only_orders_fail_and_about_one_in_fifty_does() -> None:
    behaviour = Behaviour(1)
    failures = sum(behaviour.draw_failure("place_order") for _ in range(20_000))
    assert 300 < failures < 500
    assert not any(behaviour.draw_failure("get_book") for _ in range(1000))


def test_slowness_stretches() -> None:
    plain, slow = Behaviour(1), Behaviour(1, slowness=3)
    assert slow.draw_latency_s("get_book") == pytest.approx(3 * plain.draw_latency_s("get_book"))
