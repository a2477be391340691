"""Serves the demo API as a program of its own, and starts that program from another one."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from benchwright.kit.serving import open_listener, serve_until_signalled, url_of
from benchwright.kit.startup import StartupError

START_PATIENCE_S = 20.0
END_PATIENCE_S = 5.0
ANNOUNCEMENT = "The demo API serves "


def serve_demo_api(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 9000,
    seed: Annotated[int, typer.Option(help="Sets which calls are slow and which fail.")] = 1,
    slowness: Annotated[float, typer.Option(min=0, help="Stretches all latencies.")] = 1.0,
    with_parent: Annotated[  # noqa: FBT002 - a flag of the command line
        bool, typer.Option("--with-parent", help="End when standard input closes.")
    ] = False,
) -> None:
    """Serves the demo bookshop to this machine only; the last line of the start says where."""
    from benchwright.demo.api import create_demo_api

    try:
        listener = open_listener("127.0.0.1", port)
    except StartupError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from None
    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(
        serve_until_signalled(
            create_demo_api(seed, slowness=slowness),
            listener,
            on_listening=lambda: typer.echo(f"{ANNOUNCEMENT}{url_of(listener)}"),
            log_level="warning",
        )
    )


def _end_with_parent() -> None:
    # A pipe closes however its other end dies, `kill -9` included.
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def running_demo_api(seed: int = 1) -> AsyncIterator[str]:
    """Runs the demo API in a process of its own while the block runs; gives its address.

    Raises `StartupError`. The process ends with this one, whatever happens.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchwright.demo.api", "--port", "0", "--seed", str(seed),
        "--with-parent",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # Ctrl-C in the terminal is this program's to handle, in its own order.
        start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_PATIENCE_S)
        except TimeoutError:
            line = b""
        text = line.decode(errors="replace").strip()
        if not text.startswith(ANNOUNCEMENT):
            raise StartupError("The demo API did not start; its last words are above.")
        yield text.removeprefix(ANNOUNCEMENT)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), END_PATIENCE_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def main() -> None:
    """The program `python -m benchwright.demo.api`."""
    typer.run(serve_demo_api)
