from __future__ import annotations

from typing import Any

import pytest

from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.summary import Metric, Summary
from benchwright.loadtests.verdict import Ending, judge, judge_thresholds, targets_of
from benchwright.metrics.rules import METHOD as AUTO_STOP_METHOD
from benchwright.runs.workload import Judgement

PLAN = parse_plan(
    {
        "name": "n",
        "target_tps": 10,
        "scenarios": [
            {"name": "first", "path": "/", "executor": "constant-vus", "duration": "1s",
             "targets": {"response_time": {"stat": "p99", "ms": 300}, "error_rate": "1%"}},
            {"name": "no targets", "path": "/", "executor": "constant-vus", "duration": "1s"},
        ],
    }
)  # fmt: skip
DONE = Ending(exit_code=0)


def summary_of(
    p99: float = 200, errors: float = 0, rate: float = 50, count: float = 100
) -> Summary:
    return Summary(
        {
            "http_reqs": Metric("counter", "", {"count": count * 2, "rate": rate}),
            "http_reqs{scenario:s1}": Metric("counter", "", {"count": count, "rate": rate / 2}),
            "http_req_duration{scenario:s1}": Metric("trend", "time", {"p(99)": p99}),
            "http_req_failed{scenario:s1}": Metric("rate", "", {"rate": errors}),
        }
    )


def answers(judgements: list[Judgement]) -> dict[str, str]:
    return {judgement.subject: judgement.judgement for judgement in judgements}


@pytest.mark.parametrize(
    "figures, expected",
    [
        ({}, ("met", "met", "met", "met")),
        ({"p99": 300.0}, ("met", "met", "met", "met")),
        ({"p99": 300.01}, ("missed", "met", "met", "missed")),
        ({"errors": 0.01}, ("met", "met", "met", "met")),
        ({"errors": 0.011}, ("met", "missed", "met", "missed")),
        ({"rate": 10}, ("met", "met", "met", "met")),
        ({"rate": 9.99}, ("met", "met", "missed", "missed")),
        ({"count": 0}, ("unknown", "unknown", "unknown", "unknown")),
    ],
)
def test_each_target_and_the_run(figures: dict[str, Any], expected: tuple[str, ...]) -> None:
    found = answers(judge(targets_of(PLAN), summary_of(**figures), DONE))
    subjects = ("s1/response_time", "s1/error_rate", "target_tps", "run")
    assert found == dict(zip(subjects, expected, strict=True))


def test_what_was_never_answered_is_not_fast() -> None:
    figures = dict(summary_of(p99=0, errors=1).metrics)
    for selector in ("", "{scenario:s1}"):
        figures[f"http_req_duration{selector}"] = Metric("trend", "time", {"p(99)": 0, "max": 0})
    judgements = judge(targets_of(PLAN), Summary(figures), DONE)
    assert answers(judgements) == {
        "s1/response_time": "unknown",
        "s1/error_rate": "missed",
        "target_tps": "unknown",
        "run": "missed",
    }
    assert judgements[0].inputs["reason"] == "no request was answered"


def test_inputs_are_kept() -> None:
    first, *_, run = judge(targets_of(PLAN), summary_of(p99=250), DONE)
    assert first.inputs == {
        "benchmark": "s1", "scenario": "first", "metric": "http_req_duration", "stat": "p99",
        "operator": "<=", "threshold": 300, "unit": "ms", "value": 250, "n": 100,
    }  # fmt: skip
    assert (first.method, first.method_version) == ("k6-summary", "1")
    assert run.inputs == {"met": 3, "missed": 0, "unknown": 0}


@pytest.mark.parametrize(
    "ending", [Ending(exit_code=105, stop_reason="user"), Ending(exit_code=108)]
)
def test_a_run_cut_short_meets_nothing_but_can_miss(ending: Ending) -> None:
    found = answers(judge(targets_of(PLAN), summary_of(errors=0.5), ending))
    assert found["s1/response_time"] == "unknown"
    assert found["s1/error_rate"] == "missed"
    assert found["run"] == "missed"


def test_without_figures_all_is_unknown() -> None:
    judgements = judge(targets_of(PLAN), None, Ending(exit_code=107))
    assert set(answers(judgements).values()) == {"unknown"}
    assert judgements[0].inputs["reason"] == "k6 left no such figure"
    nothing_sent = judge(targets_of(PLAN), summary_of(count=0), DONE)[0]
    assert nothing_sent.inputs["reason"] == "no request was sent"
    assert nothing_sent.inputs["value"] is None


def test_an_auto_stop_is_a_miss() -> None:
    rule = {
        "method": AUTO_STOP_METHOD,
        "method_version": "1",
        "measure": "error_rate",
        "value": 0.5,
    }
    judgements = judge(
        [], summary_of(), Ending(exit_code=105, stop_reason="auto_stop", auto_stop=rule)
    )
    assert answers(judgements) == {"auto_stop": "missed", "run": "missed"}
    assert judgements[0].method == AUTO_STOP_METHOD
    assert judgements[0].inputs == {"measure": "error_rate", "value": 0.5}


def test_no_targets_no_verdict() -> None:
    assert judge([], summary_of(), DONE) == []
    assert judge_thresholds(summary_of(), DONE) == []


def test_thresholds_of_an_own_script() -> None:
    metric = Metric("trend", "time", {"p(95)": 5.0}, {"p(95)<9": True, "p(95)<1": False})
    found = judge_thresholds(Summary({"x{a:b}": metric}), Ending(exit_code=99))
    assert answers(found) == {
        "threshold/x{a:b}/p(95)<9": "met",
        "threshold/x{a:b}/p(95)<1": "missed",
        "run": "missed",
    }
    assert found[0].inputs == {"metric": "x{a:b}", "threshold": "p(95)<9", "values": {"p(95)": 5.0}}
    stopped = judge_thresholds(Summary({"x": metric}), Ending(stop_reason="user"))
    assert stopped[0].judgement == "unknown"


def test_a_script_may_mark_itself_as_failed() -> None:
    found = answers(judge_thresholds(summary_of(), Ending(exit_code=110)))
    assert found == {"script": "missed", "run": "missed"}
