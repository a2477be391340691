from __future__ import annotations

from benchwright.runs.load_profiles import MAX_LINES, load_profiles
from benchwright.runs.workload import PlannedPart


def part(name: str, unit: str) -> PlannedPart:
    return PlannedPart(name, name, "GET /", [], unit, [(0, 1), (10, 5)])


def test_each_unit_has_a_chart_of_its_own() -> None:
    parts = [part("a", "virtual users"), part("b", "iterations/s"), part("c", "virtual users")]
    users, rate = load_profiles(parts)
    assert [line.name for line in users.lines] == ["a", "c"]
    assert [line.style for line in users.lines] == ["series-1", "series-3"]
    assert [line.name for line in rate.lines] == ["b"]
    assert "5/s" in rate.chart


def test_only_the_first_scenarios_are_drawn() -> None:
    (profile,) = load_profiles([part(f"n{n}", "virtual users") for n in range(30)])
    assert (len(profile.lines), profile.hidden) == (MAX_LINES, 30 - MAX_LINES)
    assert load_profiles([]) == []
