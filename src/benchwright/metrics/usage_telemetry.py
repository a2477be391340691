"""Figures of a workload whose target tells what it has used, such as a container."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
KEPT_S = 5.0
"""For so long the last figures stand for the present; a slow target leaves no gaps that way."""


class UsageFigures(Protocol):
    """What a workload has used since its start; None where its target does not tell."""

    @property
    def cpu_s(self) -> float: ...
    @property
    def memory_bytes(self) -> float: ...
    @property
    def processors(self) -> int: ...
    @property
    def processes(self) -> float | None: ...
    @property
    def read_bytes(self) -> float | None: ...
    @property
    def written_bytes(self) -> float | None: ...
    @property
    def received_bytes(self) -> float | None: ...
    @property
    def sent_bytes(self) -> float | None: ...


UsageReader = Callable[[], Awaitable[UsageFigures | None]]

_GROWING = ("read_bytes", "written_bytes", "received_bytes", "sent_bytes")


def usage_figures(
    before: UsageFigures | None, after: UsageFigures, elapsed_s: float
) -> dict[str, float]:
    """The figures between two looks; the first one has no rates."""
    figures = {"process_memory_bytes": float(after.memory_bytes)}
    if after.processes is not None:
        figures["process_count"] = float(after.processes)
    # A restarted workload begins anew, below what it had used.
    if before is None or elapsed_s <= 0 or after.cpu_s < before.cpu_s:
        return figures
    share = (after.cpu_s - before.cpu_s) / elapsed_s / max(after.processors, 1)
    figures["process_cpu"] = round(min(max(share, 0.0), 1.0), 4)
    for name in _GROWING:
        first, last = getattr(before, name), getattr(after, name)
        if first is not None and last is not None:
            figures[f"process_{name}_per_s"] = max(last - first, 0.0) / elapsed_s
    return figures


class UsageSampler:
    """Asks a target at most once at a time; a slow one is asked less often."""

    def __init__(self) -> None:
        self.reader: UsageReader | None = None
        self._last: tuple[UsageFigures, float] | None = None
        self._figures: dict[str, float] = {}
        self._figures_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Begins to read, unless the last reading still goes on; on the event loop."""
        if self.reader is not None and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._read(self.reader))

    def sample(self) -> dict[str, float]:
        """The newest figures, as long as they are fresh."""
        is_fresh = time.monotonic() - self._figures_at < KEPT_S
        return dict(self._figures) if is_fresh else {}

    async def stop(self) -> None:
        """Ends a reading that goes on."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _read(self, reader: UsageReader) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                usage = await reader()
        except Exception as error:  # noqa: BLE001  # whatever it is, the workload goes on
            log.debug("what a workload used could not be read: %s", error)
            return
        if usage is None:
            return
        now = time.monotonic()
        before, self._last = self._last, (usage, now)
        elapsed_s = now - before[1] if before else 0.0
        self._figures = usage_figures(before[0] if before else None, usage, elapsed_s)
        self._figures_at = now
