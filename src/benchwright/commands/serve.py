"""`benchwright serve`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from benchwright.commands.configuration import load_settings
from benchwright.commands.failures import explained_failures
from benchwright.commands.opening import (
    LastPort,
    describe_migration,
    open_described,
    sole_server,
)
from benchwright.commands.options import DataDir, LogLevel
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.lab import Lab

ANNOUNCEMENT = "Benchwright serves "


def run_server(
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on; off loopback a token is required. [default: 127.0.0.1]",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="Port to listen on; 0 takes the last one again, or a free one. [default: 8000]",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
    log_level: LogLevel = None,
) -> None:
    """Serve the lab over HTTP until Ctrl-C or SIGTERM.

    The last line of the start says where. Runs that are under way go on while the server is down.
    """
    with explained_failures():
        settings = load_settings(
            data_dir, server={"host": host, "port": port}, log={"level": log_level}
        )
        with sole_server(settings), contextlib.closing(listen(settings)) as listener:
            _serve(settings, listener)


GARBAGE_AFTER = 50_000
"""New objects after which garbage is looked for among the young ones."""


def configure_logging(level: str) -> None:
    """Sends this program's own log to standard error."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    logging.getLogger("benchwright").setLevel(level.upper())
    # What uvicorn says of itself below a warning is said by the commands.
    logging.getLogger("uvicorn").setLevel("DEBUG" if level == "debug" else "WARNING")


def listen(settings: Settings) -> socket.socket:
    """Listens as the settings say; without a port on the last one, if that is free."""
    from benchwright.kit.serving import PortTaken, open_listener, port_of

    server, last = settings.server, LastPort(settings.private_dir)
    wanted = server.port or last.read() or 0
    try:
        listener = open_listener(server.host, wanted)
    except PortTaken:
        if server.port:
            raise
        listener = open_listener(server.host, 0)
        typer.secho(
            f"Warning: the last port, {wanted}, is taken by another program. Load tests that run"
            f" since before push their figures there; they lose resolution, not totals.",
            err=True,
            fg=typer.colors.YELLOW,
        )
    last.write(port_of(listener))
    return listener


def _announce(url: str) -> None:
    gc.freeze()
    # A write of some thousand points makes many small objects that all end with it. Looking for
    # circles among them after each 700 would take half of the time that taking them in takes.
    gc.set_threshold(GARBAGE_AFTER, 20, 20)
    gc.enable()
    typer.echo(f"{ANNOUNCEMENT}{url}")


def _end(lab: Lab) -> None:
    gc.unfreeze()
    lab.closing.set()


def _serve(settings: Settings, listener: socket.socket) -> None:
    # What is made at the start stays until the end: looking for garbage among it takes a sixth of
    # the start, and would go on doing so for as long as the server runs.
    gc.disable()
    from benchwright.app import build_app
    from benchwright.kit.serving import serve_until_signalled, url_of

    installation = open_described(settings)
    if installation.migrated is not None:
        typer.echo(describe_migration(installation.migrated))
    configure_logging(settings.log.level)
    lab, url = installation.lab, url_of(listener)
    # Load generators of this machine push here: the address that is really listened on.
    lab.base_url = url
    asyncio.run(
        serve_until_signalled(
            build_app(installation),
            listener,
            on_listening=lambda: _announce(url),
            on_closing=lambda: _end(lab),
            forwarded_allow_ips=settings.server.forwarded_allow_ips,
            root_path=settings.server.root_path.rstrip("/"),
        )
    )
