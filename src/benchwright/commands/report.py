"""What `benchwright load` says and writes about a run that has ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchwright.commands.exits import Exit, exit_of
from benchwright.commands.figures_text import (
    count_text,
    milliseconds_text,
    rate_text,
    ratio_text,
    value_text,
)

VERDICT_STYLES = {"met": "green", "missed": "bold red", "unknown": "yellow"}
_SHOWN = {"http_req_failed": "errors", "http_reqs": "requests/s"}


class ReportedScenario(BaseModel):
    key: str = Field(description="The scenario in `results`.")
    name: str


class ReportedTarget(BaseModel):
    """One target and how it was judged."""

    subject: str
    scenario: str | None = Field(description="Key of the scenario; null for the whole run.")
    metric: str | None
    stat: str | None
    operator: str | None
    threshold: float | None
    unit: str | None
    value: float | None = Field(description="The figure that was judged; null if there is none.")
    verdict: Literal["met", "missed", "unknown"]
    reason: str | None = Field(description="Why it could not be judged.")


class ReportedResult(BaseModel):
    benchmark: str = Field(description="Key of the scenario; empty for the whole run.")
    metric: str
    stat: str
    value: float
    unit: str
    better: Literal["lower", "higher", "none"]


class LoadReport(BaseModel):
    """The JSON of `--json`; figures are exactly those of k6's own summary."""

    format: Literal["benchwright-load-1"] = "benchwright-load-1"
    run_id: uuid.UUID
    name: str
    url: str | None = Field(description="The run's page, where a server shows it.")
    state: str
    reason: str
    verdict: Literal["met", "missed", "unknown"] | None = Field(
        description="Of all targets together; null if the run had none."
    )
    exit_code: int
    started_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    scenarios: list[ReportedScenario]
    targets: list[ReportedTarget]
    results: list[ReportedResult]
    warnings: list[str]


def build_report(
    run: Mapping[str, Any], results: list[dict[str, Any]], url: str | None
) -> LoadReport:
    """The report of a run as the API shows it, with its results."""
    return LoadReport(
        run_id=run["public_id"],
        name=run["name"],
        url=url,
        state=run["state"],
        reason=run["reason"],
        verdict=run["verdict"],
        exit_code=int(exit_of(dict(run))),
        started_at=run["started_at"],
        ended_at=run["ended_at"],
        scenarios=[ReportedScenario(key=s["key"], name=s["name"]) for s in run["scenarios"]],
        targets=[_target(v) for v in run["verdicts"] if v["subject"] != "run"],
        results=[ReportedResult.model_validate(result) for result in results],
        warnings=run["warnings"],
    )


def _target(verdict: Mapping[str, Any]) -> ReportedTarget:
    inputs = verdict["inputs"]
    known = {name: inputs.get(name) for name in ("metric", "stat", "operator", "unit", "reason")}
    return ReportedTarget(
        subject=verdict["subject"],
        scenario=inputs.get("benchmark") or None,
        threshold=inputs.get("threshold"),
        value=inputs.get("value"),
        verdict=verdict["judgement"],
        **known,
    )


def print_report(console: Console, report: LoadReport) -> None:
    """The tables of scenarios and targets, the verdict, and what else is worth knowing."""
    for rows in (
        report.results and _figures_table(report),
        report.targets and _targets_table(report),
    ):
        if rows:
            console.print()
            console.print(rows)
    console.print()
    console.print(_conclusion(report))
    for warning in report.warnings:
        console.print(Text(f"Warning: {warning}", style="yellow"))


def _figures_table(report: LoadReport) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("SCENARIO", overflow="fold")
    for title in ("REQUESTS", "REQ/S", "P50", "P95", "P99", "ERRORS"):
        table.add_column(title, justify="right", no_wrap=True)
    figures = {(r.benchmark, r.metric, r.stat): r.value for r in report.results}
    for scenario in report.scenarios:
        table.add_row(Text(scenario.name), *_figures(figures, scenario.key))
    if len(report.scenarios) != 1:
        table.add_row(Text("all together", style="bold"), *_figures(figures, ""))
    return table


def _targets_table(report: LoadReport) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("TARGET", "SCENARIO"):
        table.add_column(title, overflow="fold")
    table.add_column("FIGURE", justify="right", no_wrap=True)
    table.add_column("VERDICT", no_wrap=True)
    names = {scenario.key: scenario.name for scenario in report.scenarios}
    for target in report.targets:
        table.add_row(
            _target_text(target),
            Text(names.get(target.scenario or "", "all together")),
            _value_text(target),
            Text(target.verdict, style=VERDICT_STYLES[target.verdict]),
        )
    return table


def _figures(figures: Mapping[tuple[str, str, str], float], key: str) -> Iterator[str]:
    yield count_text(figures.get((key, "http_reqs", "count")))
    yield rate_text(figures.get((key, "http_reqs", "rate")))
    for stat in ("med", "p95", "p99"):
        yield milliseconds_text(figures.get((key, "http_req_duration", stat)))
    yield ratio_text(figures.get((key, "http_req_failed", "rate")))


def _target_text(target: ReportedTarget) -> Text:
    if target.metric is None or target.threshold is None:
        return Text(target.subject)
    what = _SHOWN.get(target.metric, f"{target.metric} {target.stat or ''}".strip())
    if target.metric == "http_req_duration":
        what = str(target.stat)
    sign = "≤" if target.operator == "<=" else "≥"
    return Text(f"{what} {sign} {value_text(target.threshold, target.unit)}")


def _value_text(target: ReportedTarget) -> str:
    if target.unit == "ms":
        return milliseconds_text(target.value)
    if target.unit == "ratio":
        return ratio_text(target.value)
    return rate_text(target.value)


def _conclusion(report: LoadReport) -> Text:
    exit_code = Exit(report.exit_code)
    missed = sum(target.verdict == "missed" for target in report.targets)
    if report.verdict == "missed":
        text = Text(f"Missed: {missed} of {len(report.targets)} targets.", style="bold red")
    elif report.verdict == "unknown":
        text = Text("Not every target could be judged.", style="yellow")
    elif report.verdict == "met":
        text = Text("All targets were met.", style="bold green")
    else:
        text = Text("No targets were set." if exit_code is Exit.DONE else "")
    if report.state != "succeeded":
        shown = report.state.replace("_", " ")
        reason = report.reason.rstrip(".")
        text = Text.assemble((f"The run ended as {shown}: {reason}. ", "bold red"), text)
    return text
