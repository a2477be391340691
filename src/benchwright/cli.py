"""The program `benchwright`."""

from __future__ import annotations

from typing import Annotated

import typer

from benchwright.commands.configs import config_app
from benchwright.commands.demo import run_demo
from benchwright.commands.doctor import run_doctor
from benchwright.commands.hosts import hosts_app
from benchwright.commands.importing import import_app
from benchwright.commands.job import run_job
from benchwright.commands.load import run_load
from benchwright.commands.secrets import secrets_app
from benchwright.commands.serve import run_server
from benchwright.commands.settings import show_settings
from benchwright.commands.token import token_app

app = typer.Typer(
    name="benchwright",
    help="A performance lab: define a benchmark once, run it anywhere, watch it live, trust the"
    " verdict.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(run_server)
app.command("load")(run_load)
app.command("job")(run_job)
app.command("demo")(run_demo)
app.command("doctor")(run_doctor)
app.command("settings")(show_settings)
app.add_typer(config_app, name="config")
app.add_typer(hosts_app, name="hosts")
app.add_typer(import_app, name="import")
app.add_typer(token_app, name="token")
app.add_typer(secrets_app, name="secrets")


def _show_version(value: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if value:
        from benchwright.version import VERSION

        typer.echo(f"benchwright {VERSION}")
        raise typer.Exit


_Version = Annotated[
    bool,
    typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
]


@app.callback()
def _start(version: _Version = False) -> None:  # noqa: FBT002 - a flag with a callback
    """Run `benchwright COMMAND --help` for the options of a command."""
