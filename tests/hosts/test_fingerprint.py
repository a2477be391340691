"""A run keeps what its host was when it got its place there."""

from __future__ import annotations

from benchwright.hosts.fingerprint import freeze_fingerprint
from benchwright.hosts.places import HostPlaces
from benchwright.kit.db import Database
from benchwright.runs.ledger import RunLedger
from benchwright.runs.repository import Holder
from benchwright.runs.state import RunState
from tests.hosts.harness import add_host, add_run, get_run

FACTS = {"name": "gpu-1.lab", "docker_version": "29.1.2", "processors": 64, "networks": ["bridge"]}


def ledger_of(database: Database) -> RunLedger:
    return RunLedger(
        database,
        Holder("server", "home"),
        places=HostPlaces("home", 1),
        lease_s=30,
        on_end=lambda *_: None,
        on_claim=freeze_fingerprint,
    )


def test_it_is_written_down_with_the_claim(database: Database) -> None:
    add_host(database, "gpu-1", facts=FACTS, clock_offset_s=0.5)
    run_id = add_run(database, "docker:gpu-1")
    ledger_of(database).claim(get_run(database, run_id), "A place is free")
    run = get_run(database, run_id)
    assert run.state is RunState.LAUNCHING
    assert run.spec["kept"]
    host = run.spec["host"]
    assert (host["name"], host["machine"], host["processors"]) == ("gpu-1", "gpu-1.lab", 64)
    assert (host["docker_version"], host["clock_offset_s"]) == ("29.1.2", 0.5)
    assert "networks" not in host


def test_a_claim_that_finds_no_place_writes_nothing(database: Database) -> None:
    add_host(database, "gpu-1", facts=FACTS, is_drained=True)
    run_id = add_run(database, "docker:gpu-1")
    ledger_of(database).claim(get_run(database, run_id), "A place is free")
    assert get_run(database, run_id).spec == {"kept": True}


def test_processes_keep_no_host(database: Database) -> None:
    run_id = add_run(database, "local")
    ledger_of(database).claim(get_run(database, run_id), "A place is free")
    run = get_run(database, run_id)
    assert (run.state, run.spec) == (RunState.LAUNCHING, {"kept": True})
