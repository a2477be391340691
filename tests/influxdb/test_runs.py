"""Whole runs beside a real InfluxDB: what is there afterwards, and what happens without it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.served_lab import CountingTarget, ServedLab
from tests.services.influxdb import InfluxServer, influxdb_server, start_influxdb

pytestmark = [pytest.mark.k6, pytest.mark.slow, pytest.mark.needs("k6", "influxd")]

PASSWORD = "open-sesame-7"


@pytest.fixture
def guarded_influxdb(tmp_path: Path) -> Iterator[InfluxServer]:
    """A server that asks for a password."""
    with influxdb_server(tmp_path / "guarded", user="lab", password=PASSWORD) as server:
        yield server


def start_run(lab: ServedLab, target: CountingTarget, duration: str) -> str:
    load = {"executor": "constant-arrival-rate", "rate": 40, "duration": duration}
    return lab.start_run(lab.add_load_test(target.url, **load, checks=[{"status": 200}]))


def notes(lab: ServedLab, run_id: str) -> list[str]:
    events = lab.get(f"/api/v1/runs/{run_id}/history")
    return [event["message"] for event in events if event["type"] == "influxdb"]


def warnings(run: dict[str, Any]) -> list[str]:
    """Those about samples: a busy machine is warned of too."""
    return [warning for warning in run["warnings"] if "InfluxDB" in warning]


def job_name(run: dict[str, Any]) -> str:
    second = "".join(c for c in run["created_at"][:19] if c.isdigit())
    return f"job{second}{run['public_id'].replace('-', '')[:6]}"


def test_samples_are_there_with_the_tags_of_k6_and_the_name_of_the_job(
    served_lab: ServedLab, counting_target: CountingTarget, guarded_influxdb: InfluxServer
) -> None:
    served_lab.start(
        INFLUXDB_HOST="127.0.0.1",
        INFLUXDB_PORT=str(guarded_influxdb.port),
        INFLUXDB_DATABASE="load tests",
        INFLUXDB_USERNAME="lab",
        INFLUXDB_PASSWORD=PASSWORD,
    )
    run_id = start_run(served_lab, counting_target, "2s")
    run = served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
    assert (run["state"], warnings(run)) == ("succeeded", [])
    job = job_name(run)
    (note,) = notes(served_lab, run_id)
    assert f"InfluxDB at {guarded_influxdb.url}, database load tests, with job_name={job}" in note
    results = served_lab.results(run_id)
    requests = results["", "http_reqs", "count"]
    where = f"WHERE job_name = '{job}'"
    rows = guarded_influxdb.rows(
        f"SELECT sum(value) FROM http_reqs {where} GROUP BY scenario, status, method", "load tests"
    )
    assert [(r["scenario"], r["status"], r["method"], r["sum"]) for r in rows] == [
        ("s1", "200", "GET", requests)
    ]
    rows = guarded_influxdb.rows(
        f"SELECT percentile(value, 95) FROM http_req_duration {where}", "load tests"
    )
    assert rows[0]["percentile"] == pytest.approx(results["", "http_req_duration", "p95"], rel=0.2)
    measured = {row["name"] for row in guarded_influxdb.rows("SHOW MEASUREMENTS", "load tests")}
    assert {"vus", "iterations", "http_req_failed", "checks", "data_sent"} <= measured
    # Its own figures came beside them, and nothing that was kept holds the password.
    timeline = served_lab.get(f"/api/v1/runs/{run_id}/series")
    assert timeline["totals"]["overall"]["requests"] == requests
    kept = [path for path in served_lab.data_dir.rglob("*") if path.is_file()]
    assert kept and not [path for path in kept if PASSWORD.encode() in path.read_bytes()]
    assert (
        "InfluxDB"
        not in (served_lab.data_dir / "jobs" / run_id / "logs" / f"{run_id}.log").read_text()
    )


def test_a_run_outlives_its_influxdb_which_gets_the_rest_when_it_is_back(
    served_lab: ServedLab, counting_target: CountingTarget, own_influxdb: InfluxServer
) -> None:
    served_lab.start(INFLUXDB_HOST="127.0.0.1", INFLUXDB_PORT=str(own_influxdb.port))
    run_id = start_run(served_lab, counting_target, "10m")
    wait_for_samples(own_influxdb)
    own_influxdb.stop(signal.SIGKILL)
    served_lab.wait_for_run(run_id, lambda _: len(notes(served_lab, run_id)) > 1)
    again = start_influxdb(own_influxdb.folder, port=own_influxdb.port)
    try:
        served_lab.wait_for_run(run_id, lambda _: len(notes(served_lab, run_id)) > 2)
        served_lab.post(f"/api/v1/runs/{run_id}/stop")
        run = served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
        assert (run["state"], warnings(run)) == ("stopped", [])
        came, went, back = notes(served_lab, run_id)
        assert "job_name=" in came
        assert "cannot take samples since" in went
        assert back.endswith("takes samples again: nothing is missing there.")
        rows = again.rows("SELECT sum(value) FROM http_reqs", "k6")
        assert rows[0]["sum"] == served_lab.results(run_id)["", "http_reqs", "count"]
    finally:
        again.stop()


def test_a_run_without_its_influxdb_gets_its_verdict_and_says_what_is_missing(
    served_lab: ServedLab, counting_target: CountingTarget, unused_port: int
) -> None:
    served_lab.start(INFLUXDB_HOST="127.0.0.1", INFLUXDB_PORT=str(unused_port))
    run_id = start_run(served_lab, counting_target, "2s")
    run = served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
    assert run["state"] == "succeeded"
    (warning,) = warnings(run)
    assert warning.startswith(f"InfluxDB at http://127.0.0.1:{unused_port} did not take everything")
    assert "samples from" in warning
    (note,) = notes(served_lab, run_id)
    assert "The run goes on without it" in note
    log = served_lab.data_dir / "jobs" / run_id / "logs" / f"{run_id}.log"
    assert "influx" not in log.read_text().lower()
    assert served_lab.results(run_id)["", "http_reqs", "count"] == counting_target.requests


def wait_for_samples(server: InfluxServer) -> None:
    deadline = time.monotonic() + 60
    while not server.rows("SHOW MEASUREMENTS", "k6") if has_database(server) else True:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def has_database(server: InfluxServer) -> bool:
    return any(row["name"] == "k6" for row in server.rows("SHOW DATABASES"))
