"""Carries a load test out in a place, showing it, until it has ended."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.text import Text

from benchwright.commands.interrupts import Interrupts
from benchwright.commands.lab_client import LabClient, Refused, ServerUnreachable
from benchwright.commands.places import Place
from benchwright.commands.report import LoadReport, build_report
from benchwright.commands.watching import Sight, view_on

LOG_LINES_SHOWN = 15


@dataclass(frozen=True)
class Conduct:
    """What every step needs."""

    place: Place
    project: str
    console: Console
    interrupts: Interrupts

    @property
    def client(self) -> LabClient:
        """The lab that is talked to."""
        return self.place.client

    def page_of(self, run_id: uuid.UUID) -> str | None:
        """The address of the run's page, where it can be looked at."""
        if not self.place.keeps_serving:
            return None
        return f"{self.client.url}/p/{self.project}/runs/{run_id}"


async def carry_out(
    conduct: Conduct,
    plan: dict[str, Any],
    on_start: Callable[[uuid.UUID], None] = lambda _: None,
) -> LoadReport:
    """Stores the plan, runs it and reports on it; the first signal stops it, the second kills."""
    client = conduct.client
    load_test = await client.put_load_test(conduct.project, plan)
    run_id = await conduct.place.start_run(load_test)
    on_start(run_id)
    await watch(conduct, run_id, plan["name"])
    run, results = await client.get_run(run_id), await client.list_results(run_id)
    if run["state"] not in {"succeeded", "stopped"}:
        await _show_log(conduct, run_id)
    return build_report(run, results, conduct.page_of(run_id))


async def watch(conduct: Conduct, run_id: uuid.UUID, title: str) -> None:
    """Shows the run until it has ended."""
    sight, brake = Sight(), Brake(conduct, run_id)
    with conduct.interrupts.handled_by(brake.press), view_on(conduct.console, title) as view:
        async for event, data in conduct.client.follow(run_id, "state,metrics"):
            sight.take(event, data)
            view.show(sight)


class Brake:
    """Stops a run at the first press, kills its workload at the second, gives up at the third."""

    def __init__(self, conduct: Conduct, run_id: uuid.UUID) -> None:
        self._conduct = conduct
        self._run_id = run_id
        self._presses = 0
        self._steps: set[asyncio.Task[None]] = set()
        self._watcher = asyncio.current_task()

    def press(self) -> None:
        """One signal."""
        self._presses += 1
        if self._presses > 2 and self._watcher is not None:
            self._watcher.cancel()
            return
        step = asyncio.create_task(self._stop() if self._presses == 1 else self._kill())
        self._steps.add(step)
        step.add_done_callback(self._steps.discard)

    async def _stop(self) -> None:
        self._say("Stopping; what was measured so far counts. Press Ctrl-C again to kill the load.")
        try:
            await self._conduct.client.stop_run(self._run_id)
        except (Refused, ServerUnreachable) as error:
            self._say(f"The stop did not arrive: {error}")

    async def _kill(self) -> None:
        if await self._conduct.place.kill_run(self._run_id):
            self._say("Killed.")
        else:
            self._say("Still stopping. Press Ctrl-C once more to leave without waiting for it.")

    def _say(self, message: str) -> None:
        self._conduct.console.print(Text(message, style="yellow"))


async def _show_log(conduct: Conduct, run_id: uuid.UUID) -> None:
    log = (await conduct.client.read_log(run_id)).strip()
    lines = log.splitlines()[-LOG_LINES_SHOWN:]
    if lines:
        conduct.console.print(Text(f"{os.linesep}The end of its log:", style="dim"))
        for line in lines:
            conduct.console.print(Text(f"  {line}"), soft_wrap=True)
