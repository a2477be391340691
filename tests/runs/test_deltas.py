from __future__ import annotations

import pytest

from benchwright.runs.deltas import Delta, points_of_change, share_of_change


def plain(delta: Delta | None) -> tuple[str, str] | None:
    return (delta.text.replace("\u00a0", " "), delta.tone) if delta else None


@pytest.mark.parametrize(
    "now, before, lower_is_better, told",
    [
        (112, 100, True, ("+12 %", "bad")),
        (112, 100, False, ("+12 %", "good")),
        (88, 100, True, ("−12 %", "good")),
        (102, 100, True, ("+2 %", "")),
        (100.1, 100, True, ("±0 %", "")),
        (2000, 100, True, ("× 20", "bad")),
        (0, 100, False, ("−100 %", "bad")),
        (5, 0, True, None),
        (None, 5, True, None),
        (5, None, True, None),
    ],
)
def test_shares(
    now: float | None, before: float | None, lower_is_better: bool, told: tuple[str, str] | None
) -> None:
    assert plain(share_of_change(now, before, lower_is_better=lower_is_better)) == told


@pytest.mark.parametrize(
    "now, before, told",
    [
        (0.02, 0.0, ("+2.0 pp", "bad")),
        (0.0, 0.004, ("−0.40 pp", "good")),
        (0.0005, 0.0, ("+0.050 pp", "")),
        (0.1, 0.1, ("±0 pp", "")),
        (0.0, 0.0, None),
        (None, 0.1, None),
    ],
)
def test_points(now: float | None, before: float | None, told: tuple[str, str] | None) -> None:
    assert plain(points_of_change(now, before)) == told
