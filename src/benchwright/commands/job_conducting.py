"""Carries out the runs of a job, showing their logs and progress."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from benchwright.commands.conducting import Brake, Conduct
from benchwright.commands.configuration import load_settings
from benchwright.commands.figures_text import clock_text
from benchwright.commands.interrupts import Interrupts
from benchwright.commands.job_report import JobReport, ReportedRun, build_report, report_run
from benchwright.commands.places import LocalPlace, RemotePlace, local_place, remote_client
from benchwright.kit.errors import Unavailable
from benchwright.kit.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from benchwright.commands.job import JobErrand
    from benchwright.installation import Installation
    from benchwright.jobs.plan import JobPlan
    from benchwright.jobs.starting import PreparedJob
    from benchwright.kit.db import ReadSession

PROGRESS_EVERY_S = 5.0


async def run_there(errand: JobErrand, console: Console, interrupts: Interrupts) -> JobReport:
    """On a server: all runs are queued at once, and shown one after the other."""
    assert errand.server is not None
    async with remote_client(errand.server, errand.token) as client:
        wish = {"text": errand.text, "parameters": errand.parameters, "host": errand.host}
        started = await client.start_plan(errand.project, wish)
        group_id = uuid.UUID(started["group_id"]) if started["group_id"] else None
        conduct = Conduct(RemotePlace(client), errand.project, console, interrupts)
        shown: list[ReportedRun] = []
        for run in started["runs"]:
            shown.append(await _watch(conduct, uuid.UUID(run["public_id"]), run["name"]))
            if shown[-1].state == "stopped" and group_id is not None:
                # Who stops one of them does not want to wait for the others.
                await client.stop_group(group_id)
        return build_report(shown, group_id)


async def run_here(errand: JobErrand, console: Console, interrupts: Interrupts) -> JobReport:
    """In this process: one run after the other, each with the engine for itself."""
    # Its interface is for this process alone, whatever a server of these settings would do.
    server = {"host": "127.0.0.1", "cors_origins": [], "root_path": ""}
    settings = load_settings(errand.data_dir, server=server)
    plan = _read_plan(errand)
    prepared: PreparedJob | None = None
    shown: list[ReportedRun] = []
    while prepared is None or len(shown) < len(prepared.runs):
        async with local_place(settings) as place, _watching_hosts(place.installation, plan):
            if prepared is None:
                prepared = await in_thread(_prepare, place, errand, plan)
            number = len(shown)
            await in_thread(_start, place, prepared, number)
            conduct = Conduct(place, errand.project, console, interrupts)
            shown.append(await _watch(conduct, place.run_id, prepared.runs[number].name))
        if shown[-1].state == "stopped":
            break
    return build_report(shown, prepared.group_id)


@asynccontextmanager
async def _watching_hosts(installation: Installation, plan: JobPlan) -> AsyncIterator[None]:
    """Looks at the Docker hosts once, and again and again while the block runs."""
    if plan.is_process:
        yield
        return
    from benchwright.hosts.watch import HostWatch

    watch = HostWatch(installation.lab, installation.executors.note_hosts)
    await watch.begin_round()
    await watch.settle()
    watching = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _read_plan(errand: JobErrand) -> JobPlan:
    from benchwright.jobs import service
    from benchwright.jobs.matrix import with_host
    from benchwright.jobs.schemas import PlanSource

    return with_host(service.read_plan(PlanSource(text=errand.text)), errand.host)


def _prepare(place: LocalPlace, errand: JobErrand, plan: JobPlan) -> PreparedJob:
    from benchwright.jobs import starting
    from benchwright.projects import service as projects

    lab = place.installation.lab
    with lab.database.read() as session:
        project = projects.get_project(session, errand.project)
        prepared = starting.prepare_job(session, lab, plan, project, parameters=errand.parameters)
        for target in sorted({run.target for run in prepared.runs}):
            _check_host(session, target)
        return prepared


def _check_host(session: ReadSession, target: str) -> None:
    """Here nobody waits for a host that is away: raises `Unavailable`."""
    from benchwright.hosts import repository
    from benchwright.hosts.places import PREFIX

    host = repository.find(session, target.removeprefix(PREFIX))
    if target.startswith(PREFIX) and host is not None and not host.is_reachable:
        raise Unavailable(f"The host {host.name} cannot be reached. {host.problem}".strip())


def _start(place: LocalPlace, prepared: PreparedJob, number: int) -> None:
    """Queues one of the runs under this process's lease, past the queue of a server."""
    from benchwright.jobs import starting
    from benchwright.runs import repository

    lab = place.installation.lab
    with lab.database.write() as session:
        until = repository.clock(session) + dt.timedelta(seconds=lab.settings.runs.lease_s)
        starting.start_prepared(
            session,
            replace(prepared, runs=[prepared.runs[number]]),
            public_id=place.run_id,
            lease_owner=lab.owner,
            lease_until=until,
        )
    lab.wake()


async def _watch(conduct: Conduct, run_id: uuid.UUID, name: str) -> ReportedRun:
    """Shows the log of a run as it comes, and how far it is, until it has ended."""
    brake, told = Brake(conduct, run_id), _Told(conduct.console)
    conduct.console.print(Text(name, style="bold"), soft_wrap=True)
    with conduct.interrupts.handled_by(brake.press):
        async for event, data in conduct.client.follow(run_id, "state,log"):
            told.take(event, data)
    told.end()
    run = await conduct.client.get_run(run_id)
    results: list[dict[str, Any]] = await conduct.client.list_results(run_id)
    return report_run(run, results, conduct.page_of(run_id))


class _Told:
    """Writes what a run prints as it is, and lines about its progress between."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._state = ""
        self._said = ""
        self._said_at = -PROGRESS_EVERY_S
        self._rest = ""

    def take(self, event: str, data: dict[str, Any]) -> None:
        if event == "log":
            lines = (self._rest + data["text"]).split("\n")
            self._rest = lines.pop()
            for line in lines:
                self._print(line)
        elif event == "state":
            if data["state"] != self._state and data["state"] == "queued":
                self._note(data["reason"])
            self._state = data["state"]
        elif event == "progress":
            self._progress(data)

    def end(self) -> None:
        """The last line, if it has no end."""
        if self._rest:
            self._print(self._rest)

    def _progress(self, data: dict[str, Any]) -> None:
        at = asyncio.get_running_loop().time()
        percent = data.get("percent")
        parts = [clock_text(data["elapsed_s"])]
        if percent is not None:
            parts.append(f"{percent:.0f} %")
        parts += [data["stage"]] if data.get("stage") else []
        parts += data.get("facts") or []
        if data.get("remaining_s"):
            parts.append(f"{clock_text(data['remaining_s'])} left")
        said = " | ".join(parts[1:])
        if said and said != self._said and at - self._said_at >= PROGRESS_EVERY_S:
            self._said, self._said_at = said, at
            self._note(" | ".join(parts))

    def _print(self, line: str) -> None:
        self._console.print(Text.from_ansi(line), soft_wrap=True)

    def _note(self, text: str) -> None:
        self._console.print(Text(text, style="dim cyan"), soft_wrap=True)
