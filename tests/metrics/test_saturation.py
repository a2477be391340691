from __future__ import annotations

from benchwright.metrics.saturation import Saturation


def observe(*shares: float, name: str = "host_cpu") -> Saturation:
    saturation = Saturation()
    for share in shares:
        saturation.observe({name: share})
    return saturation


def test_five_seconds_in_a_row_are_too_many() -> None:
    assert not observe(*[0.1] * 100, *[0.9] * 4).is_saturated
    assert observe(*[0.1] * 100, *[0.9] * 5).is_saturated


def test_more_than_a_fifth_of_the_run_is_too_much() -> None:
    assert not observe(*[0.9, 0.1, 0.1, 0.1, 0.1] * 20).is_saturated
    assert observe(*[0.9, 0.1, 0.1, 0.1] * 20).is_saturated


def test_the_warning_names_the_figures() -> None:
    saturation = observe(0.5, *[0.95] * 7, name="process_cpu")
    (warning,) = saturation.warnings()
    assert warning.startswith(
        "The load generator was busy: above 80% of all processors for 7 of 8 s (up to 95%)"
    )
    assert saturation.figures()["process_cpu"]["longest_streak_s"] == 7


def test_nothing_sampled_is_no_judgement() -> None:
    assert Saturation().host_cpu_max is None
    assert Saturation().figures() == {}
    assert Saturation().warnings() == []
    assert observe(0.25, 0.75).host_cpu_max == 0.75
