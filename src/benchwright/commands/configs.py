"""`benchwright config`: the config files of the data directory, with a server beside it or without."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchwright.commands.configuration import load_settings
from benchwright.commands.exits import Exit
from benchwright.commands.failures import explained_failures, say_error
from benchwright.commands.options import DataDir

config_app = typer.Typer(
    help="List, show, check, write and delete config files.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(help="Name of the config, like battery.yaml.")]


@config_app.command("list")
def list_configs(data_dir: DataDir = None) -> None:
    """List the configs with size and time of the last change."""
    from benchwright.configs import service
    from benchwright.web.figures import size

    with explained_failures():
        for config in service.list_configs(load_settings(data_dir)):
            changed = f"{config.modified_at:%Y-%m-%d %H:%M} UTC"
            fault = "" if config.is_valid else "  cannot be read"
            typer.echo(f"{size(config.size_bytes):>10}  {changed}  {config.name}{fault}")


@config_app.command("show")
def show_config(name: Name, data_dir: DataDir = None) -> None:
    """Print a config as it stands in its file."""
    from benchwright.configs import service

    with explained_failures():
        content = service.read_bytes(load_settings(data_dir), name)
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


@config_app.command("check")
def check_config(
    file: Annotated[Path, typer.Argument(help="A file anywhere; - for standard input.")],
    data_dir: DataDir = None,
) -> None:
    """Tell what keeps a file from being read, and what a simulation would trip over.

    Ends with 1 when there is an error; warnings alone end with 0.
    """
    from benchwright.configs import service

    with explained_failures():
        settings = load_settings(data_dir)
        faults = service.check_text(settings, file.name, _read(file, settings.configs.max_bytes))
    for fault in faults:
        field = f"{fault.field}: " if fault.field else ""
        typer.echo(f"{file}:{fault.line}: {fault.severity}: {field}{fault.message}")
    if any(fault.severity == "error" for fault in faults):
        raise typer.Exit(Exit.FAILED)


@config_app.command("put")
def put_config(
    name: Name,
    file: Annotated[Path, typer.Argument(help="What it shall say; - for standard input.")],
    *,
    new: Annotated[bool, typer.Option("--new", help="Only if there is none of that name.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write a config in place of the one of that name."""
    from benchwright.configs import service

    with explained_failures():
        settings = load_settings(data_dir)
        text = _read(file, settings.configs.max_bytes)
        view = service.write_config(settings, name, text, is_new=new)
    typer.echo(f"{view.name} was written.")


@config_app.command("delete")
def delete_config(name: Name, data_dir: DataDir = None) -> None:
    """Delete a config."""
    from benchwright.configs import service

    with explained_failures():
        service.delete_config(load_settings(data_dir), name)
    typer.echo(f"{name} was deleted.")


def _read(file: Path, max_bytes: int) -> str:
    """The text of a file; what is longer than a config may be is not read to its end."""
    from benchwright.kit.plaintext import decode_text

    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(max_bytes + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(max_bytes + 1)
    except OSError as error:
        raise say_error(f"{file} cannot be read: {error.strerror}.", Exit.WRONG_USAGE) from None
    return decode_text(data)
