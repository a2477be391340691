"""`benchwright settings`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import typer
from pydantic import BaseModel, SecretStr

from benchwright.commands.configuration import load_settings
from benchwright.commands.failures import explained_failures
from benchwright.commands.options import AsJson, DataDir

MASK = "********"


def show_settings(
    data_dir: DataDir = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Show the settings that a server would use now; secrets are masked.

    Each line is a variable as the environment or a file `.env` would set it.
    """
    with explained_failures():
        settings = load_settings(data_dir)
    pairs = dict(_variables(settings, "BENCHWRIGHT_"))
    if as_json:
        typer.echo(json.dumps(pairs, indent=2, default=str))
        return
    for name, value in pairs.items():
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        typer.echo(f"{name}={'' if value is None else text}")


def _variables(group: BaseModel, prefix: str) -> Iterator[tuple[str, Any]]:
    for name in type(group).model_fields:
        value = getattr(group, name)
        variable = prefix + name.upper()
        if isinstance(value, BaseModel):
            yield from _variables(value, variable + "__")
        elif isinstance(value, SecretStr):
            yield variable, MASK
        elif value is None or isinstance(value, bool | int | float | str | list):
            yield variable, value
        elif isinstance(value, dict):
            yield variable, _as_json(value)
        else:
            yield variable, str(value)


def _as_json(value: Any) -> Any:
    """What a setting holds as JSON, its secrets masked."""
    if isinstance(value, dict):
        return {name: _as_json(each) for name, each in value.items()}
    if isinstance(value, BaseModel):
        return {name: _as_json(getattr(value, name)) for name in type(value).model_fields}
    return MASK if isinstance(value, SecretStr) else value
