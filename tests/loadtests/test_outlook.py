from __future__ import annotations

import pytest

from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.outlook import look_ahead
from benchwright.loadtests.plan_form import PlanForm, new_form, read_form

ENDPOINTS = {"a": Endpoint("GET", "/a"), "b": Endpoint("GET", "/b")}


def form(**changes: str) -> PlanForm:
    texts = new_form(ENDPOINTS, "a test", "").sent()
    return read_form(texts | {n.replace("__", "."): t for n, t in changes.items()}, ENDPOINTS)


def told(**changes: str) -> str:
    return look_ahead(form(**changes)).summaries[0].text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"rate": "20"}, "20 requests/s for 30 s · p95 ≤ 500 ms · errors ≤ 1 %"),
        ({"rate": "90", "time_unit": "1m"}, "1.5 requests/s for 30 s"),
        ({"executor": "constant-vus", "vus": "1"}, "1 virtual user for 30 s"),
        ({"executor": "ramping-vus"}, "up to 10 virtual users in 3 stages, 35 s"),
        ({"executor": "ramping-arrival-rate"}, "up to 10 requests/s in 3 stages, 35 s"),
        ({"executor": "shared-iterations"}, "100 requests shared by 5 virtual users"),
        ({"executor": "per-vu-iterations"}, "100 requests by each of 5 virtual users"),
        ({"targets.response_time.stat": "p99.9", "targets.error_rate": ""}, "· p99.9 ≤ 500 ms"),
        ({"rate": "many"}, "its load cannot be read yet"),
        ({"executor": "ramping-vus", "stages": "fast"}, "its load cannot be read yet"),
        ({"targets.response_time": "soon"}, "10 requests/s for 30 s"),
    ],
)
def test_a_scenario_is_told_in_one_line(changes: dict[str, str], words: str) -> None:
    assert words in told(**{f"scenarios.0.{name}": text for name, text in changes.items()})


def test_requests_are_counted_where_the_plan_decides_them() -> None:
    known = look_ahead(form())
    assert (known.requests, known.length) == ("about 600", "30\u00a0s")
    partly = look_ahead(form(scenarios__0__executor="constant-vus"))
    assert partly.requests == "at least 300"
    assert any("response times" in text for text in partly.depends)
    iterations = look_ahead(form(scenarios__0__executor="shared-iterations"))
    assert (iterations.requests, iterations.length) == ("about 400", "at most 10\u00a0min")


def test_what_cannot_be_read_is_left_out_and_said() -> None:
    outlook = look_ahead(form(scenarios__0__duration="long"))
    assert [len(picture.lines) for picture in outlook.pictures] == [1]
    assert any("1 of 2 scenarios" in text for text in outlook.depends)
    assert [summary.is_faulty for summary in outlook.summaries] == [True, False]


def test_targets_are_told_together_where_they_are_the_same() -> None:
    same = look_ahead(form(target_tps="50"))
    assert same.targets[0].startswith("Every scenario: p95")
    assert "50 requests/s" in same.targets[1]
    other = look_ahead(form(scenarios__1__name="Search", **{"scenarios.1.targets.error_rate": "9"}))
    assert [text.partition(":")[0] for text in other.targets] == ["GET /a", "Search"]


def test_auto_stop_rules_are_told() -> None:
    outlook = look_ahead(form(**{
        "auto_stop.0.metric": "error_rate", "auto_stop.0.above": "20",
        "auto_stop.1.metric": "p95", "auto_stop.1.above": "2000", "auto_stop.1.window_s": "30",
        "auto_stop.2.metric": "p95", "auto_stop.2.above": "slow",
    }))  # fmt: skip
    told = [text.replace("\u00a0", " ") for text in outlook.targets[1:]]
    assert told == [
        "Stops when more than 20 % of requests fail over 10 s",
        "Stops when p95 is above 2 s over 30 s",
    ]
