"""Why a queued run waits, in words."""

from __future__ import annotations

import uuid

from benchwright.hosts.waiting import Waiting, explain, explain_all
from benchwright.kit.db import Database, now
from benchwright.runs.state import RunState
from tests.hosts.harness import add_host, add_run, get_run


def why(database: Database, run_id: uuid.UUID) -> Waiting | None:
    run = get_run(database, run_id)
    with database.read() as session:
        return explain(session, run)


def said(database: Database, run_id: uuid.UUID) -> tuple[str, str]:
    waiting = why(database, run_id)
    assert waiting is not None
    return waiting.text, waiting.place


def test_the_state_of_the_host_comes_first(database: Database) -> None:
    at = now()
    add_host(database, "shut", is_drained=True)
    add_host(database, "away", is_drained=True, unreachable_since=at)
    add_host(database, "new", seen_at=None)
    for name, words in (
        ("shut", "shut is drained: nothing new begins there"),
        ("away", "away cannot be reached since"),
        ("new", "new was not looked at yet"),
        ("gone", "The host gone was removed: stop this run"),
    ):
        run_id = add_run(database, f"docker:{name}")
        assert said(database, run_id) == (words, "")
    waiting = why(database, add_run(database, "docker:away"))
    assert waiting is not None
    assert (waiting.since, waiting.host) == (at, "away")
    assert waiting.place == "1 run is before it"


def test_then_who_is_there_and_who_comes_before(database: Database) -> None:
    add_host(database, "gpu-1", capacity=2)
    first = add_run(database, "docker:gpu-1")
    assert why(database, first) is None
    add_run(database, "docker:gpu-1", RunState.RUNNING, name="Training")
    assert why(database, first) is None
    second, third = add_run(database, "docker:gpu-1"), add_run(database, "docker:gpu-1")
    assert said(database, second) == ("gpu-1 is busy with “Training”", "1 run is before it")
    add_run(database, "docker:gpu-1", RunState.LAUNCHING)
    with database.read() as session:
        found = explain_all(session, [get_run(database, one) for one in (first, second, third)])
    assert [waiting.before for waiting in found.values()] == [0, 1, 2]
    assert said(database, third) == ("gpu-1 is busy with 2 runs", "2 runs are before it")


def test_processes_of_this_machine_and_its_containers(database: Database) -> None:
    add_host(database, "local", is_exclusive=True)
    add_run(database, "docker:local", RunState.RUNNING, name="A container")
    waits = add_run(database, "local")
    assert said(database, waits) == ("This machine is busy with “A container”", "")
    add_run(database, "local", RunState.RUNNING)
    assert said(database, add_run(database, "docker:local"))[0] == "local is busy with 2 runs"


def test_what_does_not_wait_is_not_explained(database: Database) -> None:
    assert why(database, add_run(database, "stream")) is None
    assert why(database, add_run(database, "local")) is None
    assert why(database, add_run(database, "local", RunState.RUNNING)) is None
