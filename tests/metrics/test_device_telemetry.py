from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from benchwright.metrics.device_telemetry import (
    MAX_DEVICES,
    DeviceSampler,
    choose_devices,
    device_figures,
    read_counters,
)


class OldIo(NamedTuple):
    """As psutil tells it where the system does not say how long a device was busy."""

    read_count: int
    write_count: int
    read_bytes: int = 0
    write_bytes: int = 0
    read_time: int = 0
    write_time: int = 0


class Io(NamedTuple):
    read_count: int = 0
    write_count: int = 0
    read_bytes: int = 0
    write_bytes: int = 0
    read_time: int = 0
    write_time: int = 0
    busy_time: int = 0


NUMBERS = st.integers(0, 2**63)


def test_whole_devices_that_did_most_are_chosen() -> None:
    counters = {f"sd{letter}": Io(0, 0, number) for number, letter in enumerate("abcdefghij")}
    counters |= {"loop0": Io(0, 0, 9**9), "zram0": Io(0, 0, 9**9), "sda1": Io(0, 0, 9**9)}
    counters |= {"odd name": Io(0, 0, 9**9)}
    chosen = choose_devices(counters, lambda name: not name[-1].isdigit())
    assert chosen == [f"sd{letter}" for letter in "cdefghij"]
    assert len(chosen) == MAX_DEVICES


def test_figures_are_those_of_iostat() -> None:
    before, after = Io(100, 50, 0, 0, 1000, 500, 200), Io(140, 60, 0, 0, 1080, 620, 1200)
    assert device_figures(before, after, 2.0) == {
        "reads_per_s": 20.0, "writes_per_s": 5.0, "wait_ms": 4.0, "busy": 0.5,
    }  # fmt: skip
    assert device_figures(after, after, 1.0)["wait_ms"] == 0
    assert "busy" not in device_figures(OldIo(*before[:6]), OldIo(*after[:6]), 1.0)


@given(st.tuples(*[NUMBERS] * 7), st.tuples(*[NUMBERS] * 7), st.floats(0.001, 1e6))
def test_no_counter_that_wraps_or_restarts_gives_nonsense(
    before: tuple[int, ...], after: tuple[int, ...], elapsed_s: float
) -> None:
    figures = device_figures(Io(*before), Io(*after), elapsed_s)
    assert all(value >= 0 for value in figures.values())
    assert figures["busy"] <= 1


def test_a_device_that_goes_away_is_passed_over() -> None:
    looks = [{"sda": Io(), "sdb": Io()}, {"sda": Io(5)}, {}, {"sda": Io(9)}]
    sampler = DeviceSampler(lambda: looks.pop(0) if looks else {})
    assert all(name.endswith(":sda") for name in sampler.sample())
    assert sampler.sample() == {} == sampler.sample()


def test_this_machine_tells_its_devices() -> None:
    sampler = DeviceSampler()
    figures = sampler.sample()
    assert all(value >= 0 for value in figures.values())
    assert len({name.partition(":")[2] for name in figures}) == len(
        choose_devices(read_counters(), lambda name: any(name in key for key in figures))
    )
