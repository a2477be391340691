from __future__ import annotations

from pathlib import Path
from typing import Any

from benchwright.doctor.findings import Finding, Status
from benchwright.doctor.samples import check_influxdb
from benchwright.settings import InfluxSettings, Settings
from tests.services.influxdb import InfluxServer, influxdb_server


def look(url: str, **settings: Any) -> Finding:
    (finding,) = check_influxdb(Settings(influxdb=InfluxSettings(url=url, **settings)))
    return finding


def test_what_is_not_used_is_not_spoken_of() -> None:
    assert check_influxdb(Settings()) == []


def test_a_server_that_takes_samples_is_named_with_its_version(influxdb: InfluxServer) -> None:
    before = influxdb.rows("SHOW DATABASES")
    missing = look(influxdb.url, database="doctors")
    assert (missing.status, missing.advice) == (Status.WARNING, "The first run makes it.")
    assert influxdb.rows("SHOW DATABASES") == before
    influxdb.create_database("doctors")
    found = look(influxdb.url, database="doctors")
    assert found.status is Status.OK
    assert found.found.startswith("1.")
    assert found.found.endswith(f" at {influxdb.url}, database doctors")


def test_what_is_wrong_is_said_with_what_to_do(own_influxdb: InfluxServer, tmp_path: Path) -> None:
    own_influxdb.stop()
    away = look(own_influxdb.url)
    assert (away.status, away.is_fatal) == (Status.MISSING, False)
    assert "cannot take samples: the connection was refused" in away.found
    assert "INFLUXDB_HOST" in str(away.advice)
    with influxdb_server(tmp_path / "guarded", user="lab", password="right-password") as guarded:
        refused = look(guarded.url, username="lab", password="wrong-password")
    assert refused.status is Status.MISSING
    assert "does not let us write: 401" in refused.found
    assert "wrong-password" not in refused.found
    assert "INFLUXDB_PASSWORD" in str(refused.advice)
