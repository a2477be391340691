"""Targets that are away, slow to launch, or left with something."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchwright.executors.fake import FakeExecutor
from benchwright.executors.port import Handle, OutOfReach
from benchwright.kit.db import Database
from benchwright.runs import repository
from benchwright.runs.leftovers import remove_leftovers
from benchwright.runs.state import RunState
from tests.runs.harness import Harness

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def harness(database: Database, data_dir: Path) -> Harness:
    return Harness(database, data_dir)


def event_types(harness: Harness, run_id: object) -> list[str]:
    with harness.database.read() as session:
        run = harness.get(run_id)  # type: ignore[arg-type]  # an id
        return [event.type for event in repository.list_events(session, run.id, 0, 100)]


def test_a_target_that_is_away_at_the_launch_fails_no_run(harness: Harness) -> None:
    harness.executor.reachable = False
    run_id = harness.add_run()
    harness.passes(5)
    run = harness.get(run_id)
    assert run.state is RunState.LAUNCHING
    assert run.stale_since is not None
    harness.executor.reachable = True
    harness.passes(4)
    run = harness.get(run_id)
    assert (run.state, run.stale_since) == (RunState.RUNNING, None)
    assert harness.executor.workloads[harness.name(run_id)].starts == 1
    assert [kind for kind in event_types(harness, run_id) if kind != "state"] == ["stale", "seen"]


def test_nobody_asks_a_silent_target_without_a_pause(harness: Harness) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    harness.executor.reachable = False
    assert asyncio.run(harness.reconciler.tick()) is False
    harness.executor.reachable = True
    harness.stop(run_id)
    assert asyncio.run(harness.reconciler.tick()) is False, "a stop takes its time"


def test_a_launch_that_takes_its_time_tells_how_far_it_is(harness: Harness) -> None:
    run_id = harness.add_run()
    for share in ("7%", "43%"):
        harness.executor.pending = f"Pulling the image a:1: {share}"
        harness.passes(2)
        run = harness.get(run_id)
        assert (run.state, run.reason) == (RunState.LAUNCHING, harness.executor.pending)
    harness.executor.pending = ""
    harness.passes(3)
    assert harness.get(run_id).state is RunState.RUNNING
    assert event_types(harness, run_id).count("launch") == 1


def test_a_launch_can_be_stopped_before_anything_is_there(harness: Harness) -> None:
    run_id = harness.add_run()
    harness.executor.pending = "Pulling the image a:1"
    harness.passes(2)
    harness.stop(run_id)
    harness.passes()
    assert harness.get(run_id).state is RunState.STOPPED
    assert harness.executor.workloads == {}


def test_a_stop_between_creation_and_its_note_leaves_nothing_behind(harness: Harness) -> None:
    run_id = harness.add_run()
    harness.executor.pending = "Pulling the image a:1"
    harness.passes(2)
    harness.executor.pending = ""
    # As if the server had been killed before it kept the handle.
    from benchwright.executors.port import LaunchSpec

    spec = LaunchSpec(harness.name(run_id), ["true"], Path(), Path("log"))
    asyncio.run(harness.executor.create(spec))
    harness.stop(run_id)
    harness.executor.reachable = False
    harness.passes(2)
    assert harness.get(run_id).state is RunState.LAUNCHING, "nobody knows what is there"
    harness.executor.reachable = True
    harness.passes()
    assert harness.get(run_id).state is RunState.STOPPED
    assert harness.executor.workloads == {}


class Forgetful(FakeExecutor):
    """Goes away exactly when it should clean up."""

    is_away = True

    async def remove(self, handle: Handle) -> None:
        if self.is_away:
            raise OutOfReach("The line is cut")
        await super().remove(handle)


def test_what_could_not_be_removed_is_removed_later(database: Database, data_dir: Path) -> None:
    executor = Forgetful()
    harness = Harness(database, data_dir, executor=executor)
    run_id = harness.add_run()
    harness.passes(4)
    executor.exit(harness.name(run_id), 0)
    harness.passes(2)
    assert harness.get(run_id).state is RunState.SUCCEEDED
    driver = harness.reconciler._driver
    asyncio.run(driver.clean_up())
    assert list(executor.workloads) == [harness.name(run_id)]
    executor.is_away = False
    asyncio.run(driver.clean_up())
    assert executor.workloads == {}


def test_a_target_that_is_away_keeps_no_other_from_being_cleaned(
    database: Database, data_dir: Path
) -> None:
    harness = Harness(database, data_dir)
    run_id = harness.add_run()
    harness.passes(4)
    harness.executor.exit(harness.name(run_id), 0)
    spec = harness.executor.workloads[harness.name(run_id)].spec
    harness.passes(2)
    asyncio.run(harness.executor.create(spec))
    away = FakeExecutor()
    away.reachable = False
    targets = {"docker:away": away, "local": harness.executor}
    assert asyncio.run(remove_leftovers(database, targets)) == (1, False)
    assert harness.executor.workloads == {}
