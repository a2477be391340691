from __future__ import annotations

import time
import uuid
from pathlib import Path

import pytest

from benchwright.access import service as access
from benchwright.access.principal import Scope
from benchwright.access.run_tokens import issue_run_token
from benchwright.metrics import sample_intake
from tests.metrics import pushes
from tests.metrics.lines import k6_request, k6_vus
from tests.streams.stream_lab import SILENCE_S, StreamLab


def test_the_first_write_opens_a_run_and_silence_ends_it(stream_lab: StreamLab) -> None:
    for second in range(3):
        stream_lab.write(
            *(k6_request(second + n / 10, 100) for n in range(9)),
            k6_request(second + 0.95, 100, ok=False),
            k6_vus(second, 7),
        )
    stream_lab.drive()
    [run] = stream_lab.runs().values()
    assert (run["kind"], run["name"], run["state"]) == ("push", "shop", "running")
    series = stream_lab.client.get(f"/api/v1/runs/{run['public_id']}/series").json()
    assert series["overall"]["requests_per_s"] == [10, 10, 10]

    stream_lab.now_s += SILENCE_S - 1
    stream_lab.drive()
    assert stream_lab.runs()["shop"]["state"] == "running"
    stream_lab.now_s += 1
    stream_lab.drive()
    run = stream_lab.runs()["shop"]
    assert (run["state"], run["reason"]) == ("succeeded", "Nothing came for 60 s")
    assert run["error_rate"] == 0.1
    results = stream_lab.results(run["public_id"])
    assert results["http_reqs", "count"] == 30
    assert results["http_req_duration", "p95"] == pytest.approx(100, rel=0.1)
    assert results["http_req_duration", "avg"] == pytest.approx(100)
    assert results["checks", "passes"] == 27
    assert results["vus", "max"] == 7


def test_what_comes_after_the_end_opens_a_new_run(stream_lab: StreamLab) -> None:
    stream_lab.write("m v=1")
    first = stream_lab.runs()["shop"]["public_id"]
    stream_lab.client.post(f"/api/v1/runs/{first}/finish").raise_for_status()
    stream_lab.drive()
    assert stream_lab.runs()["shop"]["state"] == "succeeded"
    stream_lab.write("m v=2")
    assert stream_lab.runs()["shop"]["public_id"] != first


def test_a_late_flush_of_a_finished_run_opens_none(stream_lab: StreamLab) -> None:
    sent_ns = time.time_ns()
    stream_lab.write("m v=1")
    first = stream_lab.runs()["shop"]["public_id"]
    answer = stream_lab.client.post(f"/api/v1/runs/{first}/finish")
    assert (answer.status_code, answer.json()["stop_reason"]) == (202, "user")
    stream_lab.drive()
    answer = stream_lab.write(f"m v=2 {sent_ns}", status=400)
    assert "is over" in answer["error"]
    assert len(stream_lab.runs()) == 1
    assert stream_lab.client.post(f"/api/v1/runs/{first}/finish").status_code == 202


def test_only_streams_can_be_finished(stream_lab: StreamLab) -> None:
    assert stream_lab.client.post(f"/api/v1/runs/{uuid.uuid4()}/finish").status_code == 404


def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path, stream_lab: StreamLab) -> None:
    stream_lab.write(k6_request(0, 10))
    stream_lab.close()
    again = StreamLab(tmp_path / "data")
    again.drive()
    again.write(k6_request(1, 10), k6_request(2, 10))
    [run] = again.runs().values()
    # Silence counts from the start of the server.
    again.now_s += SILENCE_S
    again.drive()
    assert again.runs()["shop"]["state"] == "succeeded"
    assert again.results(run["public_id"])["http_reqs", "count"] == 3
    again.close()


def test_a_server_that_starts_after_the_last_write_ends_the_run(
    tmp_path: Path, stream_lab: StreamLab
) -> None:
    stream_lab.write(k6_request(0, 10))
    stream_lab.close()
    again = StreamLab(tmp_path / "data")
    again.drive()
    assert again.runs()["shop"]["state"] == "running"
    again.now_s += SILENCE_S
    again.drive()
    assert again.runs()["shop"]["requests_per_s"] == 1
    again.close()


def test_tags_parameters_and_databases_name_the_run(stream_lab: StreamLab) -> None:
    lines = ["m,job_name=a v=1", "m,run=b v=1", "m,job_name=c,run=b v=1", "m v=1"]
    stream_lab.write(*lines)
    stream_lab.write(*lines, db="other", run="given\x00 name")
    assert set(stream_lab.runs()) == {"a", "b", "c", "shop", "given  name"}
    stream_lab.write("m v=1", path="/api/v2/write", bucket="bucket", org="o", precision="ms")
    assert "bucket" in stream_lab.runs()


def test_a_project_can_be_chosen(stream_lab: StreamLab) -> None:
    made = stream_lab.client.post("/api/v1/projects", json={"name": "Mine", "slug": "mine"})
    assert made.status_code == 201
    stream_lab.write("m v=1", db="x", project="mine")
    assert stream_lab.runs()["x"]["project"] == "mine"
    answer = stream_lab.write("m v=1", db="x", project="none", status=404)
    assert answer["error"].startswith("There is no project")


def test_bodies_may_be_compressed(stream_lab: StreamLab) -> None:
    stream_lab.write("m v=1 5\nm v=2 6", zipped=True, db="shop", precision="s")
    assert "shop" in stream_lab.runs()


def test_bad_lines_are_named_and_the_others_kept(stream_lab: StreamLab) -> None:
    answer = stream_lab.write("m v=1", "what is this", "m v=", "n v=2", status=400)
    assert answer["error"] == (
        "partial write: unable to parse 'what is this': invalid field format\n"
        "unable to parse 'm v=': missing field value dropped=2"
    )
    run_id = stream_lab.runs()["shop"]["public_id"]
    names = stream_lab.client.get(f"/api/v1/runs/{run_id}/metrics").json()["items"]
    assert [name["metric"] for name in names] == ["m.v", "n.v"]


def test_nothing_but_bad_lines_opens_no_run(stream_lab: StreamLab) -> None:
    answer = stream_lab.write("bad", status=400)
    assert answer == {"error": "unable to parse 'bad': missing fields"}
    answer = stream_lab.write("bad", status=400, path="/api/v2/write", bucket="b")
    assert answer == {"code": "invalid", "message": "unable to parse 'bad': missing fields"}
    stream_lab.write("# nothing at all", "")
    assert stream_lab.runs() == {}


def test_too_many_series_are_refused_and_an_event_says_so(
    stream_lab: StreamLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_intake, "MAX_SERIES", 2)
    for _ in range(2):
        answer = stream_lab.write("m,n=1 v=1", "m,n=2 v=1", "m,n=3 v=1", status=400)
        assert "max series per run exceeded: 1 values" in answer["error"]
    run = stream_lab.runs()["shop"]["public_id"]
    events = stream_lab.client.get(f"/api/v1/runs/{run}/history").json()
    assert [event["type"] for event in events] == ["state", "refused"]


@pytest.mark.parametrize(
    "query, status, said",
    [
        ({"precision": "s"}, 400, "database is required"),
        ({"db": "x", "precision": "y"}, 400, "invalid precision"),
        ({"db": "\x01"}, 400, "no character"),
    ],
)
def test_requests_without_sense_are_refused(
    stream_lab: StreamLab, query: dict[str, str], status: int, said: str
) -> None:
    assert said in stream_lab.write("m v=1", status=status, query=query)["error"]


def test_a_huge_body_is_refused_before_it_is_read(stream_lab: StreamLab) -> None:
    answer = stream_lab.client.post(
        "/write?db=x", content=b"m v=1", headers={"content-length": str(100 * 2**20)}
    )
    assert answer.status_code == 413
    assert stream_lab.runs() == {}


def test_senders_find_what_they_ask_for_at_start(stream_lab: StreamLab) -> None:
    client = stream_lab.client
    assert client.get("/ping").headers["x-influxdb-version"]
    assert client.head("/ping").status_code == 204
    created = {"results": [{"statement_id": 0}]}
    assert client.post("/query", params={"q": 'CREATE DATABASE "k6"', "db": ""}).json() == created
    assert client.post("/query", data={"q": "create  database telegraf"}).json() == created
    assert client.get("/query?q=SHOW+DATABASES").json()["results"][0]["series"][0]["values"] == []
    assert "error" in client.get("/query?q=SELECT+1;").json()["results"][0]


def test_a_prometheus_agent_opens_a_run_too(stream_lab: StreamLab) -> None:
    def send(value: float, **labels: str) -> int:
        body = pushes.push([pushes.series("jobs_total", value, **labels)])
        headers = {"content-encoding": "snappy", "x-prometheus-remote-write-version": "0.1.0"}
        return stream_lab.client.post("/api/v1/write", content=body, headers=headers).status_code

    assert send(1_000_000, run="nightly", host="a") == 204
    assert send(1_000_002, run="nightly", host="a") == 204
    assert send(5) == 204
    assert set(stream_lab.runs()) == {"nightly", "prometheus"}
    run_id = stream_lab.runs()["nightly"]["public_id"]
    stream_lab.now_s += SILENCE_S
    stream_lab.drive()
    series = stream_lab.client.get(f"/api/v1/runs/{run_id}/series/jobs_total").json()["series"]
    # Who joins a counter late knows what it gained since, and not what it was.
    assert sum(value or 0 for value in series[0]["columns"]["value"]) == 2


def test_senders_show_a_token_where_access_is_guarded(tmp_path: Path) -> None:
    local = StreamLab(tmp_path / "data")
    with local.lab.database.write() as session:
        _, ingest = access.create_token(session, local.lab.keyring, "x", [Scope.INGEST])
        _, read = access.create_token(session, local.lab.keyring, "y", [Scope.READ])
    local.close()
    lab = StreamLab(tmp_path / "data", host="0.0.0.0", allowed_hosts=["lab.example"])
    lab.client.base_url = "http://lab.example"

    def send(path: str = "/write?db=x", **headers: str) -> int:
        return lab.client.post(path, content=b"m v=1", headers=headers).status_code

    assert send() == 401
    assert send(authorization=f"Token {ingest}") == 204
    assert send("/api/v2/write?bucket=x", authorization=f"Token {ingest}") == 204
    assert send(f"/write?db=x&u=k6&p={ingest}") == 204
    assert send(f"/write?db=x&u=k6&p={read}") == 403
    assert send("/write?db=x&p=bw_pat_nonsense") == 401
    assert send(f"/api/v1/projects?p={ingest}") == 401
    run_id = uuid.uuid4()
    assert send(authorization=f"Token {issue_run_token(lab.lab.keyring, run_id)}") == 403
    assert lab.client.get("/ping").status_code == 204
    lab.close()
