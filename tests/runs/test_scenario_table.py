from __future__ import annotations

from benchwright.runs.presentation import ResultIndex
from benchwright.runs.scenario_table import (
    ROWS_SHOWN,
    ScenarioRow,
    ScenarioTable,
    TableWish,
    scenario_rows,
    scenario_table,
)
from benchwright.web.figures import NO_BREAK as N
from tests.runs.views import run_view, verdict


def test_a_scenario_without_a_name_goes_by_its_key() -> None:
    rows = scenario_rows(run_view(), ResultIndex([]), {})
    assert [(row.key, row.name, row.requests) for row in rows] == [
        ("s1", "first", None),
        ("s2", "s2", None),
    ]


def test_targets_are_wishes_until_they_are_judged() -> None:
    wishes = {"s1": {"response_time": {"stat": "p99", "ms": 300}, "error_rate": 0.01}}
    (first, _) = scenario_rows(run_view(), ResultIndex([]), wishes)
    assert [(t.text, t.judgement) for t in first.targets] == [
        (f"p99 ≤ 300{N}ms", None),
        (f"errors ≤ 1.0{N}%", None),
    ]
    judged = verdict(
        "s1/response_time", "missed", benchmark="s1", metric="http_req_duration", stat="p99",
        operator="<=", threshold=300, unit="ms", value=412.3,
    )  # fmt: skip
    (first, _) = scenario_rows(run_view(judged), ResultIndex([]), wishes)
    assert [(t.text, t.actual, t.judgement) for t in first.targets] == [
        (f"p99 ≤ 300{N}ms", f"412{N}ms", "missed")
    ]


def many(*p95: float | None) -> list[ScenarioRow]:
    return [
        ScenarioRow(
            key=f"s{n}", name=f"Scenario {n}", method="GET" if n % 2 else "POST", path=f"/{n}",
            requests=n, rate=None, p50_ms=None, p95_ms=value, p99_ms=None, error_rate=None,
            targets=[], place=n,
        )
        for n, value in enumerate(p95, 1)
    ]  # fmt: skip


def keys(table: ScenarioTable) -> list[str]:
    return [row.key for row in table.rows]


def test_rows_are_sorted_and_what_is_unknown_comes_last() -> None:
    rows = many(20, None, 10, 30)
    assert keys(scenario_table(rows, TableWish())) == ["s1", "s2", "s3", "s4"]
    assert keys(scenario_table(rows, TableWish(sort="-p95"))) == ["s4", "s1", "s3", "s2"]
    assert keys(scenario_table(rows, TableWish(sort="p95"))) == ["s3", "s1", "s4", "s2"]
    assert keys(scenario_table(rows, TableWish(sort="-name"))) == ["s4", "s3", "s2", "s1"]
    assert keys(scenario_table(rows, TableWish(sort="nonsense"))) == ["s1", "s2", "s3", "s4"]


def test_a_heading_leads_to_the_largest_first_then_back() -> None:
    table = scenario_table(many(1), TableWish(sort="-p95"))
    assert (table.next_sort("p95"), table.direction("p95")) == ("p95", "descending")
    assert (table.next_sort("p99"), table.direction("p99")) == ("-p99", None)
    assert table.next_sort("name") == "name"


def test_rows_match_all_words_by_name_method_and_path() -> None:
    rows = many(*[1.0] * 30)
    assert keys(scenario_table(rows, TableWish(text="post /2"))) == [
        "s2", "s20", "s22", "s24", "s26", "s28",
    ]  # fmt: skip
    assert keys(scenario_table(rows, TableWish(text="nothing"))) == []


def test_only_so_many_rows_are_shown_unless_all_are_wanted() -> None:
    rows = many(*[1.0] * 200)
    table = scenario_table(rows, TableWish())
    assert (len(table.rows), table.matching, table.total) == (ROWS_SHOWN, 200, 200)
    assert len(scenario_table(rows, TableWish(all=True)).rows) == 200


def test_totals_of_series_stand_in_for_exact_figures() -> None:
    totals = {"s1": {"requests": 200, "failed": 50, "p95_ms": 80.0}}
    first, second = scenario_rows(run_view(), ResultIndex([]), {}, totals)
    assert (first.requests, first.p95_ms, first.error_rate) == (200, 80.0, 0.25)
    assert (second.requests, second.error_rate) == (None, None)
