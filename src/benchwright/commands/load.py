"""`benchwright load`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from benchwright.commands.addresses import is_url
from benchwright.commands.configuration import load_settings
from benchwright.commands.document import STANDARD_INPUT
from benchwright.commands.exits import Exit
from benchwright.commands.failures import explained_failures, say_error
from benchwright.commands.options import DataDir

if TYPE_CHECKING:
    from benchwright.commands.interrupts import Interrupts
    from benchwright.commands.places import Place
    from benchwright.commands.report import LoadReport
    from benchwright.commands.wish import LoadWish


@dataclass(frozen=True)
class Errand:
    """Where the document is, and where the run is to happen."""

    document: str
    wish: LoadWish
    project: str
    server: str | None
    token: str | None
    data_dir: Path | None


def run_load(  # noqa: PLR0913, PLR0917 - one parameter for each option
    document: Annotated[
        str,
        typer.Argument(
            metavar="OPENAPI_URL_OR_FILE",
            help="Address of an OpenAPI document or of a Swagger UI page, or a file; - reads it from"
            " standard input.",
        ),
    ],
    endpoint: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ENDPOINT",
            help="Endpoint to load, like “GET /users/{id}”, or its operation id; may be given"
            " several times. Without it, every endpoint that only reads.",
        ),
    ] = None,
    vus: Annotated[
        int | None,
        typer.Option(
            min=1, max=200_000, metavar="N", help="Virtual users, shared by the endpoints."
        ),
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="How long, like 30s or 1m30s. [default: 30s]",
            show_default=False,
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="Requests per second, shared by the endpoints, whether or not earlier ones are"
            " answered.",
        ),
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIME:N",
            help="Ramp to N virtual users (with --rate: requests per second) within this time;"
            " may be given several times.",
        ),
    ] = None,
    p95: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Target: 95 % of the answers of each endpoint come within this."
        ),
    ] = None,
    max_error_rate: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Target: no more of the requests fail, like 1%."),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where the load goes, if not where the document says."),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:VALUE",
            help="Header of every request; may be given several times. Kept in clear: for secrets"
            " use --auth-env.",
        ),
    ] = None,
    auth_env: Annotated[
        str | None,
        typer.Option(
            metavar="VARIABLE",
            help="Environment variable whose value is sent as Authorization (as a bearer token if"
            " it names no scheme); kept encrypted.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Name of the load test and its runs.")
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json",
            metavar="FILE",
            help="Write the result as JSON; - writes it to standard output.",
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
        str, typer.Option(metavar="SLUG", help="Project that the run belongs to.")
    ] = "default",
    data_dir: DataDir = None,
) -> None:
    """Run a load test of an API from its OpenAPI document, here and now.

    No server is needed: the run is kept in the data directory, where `benchwright serve` shows
    it. Ctrl-C stops the load, and what was measured until then counts; a second Ctrl-C kills it.
    Exits with 0 if the targets were met, with 99 if one was missed, with 2 for wrong usage, and
    with other codes if something broke.
    """
    from benchwright.commands import wish as wishes
    from benchwright.commands.interrupts import run_interruptibly

    wish = wishes.LoadWish(
        endpoints=endpoint or (),
        vus=vus,
        duration=wishes.read_duration("--duration", duration),
        rate=wishes.read_rate("--rate", rate),
        stages=wishes.read_stages(stage or ()),
        p95_ms=wishes.read_milliseconds("--p95", p95),
        max_error_rate=wishes.read_ratio("--max-error-rate", max_error_rate),
        base_url=wishes.read_base_url(base_url),
        headers=wishes.read_headers(header or ()),
        auth_env=auth_env,
        auth_format=wishes.read_auth_format(auth_env, os.environ),
        name=name,
    )
    # What contradicts itself is told before anything is fetched.
    wishes.make_plan(wish, [wishes.ANY_ENDPOINT], "")
    errand = Errand(document, wish, project, server, token, data_dir)
    _check(errand, json_file)
    console = _console(quiet_output=json_file == Path("-"))
    with explained_failures():
        report = run_interruptibly(lambda interrupts: _load(errand, console, interrupts))
    _finish(report, console, json_file, data_dir)


def _check(errand: Errand, json_file: Path | None) -> None:
    if errand.server is not None and not is_url(errand.server):
        raise typer.BadParameter(
            "an address starts with http:// or https://", param_hint="--server"
        )
    if errand.server is not None and errand.data_dir is not None:
        raise typer.BadParameter(
            "--server keeps the run, so it takes no --data-dir", param_hint="--data-dir"
        )
    is_readable = errand.document == STANDARD_INPUT or Path(errand.document).is_file()
    if not is_url(errand.document) and not is_readable:
        raise typer.BadParameter(
            f"“{errand.document}” is neither a file nor an address with http:// or https://",
            param_hint="OPENAPI_URL_OR_FILE",
        )
    if json_file is not None and json_file != Path("-") and not json_file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {json_file.parent}", param_hint="--json")


def _console(*, quiet_output: bool) -> Console:
    # With the JSON on standard output, everything else goes to standard error.
    return Console(highlight=False, stderr=quiet_output)


async def _load(errand: Errand, console: Console, interrupts: Interrupts) -> LoadReport:
    from benchwright.commands.conducting import Conduct, carry_out
    from benchwright.commands.document import put_document
    from benchwright.commands.lab_client import Refused
    from benchwright.commands.wish import choose_endpoints, make_plan, name_flags

    async with _place(errand) as place:
        is_piped = errand.document == STANDARD_INPUT
        source = "standard input" if is_piped else errand.document
        console.print(Text(f"Reading {source}", style="dim"))
        with explained_failures(Exit.DOCUMENT_UNUSABLE):
            spec, endpoints = await put_document(place.client, errand.project, errand.document)
        plan = make_plan(errand.wish, choose_endpoints(endpoints, errand.wish), spec["title"])
        if errand.wish.auth_env is not None:
            value = os.environ[errand.wish.auth_env]
            await place.client.put_secret(errand.project, errand.wish.auth_env, value)
        try:
            return await carry_out(Conduct(place, errand.project, console, interrupts), plan)
        except Refused as refusal:
            if refusal.errors:
                raise name_flags(refusal.errors, refusal.detail) from None
            raise


@asynccontextmanager
async def _place(errand: Errand) -> AsyncIterator[Place]:
    from benchwright.commands.places import RemotePlace, local_place, remote_client

    if errand.server is not None:
        async with remote_client(errand.server, errand.token) as client:
            yield RemotePlace(client)
        return
    # Its interface is for this process alone, whatever a server of these settings would do.
    server = {"host": "127.0.0.1", "cors_origins": [], "root_path": ""}
    async with local_place(load_settings(errand.data_dir, server=server)) as place:
        yield place


def _finish(
    report: LoadReport, console: Console, json_file: Path | None, data_dir: Path | None
) -> None:
    from benchwright.commands.report import print_report

    print_report(console, report)
    if json_file == Path("-"):
        typer.echo(report.model_dump_json(indent=2))
    elif json_file is not None:
        try:
            json_file.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise say_error(
                f"{json_file} cannot be written: {error.strerror}.", Exit.FAILED
            ) from None
    if report.url is not None:
        console.print(Text(f"Its page is {report.url}"), soft_wrap=True)
    else:
        where = f" --data-dir {data_dir}" if data_dir is not None else ""
        kept = f"Kept as run {report.run_id}; `benchwright serve{where}` shows it."
        console.print(Text(kept, style="dim"), soft_wrap=True)
    if report.exit_code:
        raise typer.Exit(report.exit_code)
