from __future__ import annotations

from benchwright.doctor.findings import Status
from benchwright.doctor.sources import check_sources
from benchwright.settings import Settings
from tests.fixtures.mongodb import TestDatabase


def test_without_a_connection_there_is_nothing_to_look_at() -> None:
    assert check_sources(Settings()) == []


def test_a_server_that_answers_is_in_order(mongodb: TestDatabase) -> None:
    mongodb.insert("site", {"x": 1})
    lab, headquarters = check_sources(Settings.model_validate({"sources": mongodb.variables()}))
    assert lab.status is Status.OK
    assert lab.found.endswith("1 collection")
    assert headquarters.status is Status.WARNING
    assert "nothing is there" in headquarters.found


def test_a_server_that_is_away_is_warned_of() -> None:
    sources = {"mongodb": {"uri": "mongodb://u:hush@127.0.0.1:9/"}, "select_timeout_s": 0.2}
    found = check_sources(Settings.model_validate({"sources": sources}))
    assert [each.status for each in found] == [Status.WARNING, Status.WARNING]
    assert "cannot be reached" in (found[0].advice or "")
    assert "hush" not in repr(found)
