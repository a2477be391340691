"""What a crash leaves on a target goes, and nothing else does."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from benchwright.executors.port import LaunchSpec
from benchwright.kit.db import Database
from benchwright.runs.leftovers import remove_leftovers, run_of
from tests.runs.harness import Harness

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def launch(harness: Harness, name: str) -> None:
    spec = LaunchSpec(name, ["true"], Path(), Path("log"))
    asyncio.run(harness.executor.create(spec))


def remove(harness: Harness) -> int:
    removed, is_whole = asyncio.run(remove_leftovers(harness.database, {"local": harness.executor}))
    assert is_whole
    return removed


@on_sqlite
def test_the_workload_of_an_ended_run_is_removed(database: Database, data_dir: Path) -> None:
    harness = Harness(database, data_dir)
    ended = harness.add_run()
    harness.passes(4)
    harness.executor.exit(harness.name(ended), 0)
    harness.passes(2)
    launch(harness, harness.name(ended))  # as if it had been killed before it cleaned up
    assert remove(harness) == 1
    assert harness.executor.workloads == {}


@on_sqlite
def test_what_runs_and_what_is_anothers_stays(database: Database, data_dir: Path) -> None:
    harness = Harness(database, data_dir)
    running = harness.add_run()
    harness.passes(4)
    foreign = [f"bw-{uuid.uuid4()}-1", "my-database", f"{harness.name(running)}-copy"]
    for name in foreign:
        launch(harness, name)
    assert remove(harness) == 0
    assert set(harness.executor.workloads) == {harness.name(running), *foreign}


def test_a_name_tells_its_run() -> None:
    run_id = uuid.uuid4()
    assert run_of({"name": f"bw-{run_id}-2"}) == run_id
    assert run_of({"name": f"bw-{run_id}"}) is None
    assert run_of({"name": "bw-x-1"}) is None
