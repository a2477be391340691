"""Servers with one database and one clock that tests set."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from benchwright.installation import open_installation
from benchwright.kit.db import Database, ReadSession
from benchwright.loadtests import service as loadtests
from benchwright.runs.models import Run
from benchwright.runs.state import TRANSITIONS, RunState
from benchwright.runs.transitions import transition
from benchwright.schedules import service
from benchwright.schedules.models import Schedule, ScheduleFiring, WhenBusy, WhenMissed
from benchwright.schedules.schemas import ScheduleWrite
from benchwright.schedules.watching import ScheduleWatcher
from benchwright.settings import Settings

NOON = dt.datetime(2027, 1, 4, 12, 0, tzinfo=dt.UTC)
"""A Monday."""


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self, _session: ReadSession | None = None) -> dt.datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += dt.timedelta(**span)


class Servers:
    """Some servers of one database; `start` makes another, or one anew after it was killed."""

    def __init__(self, url: str, folder: Path, clock: Clock) -> None:
        self._url, self._folder, self.clock = url, folder, clock
        self.labs = [self._open("first")]
        self.lab = self.labs[0]

    def _open(self, name: str) -> Any:
        values = {"data_dir": self._folder / name, "database_url": self._url}
        return open_installation(Settings.model_validate(values)).lab

    @property
    def database(self) -> Database:
        return cast("Database", self.lab.database)

    def watcher(self, number: int = 0) -> ScheduleWatcher:
        if number == len(self.labs):
            self.labs.append(self._open(f"server-{number}"))
        return ScheduleWatcher(self.labs[number], now=self.clock)

    def load_test(self, name: str = "Shop", base_url: str = "http://127.0.0.1:9") -> uuid.UUID:
        plan = {
            "name": name, "base_url": base_url,
            "scenarios": [{"name": "a", "path": "/a", "executor": "constant-vus", "duration": "5s"}],
        }  # fmt: skip
        with self.database.write() as session:
            return loadtests.create_load_test(session, "default", plan).public_id

    def schedule(
        self,
        cron: str | None = "0 * * * *",
        *,
        test: uuid.UUID | None = None,
        once_at: dt.datetime | None = None,
        missed: WhenMissed = WhenMissed.SKIP,
        busy: WhenBusy = WhenBusy.SKIP,
        **more: Any,
    ) -> int:
        """The key of a schedule that was made now, as the test's clock has it."""
        test = test or self.load_test()
        wish = ScheduleWrite(
            load_test=test, cron=cron, once_at=once_at, when_missed=missed, when_busy=busy, **more
        )
        with self.database.write() as session:
            load_test = loadtests.get_load_test(session, test)
            schedule = service.create_schedule(
                session, self.lab.settings.schedules, load_test, wish
            )
            return schedule.id

    def get(self, schedule_id: int) -> Schedule:
        with self.database.read() as session:
            return session.get_one(Schedule, schedule_id)

    def firings(self, schedule_id: int) -> list[ScheduleFiring]:
        query = select(ScheduleFiring).where(ScheduleFiring.schedule_id == schedule_id)
        with self.database.read() as session:
            return list(session.scalars(query.order_by(ScheduleFiring.fire_at)))

    def outcomes(self, schedule_id: int) -> list[tuple[str, str]]:
        return [(f"{f.fire_at:%d %H:%M}", f.outcome.value) for f in self.firings(schedule_id)]

    def runs(self) -> list[Run]:
        with self.database.read() as session:
            return list(session.scalars(select(Run).order_by(Run.id)))

    def end_runs(self) -> None:
        """Brings every run to its end."""
        way = [RunState.LAUNCHING, RunState.RUNNING, RunState.COLLECTING, RunState.SUCCEEDED]
        with self.database.write() as session:
            for run in session.scalars(select(Run).where(Run.ended_at.is_(None))):
                for state in way:
                    if state in TRANSITIONS[run.state]:
                        transition(session, run, state, "as the test wants it")

    def close(self) -> None:
        for lab in self.labs:
            lab.database.dispose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(service, "now", clock)
    return clock


@pytest.fixture
def servers(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Servers]:
    servers = Servers(database_url, tmp_path, clock)
    yield servers
    servers.close()
