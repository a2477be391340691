"""`benchwright job`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from benchwright.commands.addresses import is_url
from benchwright.commands.document import STANDARD_INPUT
from benchwright.commands.exits import Exit
from benchwright.commands.failures import explained_failures, say_error
from benchwright.commands.options import DataDir

if TYPE_CHECKING:
    from benchwright.commands.interrupts import Interrupts
    from benchwright.commands.job_report import JobReport

MAX_PLAN_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class JobErrand:
    """What shall run, and where."""

    text: str
    parameters: dict[str, Any]
    host: str | None
    project: str
    server: str | None
    token: str | None
    data_dir: Path | None


def run_job(
    plan: Annotated[
        str,
        typer.Argument(metavar="FILE.yaml", help="The plan; - reads it from standard input."),
    ],
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="NAME=VALUE",
            help="Another value of a parameter; several between commas make a run each. May be"
            " given several times.",
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(metavar="NAME", help="The host for its container.")
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json",
            metavar="FILE",
            help="Write the outcome and results as JSON; - writes them to standard output.",
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Run it on this server instead of in this process."),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="BENCHWRIGHT_TOKEN",
            metavar="TOKEN",
            help="Token for --server; better given in the environment.",
        ),
    ] = None,
    project: Annotated[
        str, typer.Option(metavar="SLUG", help="Project that the runs belong to.")
    ] = "default",
    data_dir: DataDir = None,
) -> None:
    """Run a job from its plan, here and now, with its log and progress on the terminal.

    No server is needed: the run is kept in the data directory, where `benchwright serve` shows
    it. The runs of a matrix follow each other here; a server may run several at once. Ctrl-C
    stops it; a second Ctrl-C kills it. Exits with 0 if all runs succeeded, with 1 if one did not,
    with 2 for wrong usage.
    """
    from benchwright.commands.interrupts import run_interruptibly

    _check(plan, server, data_dir, json_file)
    errand = JobErrand(
        text=_read(plan),
        parameters=read_parameters(param or ()),
        host=host,
        project=project,
        server=server,
        token=token,
        data_dir=data_dir,
    )
    console = Console(highlight=False, stderr=json_file == Path("-"))
    with explained_failures(Exit.WRONG_USAGE):
        report = run_interruptibly(lambda interrupts: _run(errand, console, interrupts))
    _finish(report, console, json_file)


def read_parameters(texts: Sequence[str]) -> dict[str, Any]:
    """The values of `--param`, read as YAML reads them; raises `BadParameter`."""
    from benchwright.jobs.typed_values import read_matrix

    found: dict[str, Any] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark:
            raise typer.BadParameter(f"“{text}”: write NAME=VALUE", param_hint="--param")
        try:
            listed = read_matrix(f"{name}: {value}")[name.strip()]
        except (ValueError, KeyError) as problem:
            message = str(problem).removeprefix("Line 1: ")
            raise typer.BadParameter(f"“{text}”: {message}", param_hint="--param") from None
        found[name.strip()] = listed[0] if len(listed) == 1 else listed or ""
    return found


def _check(plan: str, server: str | None, data_dir: Path | None, json_file: Path | None) -> None:
    if plan != STANDARD_INPUT and not Path(plan).is_file():
        raise typer.BadParameter(f"there is no file “{plan}”", param_hint="FILE.yaml")
    if server is not None and not is_url(server):
        raise typer.BadParameter(
            "an address starts with http:// or https://", param_hint="--server"
        )
    if server is not None and data_dir is not None:
        raise typer.BadParameter(
            "--server keeps the run, so it takes no --data-dir", param_hint="--data-dir"
        )
    if json_file is not None and json_file != Path("-") and not json_file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {json_file.parent}", param_hint="--json")


def _read(plan: str) -> str:
    from benchwright.kit.errors import Problem
    from benchwright.kit.plaintext import decode_text

    try:
        if plan == STANDARD_INPUT:
            data = sys.stdin.buffer.read(MAX_PLAN_BYTES + 1)
        else:
            with Path(plan).open("rb") as file:
                data = file.read(MAX_PLAN_BYTES + 1)
    except OSError as error:
        raise say_error(f"{plan} cannot be read: {error.strerror}.", Exit.WRONG_USAGE) from None
    if len(data) > MAX_PLAN_BYTES:
        raise say_error(f"{plan} is too large for a plan.", Exit.WRONG_USAGE)
    try:
        return decode_text(data)
    except Problem as problem:
        raise say_error(f"{plan}: {problem.detail}", Exit.WRONG_USAGE) from None


async def _run(errand: JobErrand, console: Console, interrupts: Interrupts) -> JobReport:
    from benchwright.commands.job_conducting import run_here, run_there

    run = run_here if errand.server is None else run_there
    return await run(errand, console, interrupts)


def _finish(report: JobReport, console: Console, json_file: Path | None) -> None:
    from benchwright.commands.job_report import print_report

    print_report(console, report)
    text = report.model_dump_json(indent=2)
    if json_file == Path("-"):
        typer.echo(text)
    elif json_file is not None:
        try:
            json_file.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            message = f"{json_file} cannot be written: {error.strerror}."
            raise say_error(message, Exit.FAILED) from None
    if report.exit_code:
        raise typer.Exit(report.exit_code)
