"""How a command says that it could not do what it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from benchwright.commands.exits import Exit
from benchwright.kit.errors import FieldError, Invalid, Problem
from benchwright.kit.startup import StartupError


@contextmanager
def explained_failures(exit_code: Exit = Exit.FAILED) -> Iterator[None]:
    """Turns what a user can act on into lines on standard error and an exit code.

    `exit_code` is for what no other code says better.
    """
    try:
        yield
    except Problem as problem:
        from benchwright.commands.lab_client import Refused

        code = exit_code
        if isinstance(problem, Refused) and problem.is_about_access:
            code = Exit.SERVER_UNREACHABLE
        elif (isinstance(problem, Refused) and problem.answered_status == 404) or (
            isinstance(problem, Invalid) and exit_code is Exit.FAILED
        ):
            code = Exit.WRONG_USAGE
        faults = problem.errors if isinstance(problem, Invalid | Refused) else []
        raise say_error(problem.detail, code, faults) from None
    except StartupError as error:
        from benchwright.commands.configuration import SettingsInvalid
        from benchwright.commands.lab_client import ServerUnreachable

        code = exit_code
        if isinstance(error, ServerUnreachable):
            code = Exit.SERVER_UNREACHABLE
        elif isinstance(error, SettingsInvalid):
            code = Exit.WRONG_USAGE
        raise say_error(str(error), code) from None


def say_error(message: str, code: Exit, faults: list[FieldError] | None = None) -> typer.Exit:
    """Writes an error as every command does; gives what is to be raised."""
    typer.secho("Error: ", err=True, nl=False, fg=typer.colors.RED, bold=True)
    typer.echo(message, err=True)
    for fault in faults or ():
        typer.echo(f"  {fault['field']}: {fault['message']}", err=True)
    return typer.Exit(code)
