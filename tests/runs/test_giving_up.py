"""Runs whose target never comes back: a user ends them, and what is found later goes."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from benchwright.executors.port import LaunchSpec
from benchwright.kit.db import Database
from benchwright.kit.errors import Conflict
from benchwright.runs import repository, service
from benchwright.runs.giving_up import give_up, place_of
from benchwright.runs.patience import Patience
from benchwright.runs.state import RunState
from tests.runs.harness import Harness


@pytest.fixture
def harness(database: Database, data_dir: Path) -> Harness:
    return Harness(database, data_dir)


def ask(harness: Harness, run_id: uuid.UUID) -> None:
    with harness.database.write() as session:
        give_up(session, service.get_run(session, run_id))


def events(harness: Harness, run_id: uuid.UUID) -> list[str]:
    with harness.database.read() as session:
        found = repository.list_events(session, harness.get(run_id).id, 0, 100)
        return [event.to_state or event.type for event in found]


def add_running(harness: Harness) -> uuid.UUID:
    run_id = harness.add_run()
    harness.passes(4)
    assert harness.get(run_id).state is RunState.RUNNING
    return run_id


def clean_up(harness: Harness) -> None:
    asyncio.run(harness.reconciler._driver.clean_up())


def test_a_run_on_a_target_that_stays_away_is_lost_with_what_is_here(harness: Harness) -> None:
    run_id = add_running(harness)
    clean_up(harness)  # so that the next one has a reason of its own
    harness.executor.reachable = False
    harness.passes()
    harness.stop(run_id)
    harness.passes(3)
    stale_since = harness.get(run_id).stale_since
    assert stale_since is not None
    ask(harness, run_id)
    ask(harness, run_id)
    harness.passes(2)
    run = harness.get(run_id)
    assert (run.state, run.exit_code, run.stale_since) == (RunState.LOST, None, None)
    since = f"{stale_since:%Y-%m-%d %H:%M} UTC"
    assert run.reason == f"Given up by a user: this machine cannot be reached since {since}"
    assert run.workload_ended_at == stale_since
    assert harness.ended == [(run_id, RunState.LOST)]
    assert harness.measurements.sealed == [run_id]
    with harness.database.read() as session:
        assert len(repository.list_results(session, run)) == 1
    assert events(harness, run_id) == [
        "queued", "launching", "running", "stale", "stop", "given_up", "collecting", "lost",
    ]  # fmt: skip
    clean_up(harness)
    assert list(harness.executor.workloads) == [harness.name(run_id)], "it may still run there"
    harness.executor.reachable = True
    clean_up(harness)
    assert harness.executor.workloads == {}


def test_the_next_run_gets_the_place(harness: Harness) -> None:
    given_up = add_running(harness)
    waiting = harness.add_run()
    harness.executor.reachable = False
    harness.passes()
    ask(harness, given_up)
    harness.passes(3)
    harness.executor.reachable = True
    harness.passes(4)
    assert harness.get(waiting).state is RunState.RUNNING


def test_a_launch_may_be_given_up_too(harness: Harness) -> None:
    harness.executor.reachable = False
    run_id = harness.add_run()
    harness.passes(3)
    clean_up(harness)
    # As if the answer to its creation had been lost.
    spec = LaunchSpec(harness.name(run_id), ["true"], Path(), Path("log"))
    harness.executor.reachable = True
    asyncio.run(harness.executor.create(spec))
    harness.executor.reachable = False
    ask(harness, run_id)
    harness.passes(2)
    run = harness.get(run_id)
    assert (run.state, run.started_at, run.handle) == (RunState.LOST, None, None)
    harness.executor.reachable = True
    clean_up(harness)
    assert harness.executor.workloads == {}


def test_results_that_cannot_be_fetched_may_be_given_up(harness: Harness) -> None:
    run_id = add_running(harness)
    harness.executor.exit(harness.name(run_id), 0)
    asyncio.run(harness.reconciler.tick())
    assert harness.get(run_id).state is RunState.COLLECTING
    harness.executor.reachable = False
    harness.passes(3)
    assert harness.get(run_id).state is RunState.COLLECTING
    ask(harness, run_id)
    harness.passes()
    run = harness.get(run_id)
    assert run.state is RunState.LOST
    assert run.reason.startswith("Given up by a user")


def test_a_failure_of_our_own_says_nothing_of_the_target(
    database: Database, data_dir: Path
) -> None:
    harness = Harness(database, data_dir, patience=Patience(max_collect_retries=9))
    run_id = add_running(harness)
    harness.executor.exit(harness.name(run_id), 0)
    asyncio.run(harness.reconciler.tick())
    harness.executor.reachable = False
    harness.passes()
    assert harness.get(run_id).stale_since is not None
    harness.executor.reachable = True
    harness.measurements.seal_faults = 1
    harness.passes()
    assert harness.get(run_id).stale_since is None
    with pytest.raises(Conflict, match="not out of reach"):
        ask(harness, run_id)


def test_a_target_that_answers_first_makes_it_void(harness: Harness) -> None:
    run_id = add_running(harness)
    harness.executor.reachable = False
    harness.passes()
    ask(harness, run_id)
    harness.executor.reachable = True
    harness.passes()
    run = harness.get(run_id)
    assert (run.state, run.given_up, run.stale_since) == (RunState.RUNNING, "", None)
    harness.executor.reachable = False
    harness.passes(2)
    assert harness.get(run_id).state is RunState.RUNNING, "that was asked before"
    harness.executor.reachable = True
    harness.executor.exit(harness.name(run_id), 0)
    harness.passes(2)
    assert harness.get(run_id).state is RunState.SUCCEEDED


def test_only_an_unfinished_run_that_is_out_of_reach_is_given_up(harness: Harness) -> None:
    run_id = harness.add_run()
    with pytest.raises(Conflict, match="not out of reach"):
        ask(harness, run_id)
    harness.stop(run_id)
    harness.passes()
    with pytest.raises(Conflict, match="has ended"):
        ask(harness, run_id)
    assert "given_up" not in events(harness, run_id)


def test_a_place_has_a_name() -> None:
    assert place_of("local") == "this machine"
    assert place_of("docker:lab-2") == "lab-2"
