"""Settings for a command: its flags before the environment, the environment before `.env`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource, SettingsError

from benchwright.kit.startup import StartupError
from benchwright.settings import Settings

PREFIX = "BENCHWRIGHT_"
NOT_SETTINGS = ("TOKEN", "URL", "RUN_ID", "PROGRESS_FILE", "RESULTS_DIR", "TEST_")
"""What follows the prefix in variables of clients, of workloads and of the tests."""


class SettingsInvalid(StartupError):
    """The environment, `.env` or a flag holds something that is no setting."""


def load_settings(data_dir: Path | None = None, **groups: dict[str, Any]) -> Settings:
    """Reads the settings; `groups` such as `server={"port": 0}` win, None in them does not count.

    Warns of variables that look like settings and are none. Raises `SettingsInvalid`, which names
    each faulty variable.
    """
    for complaint in _misspelt():
        typer.secho(f"Warning: {complaint}", err=True, fg=typer.colors.YELLOW)
    given: dict[str, Any] = {}
    if data_dir is not None:
        given["data_dir"] = data_dir.expanduser().absolute()
    for name, values in groups.items():
        given[name] = {key: value for key, value in values.items() if value is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        faults = "; ".join(_explain(fault) for fault in error.errors())
        raise SettingsInvalid(f"The settings cannot be used: {faults}.") from None
    except SettingsError as error:
        raise SettingsInvalid(f"The settings cannot be used: {error}.") from None
    if not settings.data_dir.is_absolute():
        return settings.model_copy(update={"data_dir": settings.data_dir.absolute()})
    return settings


def _explain(fault: ErrorDetails) -> str:
    variable = PREFIX + "__".join(str(part).upper() for part in fault["loc"])
    return f"{variable}: {fault['msg']}"


def _misspelt() -> Iterator[str]:
    known = set(_variables(Settings, PREFIX))
    sources = EnvSettingsSource(Settings), DotEnvSettingsSource(Settings)
    found = {name.upper() for source in sources for name in source.env_vars}
    for name in sorted(found - known):
        rest = name.removeprefix(PREFIX)
        if rest == name or rest.startswith(NOT_SETTINGS):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
        hint = f"did you mean {near[0]}?" if near else "`benchwright settings` lists them."
        yield f"{name} is no setting; {hint}"


def _variables(group: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in group.model_fields.items():
        yield prefix + name.upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, f"{prefix}{name.upper()}__")
