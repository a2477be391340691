from __future__ import annotations

import datetime as dt
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from benchwright.access.models import Secret
from benchwright.loadtests import service as loadtests
from benchwright.runs.models import RunEvent
from benchwright.runs.state import UNFINISHED
from benchwright.schedules import service, watching
from benchwright.schedules.models import Outcome, Schedule, WhenBusy, WhenMissed
from benchwright.schedules.targets import hosts_of_run
from benchwright.schedules.watching import ScheduleWatcher
from tests.schedules.conftest import NOON, Servers

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_firing_becomes_a_run_that_says_what_started_it(servers: Servers) -> None:
    key = servers.schedule("0 13 * * *", name="Nightly", zone="Asia/Seoul")
    watcher = servers.watcher()
    assert watcher.tick()
    assert servers.runs() == []
    servers.clock.at = dt.datetime(2027, 1, 5, 4, 0, 1, tzinfo=dt.UTC)
    woken: list[str] = []
    servers.lab.wake = lambda: woken.append("woken")
    watcher.tick()
    watcher.tick()
    (run,) = servers.runs()
    assert woken == ["woken"]
    assert run.spec["addresses"] == ["http://127.0.0.1:9"]
    (firing,) = servers.firings(key)
    assert (firing.outcome, firing.run_id, firing.reason) == (Outcome.STARTED, run.id, "")
    assert servers.get(key).next_fire_at == dt.datetime(2027, 1, 6, 4, tzinfo=dt.UTC)
    with servers.database.read() as session:
        events = session.scalars(select(RunEvent).where(RunEvent.run_id == run.id))
        told = [event.message for event in events if event.type == "schedule"]
    assert told == ["Started by the schedule “Nightly” for 2027-01-05 13:00 (Asia/Seoul)"]


@ONE_DATABASE
def test_once_is_once(servers: Servers) -> None:
    key = servers.schedule(None, once_at=NOON + dt.timedelta(minutes=5))
    watcher = servers.watcher()
    for _ in range(20):
        servers.clock.forward(minutes=1)
        watcher.tick()
        servers.end_runs()
    assert servers.outcomes(key) == [("04 12:05", "started")]
    assert servers.get(key).next_fire_at is None


@ONE_DATABASE
def test_missed_firings_are_told_and_skipped(servers: Servers) -> None:
    key = servers.schedule()
    servers.watcher().tick()
    servers.clock.forward(hours=3, minutes=30)
    servers.watcher().tick()
    assert servers.outcomes(key) == [
        ("04 13:00", "missed"), ("04 14:00", "missed"), ("04 15:00", "missed"),
    ]  # fmt: skip
    assert servers.firings(key)[0].reason == (
        "No server watched the schedules from 2027-01-04 12:00:00 to 2027-01-04 15:30:00 UTC"
    )
    assert servers.runs() == []


@ONE_DATABASE
def test_the_last_missed_firing_is_made_up_for_where_that_is_wanted(servers: Servers) -> None:
    key = servers.schedule(missed=WhenMissed.RUN_LATE)
    servers.watcher().tick()
    servers.clock.forward(hours=2, minutes=30)
    servers.watcher().tick()
    assert servers.outcomes(key) == [("04 13:00", "missed"), ("04 14:00", "started")]
    assert servers.firings(key)[1].reason.startswith("Started 1800 s late: no server watched")
    assert len(servers.runs()) == 1


@ONE_DATABASE
def test_very_many_missed_firings_share_a_line(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = servers.schedule("* * * * *", missed=WhenMissed.RUN_LATE)
    servers.watcher().tick()
    monkeypatch.setattr(watching, "MOST_AT_ONCE", 1000)
    servers.clock.forward(days=1, seconds=30)
    watcher = servers.watcher()
    for _ in range(3):
        watcher.tick()
    lines = servers.firings(key)
    assert sum(line.fire_count for line in lines) == 24 * 60
    assert len(lines) < 250
    assert [line.outcome for line in lines if line.outcome is not Outcome.MISSED] == ["started"]
    assert lines[-1].outcome is Outcome.STARTED


def test_two_load_tests_of_one_target_never_run_together(servers: Servers) -> None:
    first = servers.schedule(test=servers.load_test("A", "http://127.0.0.1:9/a"))
    second = servers.schedule(test=servers.load_test("B", "http://127.0.0.1:9/b"))
    other = servers.schedule(test=servers.load_test("C", "http://127.0.0.1:10"))
    servers.clock.forward(hours=1)
    servers.watcher().tick()
    assert [servers.outcomes(key)[0][1] for key in (first, second, other)] == [
        "started", "skipped", "started",
    ]  # fmt: skip
    assert "the run “A” (" in servers.firings(second)[0].reason


@ONE_DATABASE
def test_a_firing_may_wait_for_its_target(servers: Servers) -> None:
    key = servers.schedule("0 13,14 * * *", busy=WhenBusy.WAIT)
    watcher = servers.watcher()
    servers.schedule("59 12 * * *", name="first")
    servers.clock.forward(minutes=59)
    watcher.tick()
    servers.clock.forward(minutes=1)
    watcher.tick()
    servers.clock.forward(minutes=20)
    watcher.tick()
    assert servers.outcomes(key) == [("04 13:00", "waiting")]
    servers.end_runs()
    watcher.tick()
    assert servers.outcomes(key) == [("04 13:00", "started")]
    assert servers.firings(key)[0].reason.startswith("It waited first. Its target was busy")
    assert len(servers.runs()) == 2


@ONE_DATABASE
def test_nothing_waits_for_ever_and_only_one_waits(servers: Servers) -> None:
    servers.schedule("59 12 * * *", name="first")
    key = servers.schedule("*/30 13 * * *", busy=WhenBusy.WAIT)
    watcher = servers.watcher()
    for _ in range(13):
        servers.clock.forward(minutes=10)
        watcher.tick()
        servers.clock.at = servers.clock.at.replace(minute=servers.clock.at.minute // 10 * 10 + 0)
    watcher.tick()
    found = servers.firings(key)
    assert [f.outcome for f in found] == [Outcome.SKIPPED, Outcome.SKIPPED]
    assert found[0].reason.startswith("It waited longer than 3600 s. Its target was busy")
    assert found[1].reason == "The firing of 2027-01-04 13:00 (UTC) still waits"


@ONE_DATABASE
def test_pausing_gives_up_what_waits_and_resuming_makes_up_for_nothing(servers: Servers) -> None:
    key = servers.schedule(busy=WhenBusy.WAIT)
    servers.schedule("59 12 * * *")
    watcher = servers.watcher()
    for minutes in (59, 1):
        servers.clock.forward(minutes=minutes)
        watcher.tick()
    with servers.database.write() as session:
        service.pause_schedule(session, session.get_one(Schedule, key))
    servers.end_runs()
    servers.clock.forward(hours=5)
    watcher.tick()
    assert servers.outcomes(key) == [("04 13:00", "skipped")]
    with servers.database.write() as session:
        service.resume_schedule(session, session.get_one(Schedule, key))
    assert servers.get(key).next_fire_at == NOON + dt.timedelta(hours=7)


@ONE_DATABASE
def test_what_only_fails_pauses_itself(servers: Servers) -> None:
    plan = {
        "name": "Secret", "base_url": "http://127.0.0.1:9", "authorisation": {"secret": "TOKEN"},
        "scenarios": [{"name": "a", "path": "/a", "executor": "constant-vus", "duration": "5s"}],
    }  # fmt: skip
    with servers.database.write() as session:
        session.add(Secret(project_id=1, name="TOKEN", ciphertext="x", fingerprint="x"))
        test = loadtests.create_load_test(session, "default", plan).public_id
    key = servers.schedule(test=test)
    with servers.database.write() as session:
        session.delete(session.scalars(select(Secret)).one())
    watcher = servers.watcher()
    for _ in range(5):
        servers.clock.forward(hours=1)
        watcher.tick()
    assert servers.outcomes(key) == [(f"04 {hour}:00", "failed") for hour in (13, 14, 15)]
    schedule = servers.get(key)
    assert schedule.pause_reason.startswith(
        "It could not start 3 times in a row. The project lacks"
    )
    assert schedule.next_fire_at is None


@ONE_DATABASE
def test_a_deleted_load_test_is_not_tried_again(servers: Servers) -> None:
    test = servers.load_test()
    key = servers.schedule(test=test)
    with servers.database.write() as session:
        loadtests.delete_load_test(session, loadtests.get_load_test(session, test))
    servers.clock.forward(hours=1)
    servers.watcher().tick()
    assert servers.outcomes(key) == [("04 13:00", "failed")]
    assert servers.get(key).pause_reason.endswith("Its load test was deleted")


@ONE_DATABASE
def test_a_fault_of_one_schedule_does_not_hold_up_the_others(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = (
        servers.schedule(test=servers.load_test(n, f"http://127.0.0.1:{p}"))
        for n, p in (("A", 9), ("B", 10))
    )
    with servers.database.write() as session:
        session.get_one(Schedule, broken).zone = "Mars/Olympus"
    servers.clock.forward(hours=1)
    servers.watcher().tick()
    assert [servers.outcomes(key) for key in (broken, fine)] == [[], [("04 13:00", "started")]]


class Killed(BaseException):
    """As `kill -9` at a named point: nothing after it happens."""


def test_being_killed_in_the_middle_of_a_firing_gives_one_run(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = servers.schedule(missed=WhenMissed.RUN_LATE)
    servers.clock.forward(hours=1)

    def kill_at(point: str) -> None:
        def crash(name: str) -> None:
            if name == point:
                raise Killed

        monkeypatch.setattr(watching, "crash_point", crash)

    kill_at("before_firing")
    with pytest.raises(Killed):
        servers.watcher().tick()
    assert (servers.runs(), servers.firings(key)) == ([], [])
    kill_at("after_firing")
    with pytest.raises(Killed):
        servers.watcher().tick()
    for number in (0, 1):
        servers.clock.forward(seconds=31)
        servers.watcher(number).tick()
    assert len(servers.runs()) == len(servers.firings(key)) == 1


def test_of_two_servers_one_fires_and_the_other_takes_over(servers: Servers) -> None:
    key = servers.schedule()
    first, second = servers.watcher(0), servers.watcher(1)
    assert (first.tick(), second.tick()) == (True, False)
    servers.clock.forward(hours=1)
    assert first.tick()
    assert not second.tick()
    servers.end_runs()
    servers.clock.forward(hours=1)
    assert second.tick()
    assert not first.tick()
    second.let_go()
    assert first.tick()
    assert [outcome for _, outcome in servers.outcomes(key)] == ["started", "started"]


def test_servers_that_fire_at_the_same_moment_start_one_run(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both believe that the watch is theirs: the row is locked anew for each firing."""
    keys = [servers.schedule(test=servers.load_test(str(n))) for n in range(4)]
    watchers = [servers.watcher(0), servers.watcher(1)]
    servers.clock.forward(hours=1)
    monkeypatch.setattr(ScheduleWatcher, "_is_held_by_another", lambda *_: False)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            list(pool.map(lambda watcher: watcher.tick(), watchers))
    assert len(servers.runs()) == 1
    outcomes = [servers.outcomes(key) for key in keys]
    assert sorted(one[0][1] for one in outcomes) == ["skipped"] * 3 + ["started"]
    assert all(len(one) == 1 for one in outcomes)


@ONE_DATABASE
def test_a_clock_that_is_put_back_doubles_nothing(servers: Servers) -> None:
    key = servers.schedule()
    watcher = servers.watcher()
    servers.clock.forward(hours=1)
    watcher.tick()
    servers.end_runs()
    servers.clock.forward(hours=-1)
    with servers.database.write() as session:
        schedule = session.get_one(Schedule, key)
        service.pause_schedule(session, schedule)
        service.resume_schedule(session, schedule)
    servers.clock.forward(hours=1)
    watcher.tick()
    assert servers.outcomes(key) == [("04 13:00", "started")]
    assert servers.get(key).next_fire_at == NOON + dt.timedelta(hours=2)


class AnyOrder(RuleBasedStateMachine):
    """Servers start, die and look at any time; runs end when they like."""

    servers: Servers
    numbers = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.clock = self.servers.clock
        self.clock.at = NOON + dt.timedelta(days=400 * next(self.numbers))
        self.servers.end_runs()
        with self.servers.database.write() as session:
            for schedule in session.scalars(select(Schedule)):
                session.delete(schedule)
        self.started_at = self.clock.at
        self.watchers = [self.servers.watcher(0), self.servers.watcher(1)]
        self.keys = [
            self.servers.schedule(
                cron, test=self.servers.load_test(cron, f"http://127.0.0.1:{port}"),
                missed=missed, busy=busy, zone=zone,
            )
            for cron, port, missed, busy, zone in (
                ("*/20 * * * *", 9, WhenMissed.RUN_LATE, WhenBusy.WAIT, "UTC"),
                ("*/30 * * * *", 9, WhenMissed.SKIP, WhenBusy.SKIP, "Asia/Kolkata"),
                ("0 * * * *", 10, WhenMissed.RUN_LATE, WhenBusy.SKIP, "Europe/Berlin"),
            )
        ]  # fmt: skip

    @rule(server=st.integers(0, 1), times=st.integers(1, 2))
    def look(self, server: int, times: int) -> None:
        for _ in range(times):
            self.watchers[server].tick()

    @rule(minutes=st.sampled_from([0.1, 0.5, 5, 19, 20, 61, 300]))
    def pass_time(self, minutes: float) -> None:
        self.clock.forward(minutes=minutes)

    @rule(seconds=st.integers(1, 4000))
    def put_the_clock_back(self, seconds: int) -> None:
        self.clock.at = max(self.clock.at - dt.timedelta(seconds=seconds), self.started_at)

    @rule(server=st.integers(0, 1))
    def restart(self, server: int) -> None:
        self.watchers[server] = self.servers.watcher(server)

    @rule(server=st.integers(0, 1))
    def let_go(self, server: int) -> None:
        self.watchers[server].let_go()

    @rule()
    def end_runs(self) -> None:
        self.servers.end_runs()

    @invariant()
    def never_two_at_once_on_one_target(self) -> None:
        targets = [
            host
            for run in self.servers.runs()
            if run.state in UNFINISHED
            for host in hosts_of_run(run.spec)
        ]
        assert len(targets) == len(set(targets))

    @invariant()
    def every_firing_has_its_place(self) -> None:
        """From the first to the next one, each time stands in exactly one line."""
        for key in self.keys:
            schedule = self.servers.get(key)
            assert schedule.next_fire_at is not None
            times = service.timing_of(schedule).after(self.started_at)
            expected = list(itertools.takewhile(lambda t, n=schedule.next_fire_at: t < n, times))  # type: ignore[misc]  # bound now
            lines = self.servers.firings(key)
            assert sum(line.fire_count for line in lines) == len(expected)
            single = {line.fire_at for line in lines if line.fire_count == 1}
            assert single <= set(expected)
            assert len({line.run_id for line in lines} - {None}) == sum(
                line.outcome is Outcome.STARTED for line in lines
            )


@ONE_DATABASE
def test_in_any_order_nothing_is_lost_or_doubled(servers: Servers) -> None:
    machine: Any = type("Machine", (AnyOrder,), {"servers": servers})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=10, stateful_step_count=20, deadline=None)
    )
