"""Opens an installation for a command, alone or beside a server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchwright.commands.configuration import load_settings
from benchwright.commands.failures import explained_failures
from benchwright.kit.lockfile import LockTaken, held_lock
from benchwright.kit.startup import StartupError
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.installation import Installation
    from benchwright.kit.db import Database
    from benchwright.kit.migrations import Migrated
    from benchwright.kit.secrets import Keyring
    from benchwright.lab import Lab


DATABASES = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")


class AlreadyServed(StartupError):
    """Another server works with this data directory."""


def open_described(settings: Settings, *, owner: str | None = None) -> Installation:
    """Opens the installation; a database that cannot be used is a `StartupError` too."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    from benchwright.installation import open_installation

    try:
        kind = make_url(settings.resolved_database_url).drivername
        if kind not in DATABASES:
            raise StartupError(
                f"A database address that begins with {kind}:// cannot be used; the one of a"
                " PostgreSQL database begins with postgresql+psycopg://"
            )
        return open_installation(settings, owner=owner)
    except ArgumentError as error:
        raise StartupError(f"The database address cannot be used: {error}") from None
    except (SQLAlchemyError, ImportError) as error:
        shown = make_url(settings.resolved_database_url).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", error)).strip()
        raise StartupError(f"The database {shown} cannot be used: {reason}") from None


@contextmanager
def opened_keys(data_dir: Path | None) -> Iterator[tuple[Database, Keyring]]:
    """Database and keys for a command that manages access, beside a server or without one."""
    with opened_lab(data_dir) as lab:
        yield lab.database, lab.keyring


@contextmanager
def opened_lab(data_dir: Path | None) -> Iterator[Lab]:
    """The installation, for a command that works beside a server or without one."""
    with explained_failures():
        # Settings of its own: off loopback a server without a token does not open.
        settings = load_settings(data_dir, server={"host": "127.0.0.1", "cors_origins": []})
        lab = open_described(settings).lab
        try:
            yield lab
        finally:
            lab.database.dispose()


def describe_migration(done: Migrated) -> str:
    """What a migration did, in one line."""
    if done.before is None:
        return f"The database is new, with schema {done.after}."
    copy = f" A copy from before is {done.copy}." if done.copy else ""
    return f"The database was brought from schema {done.before} to {done.after}.{copy}"


@contextmanager
def sole_server(settings: Settings) -> Iterator[None]:
    """Holds the data directory inside the block; raises `StartupError`."""
    try:
        settings.private_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with held_lock(settings.private_dir / "server.lock"):
            yield
    except LockTaken as taken:
        who = "another process" if taken.holder is None else f"process {taken.holder}"
        raise AlreadyServed(
            f"A server works with {settings.data_dir} already ({who}). Use that one, stop it, or"
            " choose another folder with --data-dir."
        ) from None
    except OSError as error:
        if error.filename is None or not str(error.filename).startswith(str(settings.data_dir)):
            raise
        raise StartupError(
            f"The data directory {settings.data_dir} cannot be used: {error.strerror}. Give this"
            " user the right to write there, or choose another with --data-dir."
        ) from None


class LastPort:
    """The port of the last start, which running load generators still push to."""

    def __init__(self, private_dir: Path) -> None:
        self._path = private_dir / "last-port"

    def read(self) -> int | None:
        """The port; None before the first start."""
        try:
            port = int(self._path.read_text("ascii"))
        except (OSError, ValueError):
            return None
        return port if 0 < port < 65536 else None

    def write(self, port: int) -> None:
        """Keeps the port for the next start."""
        # Without it the next start takes another port, which is no reason not to serve.
        with contextlib.suppress(OSError):
            draft = self._path.with_suffix(".tmp")
            draft.write_text(f"{port}\n", "ascii")
            draft.replace(self._path)
