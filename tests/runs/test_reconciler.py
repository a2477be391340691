"""The life of a run through the reconciler, with faults at every step."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import update

from benchwright.kit.db import Database, now
from benchwright.kit.errors import Conflict
from benchwright.runs import repository, service
from benchwright.runs.models import Run
from benchwright.runs.patience import Patience
from benchwright.runs.state import RunState, StopReason
from tests.runs.harness import Harness


@pytest.fixture
def harness(database: Database, data_dir: Path) -> Harness:
    return Harness(database, data_dir)


def test_a_run_from_queue_to_success(harness: Harness) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    assert harness.get(run_id).state is RunState.RUNNING
    harness.executor.exit(harness.name(run_id), 0)
    harness.passes(2)
    run = harness.get(run_id)
    assert (run.state, run.exit_code, run.verdict) == (RunState.SUCCEEDED, 0, "met")
    assert run.lease_owner is None
    assert run.warnings == ["a warning"]
    assert harness.executor.workloads == {}
    assert harness.ended == [(run_id, RunState.SUCCEEDED)]
    with harness.database.read() as session:
        events = repository.list_events(session, run.id, 0, 100)
        results = repository.list_results(session, run)
        artifacts = repository.list_artifacts(session, run)
    assert [event.to_state for event in events] == [
        "queued", "launching", "running", "collecting", "succeeded",
    ]  # fmt: skip
    assert [event.seq for event in events] == [1, 2, 3, 4, 5]
    assert [(r.metric, r.value) for r in results] == [("http_reqs", 3)]
    assert [a.path for a in artifacts] == ["inputs/script.js"]


def test_one_at_a_time_in_order(harness: Harness) -> None:
    first, second = harness.add_run("first"), harness.add_run("second")
    harness.passes(5)
    assert harness.get(first).state is RunState.RUNNING
    assert harness.get(second).state is RunState.QUEUED
    harness.executor.exit(harness.name(first), 0)
    harness.passes(6)
    assert harness.get(first).state is RunState.SUCCEEDED
    assert harness.get(second).state is RunState.RUNNING


def test_a_stop_before_the_start(harness: Harness) -> None:
    first, second = harness.add_run(), harness.add_run()
    harness.passes(4)
    harness.stop(second)
    harness.passes()
    assert harness.get(second).state is RunState.STOPPED
    assert harness.get(first).state is RunState.RUNNING


@pytest.mark.parametrize(
    "reason, outcome",
    [
        (StopReason.USER, RunState.STOPPED),
        (StopReason.TIMEOUT, RunState.TIMED_OUT),
        (StopReason.AUTO_STOP, RunState.SUCCEEDED),
    ],
)
def test_a_stop_ends_as_whoever_asked_intended(
    harness: Harness, reason: StopReason, outcome: RunState
) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    harness.stop(run_id, reason)
    harness.stop(run_id, StopReason.USER)  # asking again changes nothing
    harness.passes(2)
    assert harness.executor.workloads[harness.name(run_id)].stops[0] == 5
    harness.executor.exit(harness.name(run_id), 105)
    harness.passes(2)
    run = harness.get(run_id)
    assert (run.state, run.reason) == (outcome, f"Stopped by {reason.value}")
    with pytest.raises(Conflict):
        harness.stop(run_id)


def test_a_broken_rule_stops_the_run(harness: Harness) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    harness.measurements.breach = "Too many errors"
    harness.passes(2)
    run = harness.get(run_id)
    assert (run.stop_reason, run.stop_detail) == (StopReason.AUTO_STOP, "Too many errors")
    assert harness.executor.workloads[harness.name(run_id)].stops


def test_a_run_that_outlives_its_timeout_is_stopped(harness: Harness) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    workload = harness.executor.workloads[harness.name(run_id)]
    with harness.database.write() as session:
        early = now() - dt.timedelta(seconds=61)
        session.execute(update(Run).values(started_at=early))
    harness.passes()
    assert workload.stops
    assert harness.get(run_id).stop_reason is StopReason.TIMEOUT


def test_a_fault_of_the_preparation_fails_the_run_and_frees_the_place(harness: Harness) -> None:
    harness.workload.fault = "There is no k6 on this machine; install it."
    run_id, following = harness.add_run(), harness.add_run()
    harness.passes()
    run = harness.get(run_id)
    assert (run.state, run.reason) == (RunState.FAILED, harness.workload.fault)
    harness.workload.fault = ""
    harness.passes(4)
    assert harness.get(following).state is RunState.RUNNING


def test_no_run_starts_on_a_full_disk(database: Database, data_dir: Path) -> None:
    harness = Harness(database, data_dir, min_free_bytes=10**18)
    run_id = harness.add_run()
    harness.passes(2)
    run = harness.get(run_id)
    assert run.state is RunState.FAILED
    assert "free" in run.reason
    assert harness.executor.workloads == {}


def test_an_unreachable_target_is_stale_and_loses_nothing(harness: Harness) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    harness.executor.reachable = False
    harness.passes(5)
    run = harness.get(run_id)
    assert run.state is RunState.RUNNING
    assert run.stale_since is not None
    harness.executor.reachable = True
    harness.passes()
    assert harness.get(run_id).stale_since is None
    harness.executor.exit(harness.name(run_id), 0)
    harness.passes(2)
    assert harness.get(run_id).state is RunState.SUCCEEDED


def test_a_vanished_workload_is_lost_with_what_it_reported(harness: Harness) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    del harness.executor.workloads[harness.name(run_id)]
    harness.passes()
    assert harness.get(run_id).state is RunState.RUNNING
    harness.passes(2)
    run = harness.get(run_id)
    assert (run.state, run.exit_code) == (RunState.LOST, None)
    with harness.database.read() as session:
        assert len(repository.list_results(session, run)) == 1


def test_a_failed_collection_is_repeated(harness: Harness) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    harness.executor.exit(harness.name(run_id), 0)
    harness.measurements.seal_faults = 1
    harness.passes(2)
    assert harness.get(run_id).state is RunState.COLLECTING
    run = harness.get(run_id)
    assert (run.collect_attempts, run.collect_error) == (1, "OSError: No space left on device")
    with harness.database.write() as session:
        service.collect_again(session, service.get_run(session, run_id))
    harness.passes()
    assert harness.get(run_id).state is RunState.SUCCEEDED
    with harness.database.write() as session, pytest.raises(Conflict, match="not collecting"):
        service.collect_again(session, service.get_run(session, run_id))


def test_collecting_is_given_up_after_the_retries_that_are_allowed(
    database: Database, data_dir: Path
) -> None:
    harness = Harness(database, data_dir, patience=Patience(max_collect_retries=1))
    run_id = harness.add_run()
    harness.passes(4)
    harness.executor.exit(harness.name(run_id), 0)
    harness.measurements.seal_faults = 9
    harness.passes(3)
    assert harness.get(run_id).state is RunState.COLLECTING
    with database.write() as session:
        service.collect_again(session, service.get_run(session, run_id))
    harness.passes()
    run = harness.get(run_id)
    assert run.state is RunState.FAILED
    assert run.reason.startswith("Its results could not be collected, 2 times: OSError")
    assert harness.executor.workloads == {}
    assert harness.ended == [(run_id, RunState.FAILED)]


def test_a_long_run_is_warned_of_once_and_then_times_out(
    database: Database, data_dir: Path
) -> None:
    harness = Harness(database, data_dir, patience=Patience(warn_after_s=20))
    run_id = harness.add_run()
    harness.passes(4)
    assert harness.warned == []

    def started(seconds_ago: float) -> None:
        with database.write() as session:
            past = now() - dt.timedelta(seconds=seconds_ago)
            session.execute(update(Run).values(started_at=past))

    started(30)
    harness.passes(3)
    assert harness.warned == [(run_id, "It has been running for more than 20 s")]
    started(100)
    harness.passes(2)
    assert harness.get(run_id).stop_reason is StopReason.TIMEOUT
    harness.executor.exit(harness.name(run_id), 143)
    harness.passes(3)
    assert harness.get(run_id).state is RunState.TIMED_OUT
    assert len(harness.warned) == 1


def test_another_server_takes_over_only_when_the_lease_is_over(
    harness: Harness, database: Database, data_dir: Path
) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    other = Harness(database, data_dir, owner="server-2", executor=harness.executor)
    harness.executor.exit(harness.name(run_id), 0)
    other.passes(3)
    assert other.get(run_id).state is RunState.RUNNING
    with database.write() as session:
        past = now() - dt.timedelta(seconds=1)
        session.execute(update(Run).values(lease_until=past))
    other.reconciler._renew_at = 0
    other.passes(3)
    assert other.get(run_id).state is RunState.SUCCEEDED
    assert other.ended == [(run_id, RunState.SUCCEEDED)]


def test_a_run_of_another_machine_is_left_to_its_own_server(
    harness: Harness, database: Database, data_dir: Path
) -> None:
    running, queued = harness.add_run(), harness.add_run()
    harness.passes(4)
    with database.write() as session:
        session.execute(update(Run).values(lease_owner=None, lease_until=None))
    elsewhere = Harness(database, data_dir, owner="server-2", home="home-2")
    own = elsewhere.add_run()
    elsewhere.passes(6)
    # Where nobody knows the workload, nobody may conclude that it is lost.
    assert elsewhere.get(running).state is RunState.RUNNING
    assert elsewhere.get(queued).state is RunState.QUEUED
    assert elsewhere.get(own).state is RunState.RUNNING, "places are counted on each machine"


def test_who_lost_the_lease_writes_nothing(
    harness: Harness, database: Database, data_dir: Path
) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    with database.write() as session:
        session.execute(update(Run).values(lease_epoch=Run.lease_epoch + 1, lease_owner="server-2"))
    harness.executor.exit(harness.name(run_id), 0)
    harness.passes(3)
    assert harness.get(run_id).state is RunState.RUNNING


def test_a_restarted_server_goes_on_with_its_runs_at_once(
    harness: Harness, database: Database, data_dir: Path
) -> None:
    run_id = harness.add_run()
    harness.passes(4)
    again = Harness(database, data_dir, executor=harness.executor)
    harness.executor.exit(harness.name(run_id), 0)
    again.passes(3)
    assert again.get(run_id).state is RunState.SUCCEEDED


def test_a_reserved_run_is_left_to_its_holder(
    harness: Harness, database: Database, data_dir: Path
) -> None:
    run_id = harness.add_run(lease_owner="cli-1")
    harness.passes(3)
    assert harness.get(run_id).state is RunState.QUEUED
    holder = Harness(database, data_dir, owner="cli-1", only=run_id, executor=harness.executor)
    other = harness.add_run()
    holder.passes(4)
    assert holder.get(run_id).state is RunState.RUNNING
    assert holder.get(other).state is RunState.QUEUED


def test_results_with_the_same_key_replace_each_other(harness: Harness) -> None:
    run_id = harness.add_run()
    with harness.database.write() as session:
        run = service.get_run(session, run_id)
        row = ("", "m", "avg", 1.0, "ms", "lower")
        repository.put_results(session, run.id, [row, ("", "m", "avg", 2.0, "ms", "lower")])
        repository.put_results(session, run.id, [("", "m", "avg", 3.0, "s", "none")])
        assert [(r.value, r.unit) for r in repository.list_results(session, run)] == [(3.0, "s")]


def test_only_an_ended_run_is_deleted(harness: Harness) -> None:
    run_id = harness.add_run()
    with harness.database.write() as session, pytest.raises(Conflict):
        service.delete_run(session, service.get_run(session, run_id))
    harness.stop(run_id)
    harness.passes()
    with harness.database.write() as session:
        service.delete_run(session, service.get_run(session, run_id))
    with harness.database.read() as session:
        assert repository.find(session, run_id) is None
