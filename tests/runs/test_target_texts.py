from __future__ import annotations

from benchwright.runs.target_texts import run_targets, target_lines, wishes_of
from benchwright.web.figures import NO_BREAK as N
from tests.runs.views import run_view, verdict


def test_a_target_of_the_run_stands_beside_the_scenarios() -> None:
    tps = verdict(
        "target_tps", "met", benchmark="", metric="http_reqs", stat="rate", operator=">=",
        threshold=50, unit="requests/s", value=80.4,
    )  # fmt: skip
    auto_stop = verdict("auto_stop", "missed", measure="error_rate")
    whole = verdict("run", "missed", met=1, missed=1)
    targets = run_targets(run_view(tps, auto_stop, whole))
    assert [(t.text, t.actual, t.judgement) for t in targets] == [
        ("requests/s ≥ 50.0/s", "80.4/s", "met"),
        ("auto stop", "", "missed"),
    ]


def test_a_limit_that_all_share_is_a_line_of_the_run() -> None:
    wish = {"response_time": {"ms": 300}}
    label = f"p95 target 300{N}ms"
    lines = target_lines({"s1": wish, "s2": wish})
    assert lines == [{"scenario": None, "ms": 300.0, "label": label}]
    lines = target_lines({"s1": wish, "s2": {}, "s3": wish})
    assert lines == [
        {"scenario": "s1", "ms": 300.0, "label": label},
        {"scenario": "s3", "ms": 300.0, "label": label},
    ]
    assert target_lines({}) == []


def test_plans_with_other_scenarios_do_no_harm() -> None:
    assert wishes_of(run_view(), None) == {}
    assert wishes_of(run_view(), {"scenarios": [{"targets": None}]}) == {"s1": {}}
