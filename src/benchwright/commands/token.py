"""`benchwright token`: tokens for other machines."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

import typer

from benchwright.access.principal import Scope
from benchwright.commands.opening import opened_keys
from benchwright.commands.options import DataDir

PAGE_SIZE = 500
MAX_EXPIRY_S = 3650 * 86_400.0

token_app = typer.Typer(
    help="Make, list and revoke the tokens with which other machines reach the server.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@token_app.command("create")
def create_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the token is for.")],
    scopes: Annotated[
        list[Scope],
        typer.Option("--scope", help="What it allows; may be given several times."),
    ],
    expires: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Time that it is valid for, like 30d or 12h."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a token and print it; it cannot be shown again."""
    from benchwright.access import service
    from benchwright.kit.db import now

    expires_at = None if expires is None else now() + _read_expiry(expires)
    with opened_keys(data_dir) as (database, keyring), database.write() as session:
        _, text = service.create_token(session, keyring, name, scopes, expires_at)
    typer.echo(text)


@token_app.command("list")
def list_tokens(data_dir: DataDir = None) -> None:
    """List the tokens that are not revoked, by the id that `revoke` takes."""
    from benchwright.access import service
    from benchwright.kit.pagination import PageRequest

    rows: list[tuple[str, ...]] = [
        ("ID", "NAME", "ENDS WITH", "SCOPES", "MADE", "EXPIRES", "LAST USED")
    ]
    with opened_keys(data_dir) as (database, _), database.read() as session:
        cursor: str | None = None
        while True:
            request = PageRequest(cursor=cursor, limit=PAGE_SIZE)
            tokens, cursor = service.list_tokens(session, request)
            for token in tokens:
                days = map(_day, (token.created_at, token.expires_at, token.last_used_at))
                scopes = ",".join(token.scopes)
                rows.append((str(token.public_id), token.name, token.hint, scopes, *days))
            if cursor is None:
                break
    if len(rows) == 1:
        typer.echo("There are no tokens.")
        return
    # No table of Rich: cut to the width of a terminal, an id could not be copied.
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


@token_app.command("revoke")
def revoke_token(
    token_id: Annotated[
        uuid.UUID, typer.Argument(metavar="ID", help="The id that `token list` shows.")
    ],
    data_dir: DataDir = None,
) -> None:
    """End a token and the browser sessions that began with it."""
    from benchwright.access import service

    with opened_keys(data_dir) as (database, _), database.write() as session:
        service.revoke_token(session, token_id)
    typer.echo("Revoked.")


def _read_expiry(text: str) -> dt.timedelta:
    from benchwright.loadtests.durations import parse_duration

    try:
        return dt.timedelta(seconds=parse_duration(text, longest_s=MAX_EXPIRY_S))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--expires") from None


def _day(at: dt.datetime | None) -> str:
    return "never" if at is None else at.astimezone().strftime("%Y-%m-%d")
