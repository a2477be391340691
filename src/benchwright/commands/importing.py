"""`benchwright import`: takes over what other systems hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchwright.commands.opening import opened_lab
from benchwright.commands.options import DataDir

import_app = typer.Typer(
    help="Take over what another system holds.", no_args_is_help=True, rich_markup_mode=None
)


@import_app.callback()
def _start() -> None:
    """Take over what another system holds."""


@import_app.command("metric-vault")
def import_metric_vault(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The SQLite file: `sqlite-data/metric.db`.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Take over projects, documents and ended tests of a Metric Vault installation.

    All of it or nothing; what was taken over before is known again and left as it is.
    """
    from benchwright.compat.metric_vault.importing import take_over
    from benchwright.compat.metric_vault.source import read_source

    with opened_lab(data_dir) as lab:
        source = read_source(file)
        with lab.database.write() as session:
            done = take_over(session, lab, source)
    new = [
        _count(done.projects, "project"),
        f"{_count(done.specs, 'document')} with {_count(done.endpoints, 'endpoint')}",
        _count(done.tests.runs, "run"),
    ]
    typer.echo(f"New: {', '.join(new)}. Already here: {_count(done.tests.known, 'run')}.")
    if done.tests.unfinished:
        left_out = _count(done.tests.unfinished, "test")
        typer.echo(f"Left out: {left_out} without an end; import again later.")


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'s'[: number != 1]}"
