"""`benchwright doctor`."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchwright.commands.configuration import load_settings
from benchwright.commands.exits import Exit
from benchwright.commands.failures import explained_failures
from benchwright.commands.options import AsJson, DataDir
from benchwright.doctor.findings import Examination, Status

_STYLES = {Status.OK: "green", Status.WARNING: "yellow", Status.MISSING: "dim"}


def run_doctor(
    data_dir: DataDir = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Show what Benchwright finds on this machine, and what to do about what is missing.

    Exits with 1 if something is missing without which no load test runs.
    """
    from benchwright.doctor.examination import examine

    with explained_failures():
        examination = examine(load_settings(data_dir))
    if as_json:
        typer.echo(examination.model_dump_json(indent=2))
    else:
        _print(examination)
    if not examination.is_usable:
        raise typer.Exit(Exit.FAILED)


def _print(examination: Examination) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in examination.findings:
        style = "bold red" if finding.is_fatal else _STYLES[finding.status]
        status = Text(finding.status.value, style=style)
        table.add_row(status, finding.name, Text(finding.found))
        if finding.advice:
            table.add_row("", "", Text(f"→ {finding.advice}", style="dim"))
    console = Console(highlight=False)
    console.print(table)
    lacking = [f.name for f in examination.findings if f.is_fatal]
    console.print(
        f"\nNot usable yet: {', '.join(lacking)}." if lacking else "\nReady for load tests."
    )
