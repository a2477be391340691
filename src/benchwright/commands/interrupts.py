"""Ctrl-C and its relatives in an asynchronous command."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import typer

from benchwright.commands.exits import Exit

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Ends the command at a signal, unless it says that something else is to happen."""

    def __init__(self) -> None:
        self._handler: Callable[[], None] | None = None
        self._task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if self._handler is not None:
            self._handler()
        elif self._task is not None:
            self._task.cancel()

    @contextmanager
    def handled_by(self, handler: Callable[[], None]) -> Iterator[None]:
        """Calls `handler` at each signal inside the block."""
        before, self._handler = self._handler, handler
        try:
            yield
        finally:
            self._handler = before


def run_interruptibly(
    main: Callable[[Interrupts], Coroutine[Any, Any, T]], *, stopped: Exit = Exit.STOPPED
) -> T:
    """Runs a command; one that a signal ends leaves with the code `stopped`, and no traceback."""

    async def start() -> T:
        return await main(Interrupts())

    try:
        return asyncio.run(start())
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise typer.Exit(stopped) from None
