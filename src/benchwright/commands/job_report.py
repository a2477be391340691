"""What `benchwright job` says and writes about runs that have ended."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchwright.commands.exits import Exit, exit_of
from benchwright.commands.report import ReportedResult

MAX_SHOWN_RESULTS = 30
STYLES = {"succeeded": "green", "failed": "bold red", "timed_out": "yellow", "stopped": "yellow"}


class ReportedRun(BaseModel):
    """One run and what it reported."""

    run_id: uuid.UUID
    name: str
    url: str | None = Field(description="The run's page, where a server shows it.")
    state: str
    reason: str
    exit_code: int
    warnings: list[str]
    results: list[ReportedResult]


class JobReport(BaseModel):
    """The JSON of `--json`."""

    format: Literal["benchwright-job-1"] = "benchwright-job-1"
    exit_code: int
    group_id: uuid.UUID | None
    runs: list[ReportedRun]


def report_run(
    run: Mapping[str, Any], results: list[dict[str, Any]], url: str | None
) -> ReportedRun:
    """A run as the API shows it, with its results."""
    return ReportedRun(
        run_id=run["public_id"],
        name=run["name"],
        url=url,
        state=run["state"],
        reason=run["reason"],
        exit_code=int(exit_of(dict(run))),
        warnings=run["warnings"],
        results=[ReportedResult.model_validate(result) for result in results],
    )


def build_report(runs: Sequence[ReportedRun], group_id: uuid.UUID | None) -> JobReport:
    """All runs; the code is that of the only one, or 1 where one of several did not succeed."""
    codes = [run.exit_code for run in runs]
    code = codes[0] if len(codes) == 1 else int(Exit.FAILED if any(codes) else Exit.DONE)
    return JobReport(exit_code=code, group_id=group_id, runs=list(runs))


def print_report(console: Console, report: JobReport) -> None:
    """Outcome, results and warnings of each run."""
    for run in report.runs:
        console.print()
        state = run.state.replace("_", " ")
        heading = Text.assemble((run.name, "bold"), "  ", (state, STYLES.get(run.state, "magenta")))
        console.print(heading, soft_wrap=True)
        console.print(Text(f"{run.reason}."), soft_wrap=True)
        for warning in run.warnings:
            console.print(Text(f"Warning: {warning}", style="yellow"), soft_wrap=True)
        if run.results:
            console.print(_results_table(run))
        where = run.url or f"Kept as run {run.run_id}; `benchwright serve` shows it."
        console.print(Text(where, style="dim"), soft_wrap=True)


def _results_table(run: ReportedRun) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("RESULT", overflow="fold")
    table.add_column("VALUE", justify="right", no_wrap=True)
    for result in run.results[:MAX_SHOWN_RESULTS]:
        name = f"{result.benchmark}/{result.metric}" if result.benchmark else result.metric
        stat = "" if result.stat == "value" else f" {result.stat}"
        table.add_row(Text(f"{name}{stat}"), Text(f"{result.value:g} {result.unit}".strip()))
    hidden = len(run.results) - MAX_SHOWN_RESULTS
    if hidden > 0:
        table.caption = Text(f"and {hidden} more", style="dim")
        table.caption_justify = "left"
    return table
