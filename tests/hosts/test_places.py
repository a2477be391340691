"""How many runs a target takes, and that it is never one too many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from benchwright.hosts import repository
from benchwright.hosts.places import HostPlaces
from benchwright.kit.db import Database, now
from benchwright.runs import service as runs
from benchwright.runs.state import RunState
from tests.hosts.harness import add_host, add_run, get_run
from tests.services import databases

PLACES = HostPlaces("home", 2)


def free(database: Database, target: str, places: HostPlaces = PLACES) -> int:
    with database.read() as session:
        return places.count_free(session, target)


def test_places_are_what_runs_leave_of_the_capacity(database: Database) -> None:
    add_host(database, "gpu-1", capacity=3)
    add_run(database, "docker:gpu-1", RunState.RUNNING)
    add_run(database, "docker:gpu-1", RunState.LAUNCHING, home="another home")
    for state in (RunState.QUEUED, RunState.COLLECTING, RunState.SUCCEEDED):
        add_run(database, "docker:gpu-1", state)
    add_run(database, "local", RunState.RUNNING)
    assert free(database, "docker:gpu-1") == 1
    assert free(database, "local") == 1
    add_run(database, "local", RunState.RUNNING, home="another home")
    assert free(database, "local") == 1


@pytest.mark.parametrize(
    "values",
    [{"is_drained": True}, {"unreachable_since": now()}, {"seen_at": None}],
    ids=["drained", "away", "never seen"],
)
def test_a_host_that_is_shut_or_away_has_none(
    database: Database, values: dict[str, object]
) -> None:
    add_host(database, "gpu-1", capacity=3, **values)
    assert free(database, "docker:gpu-1") == 0


def test_what_nobody_knows_has_none(database: Database) -> None:
    assert [free(database, target) for target in ("docker:gone", "stream", "moon")] == [0, 0, 0]


def test_containers_and_processes_of_this_machine_exclude_each_other_if_it_is_exclusive(
    database: Database,
) -> None:
    add_host(database, "local", capacity=4, is_exclusive=True)
    assert (free(database, "local"), free(database, "docker:local")) == (1, 1)
    add_run(database, "local", RunState.RUNNING)
    assert (free(database, "local"), free(database, "docker:local")) == (0, 0)


def test_without_exclusivity_they_have_places_of_their_own(database: Database) -> None:
    add_host(database, "local", capacity=1)
    add_run(database, "docker:local", RunState.RUNNING)
    assert (free(database, "local"), free(database, "docker:local")) == (2, 0)
    add_run(database, "docker:local", RunState.RUNNING, home="another home")
    assert free(database, "docker:local") == 0


def test_two_claims_at_once_do_not_share_the_last_place(database: Database) -> None:
    add_host(database, "local", is_exclusive=True)
    run_ids = [add_run(database, target) for target in ("local", "docker:local") * 3]
    barrier = threading.Barrier(len(run_ids), timeout=60)

    def claim(index: int) -> None:
        barrier.wait()
        with database.write() as session:
            run = runs.get_run(session, run_ids[index])
            if PLACES.count_free(session, run.target) > 0:
                run.state = RunState.LAUNCHING

    threads = [threading.Thread(target=claim, args=(index,)) for index in range(len(run_ids))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    states = [get_run(database, run_id).state for run_id in run_ids]
    assert states.count(RunState.LAUNCHING) == 1


TARGETS = ["local", "docker:local", "docker:a", "docker:b"]


class Machine(RuleBasedStateMachine):
    """Whatever is added, drained and ended: no host ever has more runs than it may."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        with self.database.write() as session:
            for table in ("run_event", "run", "host"):
                session.connection().exec_driver_sql(f"DELETE FROM {table}")
        add_host(self.database, "local", capacity=2)
        add_host(self.database, "a", capacity=1)
        add_host(self.database, "b", capacity=3)
        self.places = HostPlaces("home", 2)
        self.allowed: dict[str, int] = {}

    @rule(place=st.sampled_from(TARGETS))
    def launch(self, place: str) -> None:
        """As the reconciler does: asks, and takes the place in the same transaction."""
        run_id = add_run(self.database, place)
        with self.database.write() as session:
            if self.places.count_free(session, place) > 0:
                runs.get_run(session, run_id).state = RunState.RUNNING
            else:
                runs.get_run(session, run_id).state = RunState.STOPPED

    @rule(place=st.sampled_from(TARGETS))
    def end_all(self, place: str) -> None:
        with self.database.write() as session:
            for run in repository.unfinished_of(session, [place], 100):
                run.state = RunState.SUCCEEDED

    @rule(name=st.sampled_from(["local", "a", "b"]), is_drained=st.booleans())
    def drain(self, name: str, is_drained: bool) -> None:
        with self.database.write() as session:
            host = repository.find(session, name)
            assert host is not None
            host.is_drained = is_drained

    @rule(name=st.sampled_from(["local", "a", "b"]))
    def make_exclusive(self, name: str) -> None:
        """Only while nothing runs there: what runs is not ended for it."""
        targets = [f"docker:{name}"] + (["local"] if name == "local" else [])
        with self.database.write() as session:
            host = repository.find(session, name)
            assert host is not None
            if not repository.count_occupying(session, targets, None):
                host.is_exclusive = True

    @invariant()
    def nobody_is_crowded(self) -> None:
        with self.database.read() as session:
            hosts = {host.name: host for host in repository.list_hosts(session)}
            taken = {t: repository.count_occupying(session, [t], None) for t in TARGETS}
            for name, host in hosts.items():
                assert taken[host.target] <= (1 if host.is_exclusive else host.capacity)
                assert self.places.count_free(session, host.target) >= 0
                assert not host.is_drained or not self.places.count_free(session, f"docker:{name}")
            assert taken["local"] <= 2
            if hosts["local"].is_exclusive:
                assert taken["local"] + taken["docker:local"] <= 1


@pytest.fixture
def quick_database(tmp_path: Path) -> Iterator[Database]:
    database = Database(databases._copy_sqlite(tmp_path))
    yield database
    database.dispose()


def test_no_host_ever_has_more_runs_than_it_may(quick_database: Database) -> None:
    Machine.database = quick_database
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
    )
