"""Carries out what `decide` asks for, for one run at a time."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from benchwright.executors.port import (
    NEW,
    Executor,
    LaunchPending,
    LaunchSpec,
    OutOfReach,
    Phase,
    Usage,
)
from benchwright.kit.crashpoints import crash_point
from benchwright.kit.db import Database, now
from benchwright.kit.disk import check_free_disk
from benchwright.kit.errors import Problem
from benchwright.kit.threads import in_thread
from benchwright.runs import collection, decision, repository
from benchwright.runs.folder import RunFolder
from benchwright.runs.ledger import LeaseLost, RunLedger
from benchwright.runs.leftovers import workload_name
from benchwright.runs.models import Run
from benchwright.runs.outcome import conclude
from benchwright.runs.state import RunKind, RunState, StopReason
from benchwright.runs.targets import RunTargets, handle_of
from benchwright.runs.workload import IngestAddress, LiveFigures, Workload

log = logging.getLogger(__name__)


class Measurements(Protocol):
    """What the driver needs of the package that measures."""

    async def follow(
        self,
        run: Run,
        folder: RunFolder,
        process_ids: list[int],
        read_usage: Callable[[], Awaitable[Usage | None]],
    ) -> str | None:
        """Opens the run's series and samples what it uses; called at each look.

        Answers why the run should stop now, where one of its own rules says so.
        """
        ...

    async def seal(self, run: Run, folder: RunFolder) -> LiveFigures:
        """Writes the finished series; may be repeated."""
        ...


@dataclass(frozen=True)
class RunRules:
    """The settings that the driver obeys."""

    data_dir: Path
    stop_grace_s: float
    max_log_bytes: int
    min_free_bytes: int = 0


class RunDriver:
    """Looks at runs and moves them on; what it writes goes through the ledger."""

    def __init__(
        self,
        database: Database,
        ledger: RunLedger,
        executors: Mapping[str, Executor],
        workloads: Mapping[RunKind, Workload],
        measurements: Measurements,
        ingest_address: Callable[[uuid.UUID], IngestAddress],
        rules: RunRules,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._targets = RunTargets(database, executors)
        self._workloads = workloads
        self._measurements = measurements
        self._ingest_address = ingest_address
        self._rules = rules

    async def clean_up(self) -> None:
        """Removes what ended runs left on the targets, as far as that is not known to be done."""
        await self._targets.clean_up()

    async def advance(self, run_id: uuid.UUID) -> bool:
        """Looks at the run once and acts; returns whether that brought it further."""
        known = await in_thread(self._ledger.load, run_id)
        if known is None:
            return False
        run, facts = known
        observation, breach = None, None
        if run.handle is not None and run.state in repository.OCCUPYING:
            observation = await self._targets.observe(run)
            if observation.phase is Phase.RUNNING:
                breach = await self._follow(run)
        actions = decision.decide(facts, observation, now())
        if breach is not None and run.stop_reason is None:
            actions.append(decision.RequestStop(StopReason.AUTO_STOP, breach))
        try:
            has_progressed = await self._perform_all(run, actions)
        except LeaseLost:
            log.info("run %s is driven by another server now", run_id)
            return False
        if any(
            action.to is RunState.LAUNCHING
            for action in actions
            if isinstance(action, decision.Move)
        ):
            # Who waited for a place waits no longer than it takes to launch.
            await self.advance(run_id)
        return has_progressed

    async def _perform_all(self, run: Run, actions: list[decision.Action]) -> bool:
        has_progressed = False
        try:
            for action in actions:
                has_progressed = await self._perform(run, action) or has_progressed
        except OutOfReach as error:
            # Nothing is known of what was asked for: it is asked for again.
            await in_thread(self._ledger.note, run, decision.NoteStale(error.detail))
            return False
        return has_progressed

    async def _perform(self, run: Run, action: decision.Action) -> bool:
        """Acts; whether the next look should follow at once."""
        ledger = self._ledger
        match action:
            case decision.Move(to=RunState.LAUNCHING):
                await in_thread(ledger.claim, run, action.reason)
            case decision.Move():
                await in_thread(ledger.move, run, action)
            case decision.Create():
                return await self._create(run)
            case decision.Start():
                await self._start(run)
            case decision.RequestStop():
                await in_thread(ledger.request_stop, run, action)
            case decision.Collect():
                await self._try_to_collect(run)
            case decision.Remove():
                await self._targets.of(run).remove(handle_of(run))
            case decision.Withdraw():
                await self._targets.withdraw(run)
            case _:
                await self._wait_on(run, action)
                return False
        return True

    async def _wait_on(self, run: Run, action: decision.Action) -> None:
        """What is done at each look until something changes by itself."""
        match action:
            case decision.Stop():
                await self._targets.of(run).stop(handle_of(run), self._rules.stop_grace_s)
            case decision.Warn():
                await in_thread(self._ledger.warn, run, action.detail)
            case decision.NoteMissing() | decision.NoteSeen() | decision.NoteStale():
                await in_thread(self._ledger.note, run, action)

    async def _create(self, run: Run) -> bool:
        try:
            spec = await in_thread(self._prepare, run)
            crash_point("before_create")
            handle = await self._targets.of(run).create(spec)
            crash_point("after_create")
        except LaunchPending as pending:
            await in_thread(self._ledger.note_launch, run, pending.detail)
            return False
        except OutOfReach:
            raise
        except (Problem, OSError, ValueError) as error:
            await self._give_up(run, error)
            return True
        is_new = bool(handle.pop(NEW, False))
        await in_thread(self._ledger.keep_handle, run, handle)
        run.handle = handle
        crash_point("after_handle")
        if is_new:
            await self._start(run, spec)
        return True

    async def _start(self, run: Run, known: LaunchSpec | None = None) -> None:
        try:
            spec = await in_thread(self._prepare, run) if known is None else known
            await self._follow(run)
            crash_point("before_start")
            await self._targets.of(run).start(handle_of(run), spec)
            crash_point("after_start")
        except OutOfReach:
            raise
        except (Problem, OSError, ValueError) as error:
            await self._give_up(run, error)

    async def _give_up(self, run: Run, error: Problem | OSError | ValueError) -> None:
        await self._measurements.seal(run, self._folder(run))
        reason = (
            error.detail if isinstance(error, Problem) else f"It could not be launched: {error}"
        )
        await in_thread(self._ledger.fail, run, reason)
        if run.handle is not None:
            await self._targets.remove_ended(run)

    def _prepare(self, run: Run) -> LaunchSpec:
        check_free_disk(self._rules.data_dir, self._rules.min_free_bytes)
        folder = self._folder(run)
        folder.make(_info(run))
        with self._database.read() as session:
            launch = self._workloads[run.kind].prepare(
                session, run, folder.root, self._ingest_address(run.public_id)
            )
        return LaunchSpec(
            name=launch.name or workload_name(run),
            run_id=str(run.public_id),
            attempt=run.attempt,
            epoch=run.lease_epoch,
            container=launch.container,
            command=launch.command,
            folder=folder.root,
            log_path=folder.log,
            environment=launch.environment,
            secrets=launch.secrets,
            max_log_bytes=self._rules.max_log_bytes,
        )

    async def _follow(self, run: Run) -> str | None:
        executor, handle = self._targets.of(run), handle_of(run)
        pids = await executor.process_ids(handle)
        read_usage = partial(executor.read_usage, handle)
        return await self._measurements.follow(run, self._folder(run), pids, read_usage)

    async def _try_to_collect(self, run: Run) -> None:
        try:
            await self._collect(run)
        except (LeaseLost, OutOfReach):
            raise
        except Exception as error:
            log.exception("the results of run %s could not be collected", run.public_id)
            is_given_up = await in_thread(self._ledger.note_collect_failure, run, error)
            if is_given_up and run.handle is not None:
                await self._targets.remove_ended(run)

    async def _collect(self, run: Run) -> None:
        folder = self._folder(run)
        if run.handle is not None and not run.is_given_up:
            await self._targets.of(run).collect(run.handle, folder.root)
        crash_point("before_seal")
        live = await self._measurements.seal(run, folder)
        crash_point("after_seal")
        await in_thread(self._finish, run, folder, live)
        crash_point("after_finish")
        if run.handle is not None or run.is_given_up:
            await self._targets.remove_ended(run)

    def _finish(self, run: Run, folder: RunFolder, live: LiveFigures) -> None:
        workload = self._workloads[run.kind]
        collected = workload.collect(run, folder.root, live)
        meaning = None
        if run.exit_code is not None and not run.is_given_up:
            meaning = collected.meaning or workload.explain_exit(run.exit_code)
        reason = run.given_up if run.is_given_up else run.reason
        end = conclude(meaning, run.stop_reason, run.stop_detail, reason)
        if end[0] is RunState.FAILED and meaning is not None and run.reason != decision.ENDED:
            # What the target saw says more than the code.
            end = (RunState.FAILED, f"{run.reason}. {meaning.reason}")
        artifacts = collection.scan_artifacts(run, folder)
        self._ledger.finish(run, end, collected, artifacts, collection.measure_folder(folder))

    def _folder(self, run: Run) -> RunFolder:
        return RunFolder.of(self._rules.data_dir, run.public_id)


def _info(run: Run) -> dict[str, Any]:
    """What stands in `job_info.json`, where no interface documents something else of its runs."""
    if run.spec.get("job_info"):
        return {}
    return {
        "run_id": str(run.public_id),
        "kind": run.kind.value,
        "name": run.name,
        "target": run.target,
        "created_at": run.created_at.isoformat(),
    }
