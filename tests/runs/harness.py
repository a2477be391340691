"""A reconciler over the fake executor and a workload that reports what a test says."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchwright.executors.fake import FakeExecutor
from benchwright.executors.port import Usage
from benchwright.kit.db import Database, ReadSession, WriteSession
from benchwright.kit.errors import Unavailable
from benchwright.projects import service as projects
from benchwright.runs import repository, service
from benchwright.runs.driver import RunDriver, RunRules
from benchwright.runs.folder import RunFolder
from benchwright.runs.ledger import RunLedger
from benchwright.runs.models import Run
from benchwright.runs.patience import Patience
from benchwright.runs.places import FixedPlaces
from benchwright.runs.reconciler import Reconciler
from benchwright.runs.state import RunKind, RunState, StopReason
from benchwright.runs.workload import (
    Collected,
    ExitMeaning,
    IngestAddress,
    Judgement,
    Launch,
    LiveFigures,
    ResultValue,
)


@dataclass
class FakeWorkload:
    """Succeeds with code 0, reports one figure; `fault` makes its preparation fail."""

    fault: str = ""
    prepared: int = 0

    def prepare(
        self, session: ReadSession, run: Run, folder: Path, ingest: IngestAddress
    ) -> Launch:
        if self.fault:
            raise Unavailable(self.fault)
        self.prepared += 1
        (folder / "inputs" / "script.js").write_text("// nothing")
        return Launch(["k6"], {"URL": ingest.url})

    def collect(self, run: Run, folder: Path, live: LiveFigures) -> Collected:
        return Collected(
            results=[ResultValue(metric="http_reqs", stat="count", value=3, unit="requests")],
            judgements=[Judgement("run", "met", "targets", "1", {"targets": 0})],
            warnings=["a warning"],
        )

    def explain_exit(self, exit_code: int) -> ExitMeaning:
        outcome = RunState.SUCCEEDED if exit_code == 0 else RunState.FAILED
        return ExitMeaning(outcome, f"It ended with {exit_code}")


@dataclass
class FakeMeasurements:
    followed: list[uuid.UUID] = field(default_factory=list)
    sealed: list[uuid.UUID] = field(default_factory=list)
    seal_faults: int = 0

    breach: str | None = None

    async def follow(
        self,
        run: Run,
        folder: RunFolder,
        process_ids: list[int],
        read_usage: Callable[[], Awaitable[Usage | None]],
    ) -> str | None:
        self.followed.append(run.public_id)
        return self.breach

    async def seal(self, run: Run, folder: RunFolder) -> LiveFigures:
        if self.seal_faults:
            self.seal_faults -= 1
            raise OSError("No space left on device")
        self.sealed.append(run.public_id)
        return LiveFigures()


class Harness:
    """One server's view of a database; a second one is another server."""

    def __init__(
        self,
        database: Database,
        data_dir: Path,
        *,
        owner: str = "server-1",
        home: str = "home-1",
        executor: FakeExecutor | None = None,
        only: uuid.UUID | None = None,
        lease_s: float = 30.0,
        min_free_bytes: int = 0,
        patience: Patience | None = None,
    ) -> None:
        self.database = database
        self.data_dir = data_dir
        self.executor = executor or FakeExecutor()
        self.workload = FakeWorkload()
        self.measurements = FakeMeasurements()
        self.ended: list[tuple[uuid.UUID, RunState]] = []
        self.warned: list[tuple[uuid.UUID, str]] = []
        self.owner = owner
        self.home = home
        holder = repository.Holder(owner, home)
        rules = RunRules(
            data_dir,
            stop_grace_s=5,
            max_log_bytes=10**6,
            min_free_bytes=min_free_bytes,
        )
        ledger = RunLedger(
            database,
            holder,
            places=FixedPlaces(home, {"local": 1}),
            lease_s=lease_s,
            on_end=self._note_end,
            on_warning=self._note_warning,
            patience=patience,
        )
        driver = RunDriver(
            database,
            ledger,
            {"local": self.executor},
            {RunKind.LOAD_TEST: self.workload},
            self.measurements,
            lambda run_id: IngestAddress(f"http://127.0.0.1:1/{run_id}", "token"),
            rules,
        )
        self.reconciler = Reconciler(
            database,
            driver,
            holder=holder,
            places=FixedPlaces(home, {"local": 1}),
            poll_interval_s=5,
            lease_s=lease_s,
            only=only,
        )

    def _note_end(self, session: WriteSession, run: Run) -> None:
        self.ended.append((run.public_id, run.state))

    def _note_warning(self, session: WriteSession, run: Run, detail: str) -> None:
        self.warned.append((run.public_id, detail))

    def add_run(self, name: str = "a run", lease_owner: str | None = None) -> uuid.UUID:
        with self.database.write() as session:
            project = projects.ensure_default(session)
            lease_until = None
            if lease_owner:
                from datetime import timedelta

                lease_until = repository.clock(session) + timedelta(seconds=30)
            run = service.create_run(
                session,
                project_id=project.id,
                kind=RunKind.LOAD_TEST,
                name=name,
                spec={},
                planned_duration_s=10,
                timeout_s=60,
                home=self.home,
                lease_owner=lease_owner,
                lease_until=lease_until,
            )
            return run.public_id

    def get(self, run_id: uuid.UUID) -> Run:
        with self.database.read() as session:
            return service.get_run(session, run_id)

    def stop(self, run_id: uuid.UUID, reason: StopReason = StopReason.USER) -> None:
        with self.database.write() as session:
            run = service.get_run(session, run_id)
            service.request_stop(session, run, reason, f"Stopped by {reason.value}")

    def passes(self, count: int = 1) -> None:
        async def go() -> None:
            for _ in range(count):
                await self.reconciler.tick()

        asyncio.run(go())

    def name(self, run_id: uuid.UUID) -> str:
        return f"bw-{run_id}-1"
