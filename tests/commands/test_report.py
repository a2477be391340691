from __future__ import annotations

import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchwright.commands.report import (
    LoadReport,
    ReportedResult,
    ReportedScenario,
    ReportedTarget,
    build_report,
    print_report,
)


def verdict(subject: str, judgement: str, **inputs: Any) -> dict[str, Any]:
    return {
        "subject": subject,
        "judgement": judgement,
        "method": "k6-summary",
        "method_version": "1",
        "inputs": inputs,
        "created_at": "2026-01-01T00:00:00Z",
    }


def response_time(judgement: str) -> dict[str, Any]:
    return verdict(
        "s1/response_time", judgement, benchmark="s1", metric="http_req_duration", stat="p95",
        operator="<=", threshold=300.0, unit="ms", value=123.0,
    )  # fmt: skip


def run(**more: Any) -> dict[str, Any]:
    return {
        "public_id": str(uuid.uuid4()),
        "name": "A test",
        "state": "succeeded",
        "reason": "The load test ran to its end",
        "verdict": "met",
        "started_at": "2026-01-01T00:00:00Z",
        "ended_at": "2026-01-01T00:00:30Z",
        "scenarios": [{"key": "s1", "name": "first [red]one"}, {"key": "s2", "name": "second"}],
        "verdicts": [response_time("met"), verdict("run", "met")],
        "warnings": [],
        **more,
    }


def result(benchmark: str, metric: str, stat: str, value: float) -> dict[str, Any]:
    return {
        "benchmark": benchmark, "metric": metric, "stat": stat, "value": value, "unit": "",
        "better": "none",
    }  # fmt: skip


RESULTS = [
    result("s1", "http_reqs", "count", 1500),
    result("s1", "http_reqs", "rate", 50.0),
    result("s1", "http_req_duration", "p95", 123.0),
    result("s1", "http_req_failed", "rate", 0.02),
    result("", "http_reqs", "count", 2500),
]


def printed(report: LoadReport) -> str:
    out = io.StringIO()
    print_report(Console(file=out, width=160), report)
    return out.getvalue()


def test_each_scenario_has_its_figures_and_targets() -> None:
    text = printed(build_report(run(), RESULTS, None))
    line = next(line for line in text.splitlines() if "first [red]one" in line)
    for part in ("1 500", "50.0", "123 ms", "2.00 %"):
        assert part in line, part
    target = next(line for line in text.splitlines() if line.startswith("p95 ≤ 300 ms"))
    assert target.split()[4:] == ["first", "[red]one", "123", "ms", "met"]
    assert "2 500" in text
    assert "All targets were met." in text


def test_a_missed_target_is_counted() -> None:
    missed = run(verdict="missed", verdicts=[response_time("missed"), verdict("run", "missed")])
    report = build_report(missed, RESULTS, None)
    assert report.exit_code == 99
    assert "Missed: 1 of 1 targets." in printed(report)


def test_a_run_that_broke_says_why() -> None:
    broken = run(state="failed", reason="The script threw an exception", verdict=None, verdicts=[])
    report = build_report(broken, [], None)
    assert report.exit_code == 1
    text = printed(report)
    assert "failed: The script threw an exception." in text
    assert "met" not in text


def test_warnings_are_shown() -> None:
    assert "Warning: slow [disk]" in printed(
        build_report(run(warnings=["slow [disk]"]), RESULTS, None)
    )


@pytest.mark.parametrize("subject", ["auto_stop", "script"])
def test_targets_without_a_figure_are_named(subject: str) -> None:
    verdicts = [verdict(subject, "missed"), verdict("run", "missed")]
    report = build_report(run(verdict="missed", verdicts=verdicts), RESULTS, None)
    assert any(line.split()[::5] == [subject] for line in printed(report).splitlines())


def test_the_document_reads_itself_again() -> None:
    report = build_report(run(), RESULTS, "http://127.0.0.1:1/p/default/runs/x")
    assert LoadReport.model_validate_json(report.model_dump_json()) == report
    assert report.targets[0].scenario == "s1"
    assert [target.subject for target in report.targets] == ["s1/response_time"]


def test_every_field_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    section = page.partition("### The JSON of `--json`")[2].partition("## A server")[0]
    for model in (LoadReport, ReportedScenario, ReportedTarget, ReportedResult):
        for name in model.model_fields:
            assert f"`{name}`" in section, f"{model.__name__}.{name}"
