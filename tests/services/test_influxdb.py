from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.services import requirements
from tests.services.influxdb import InfluxServer, start_influxdb, stop_left_over

pytestmark = pytest.mark.needs("influxd")


def test_what_is_written_can_be_read(influxdb: InfluxServer) -> None:
    influxdb.create_database("written")
    influxdb.write(b"m,t=a value=1 1000\nm,t=b value=3 2000", "written")
    rows = influxdb.rows("SELECT sum(value) FROM m GROUP BY t", "written")
    assert [(row["t"], row["sum"]) for row in rows] == [("a", 1), ("b", 3)]
    with pytest.raises(AssertionError, match="400"):
        influxdb.write(b"no line", "written")


def test_a_stopped_server_comes_back_with_its_data_and_its_password(tmp_path: Path) -> None:
    folder = tmp_path / "influxdb"
    first = start_influxdb(folder, user="lab", password="right")
    first.create_database("kept")
    first.stop(signal.SIGKILL)
    second = start_influxdb(folder, port=first.port, user="lab", password="right")
    try:
        assert second.url == first.url
        assert [row["name"] for row in second.rows("SHOW DATABASES")] == ["kept"]
        second.password = "wrong"
        with pytest.raises(AssertionError, match="401"):
            second.query("SHOW DATABASES")
    finally:
        second.stop()


def test_what_a_killed_session_left_is_ended(own_influxdb: InfluxServer, tmp_path: Path) -> None:
    stop_left_over(tmp_path / "another")
    assert own_influxdb.process.poll() is None
    stop_left_over(own_influxdb.folder)
    assert own_influxdb.process.poll() is not None
    stop_left_over(own_influxdb.folder)


def test_a_program_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "influxd"
    program.write_text("#!/bin/sh\necho out of luck >&2; exit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(requirements, "find", lambda _: str(program))
    with pytest.raises(AssertionError, match="out of luck"):
        start_influxdb(tmp_path / "influxdb")
