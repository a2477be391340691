"""The JSON routes of runs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from benchwright.app import build_app
from benchwright.installation import Installation, open_installation
from benchwright.kit.db import now
from benchwright.projects import service as projects
from benchwright.retention import service as retention
from benchwright.runs import service
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Artifact
from benchwright.runs.state import RunKind, RunState, StopReason
from benchwright.runs.transitions import transition
from benchwright.settings import Settings


class Runs:
    """An installation whose reconciler does not run: its lifespan is not begun."""

    def __init__(self, installation: Installation) -> None:
        self.lab = installation.lab
        self.client = TestClient(
            build_app(installation), base_url="http://127.0.0.1", raise_server_exceptions=False
        )

    def add(self, name: str = "a run", *, ended: bool = False) -> uuid.UUID:
        with self.lab.database.write() as session:
            project = projects.ensure_default(session)
            run = service.create_run(
                session,
                project_id=project.id,
                kind=RunKind.LOAD_TEST,
                name=name,
                spec={"scenarios": []},
                planned_duration_s=10,
                timeout_s=60,
            )
            if ended:
                service.request_stop(session, run, StopReason.USER, "asked")
                transition(session, run, RunState.STOPPED, "Stopped before it started")
            return run.public_id

    def folder(self, run_id: uuid.UUID) -> RunFolder:
        return RunFolder.of(self.lab.settings.data_dir, run_id)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    made = Runs(open_installation(Settings(data_dir=tmp_path / "data")))
    yield made
    made.client.close()
    made.lab.database.dispose()


def test_a_list_is_narrowed_and_paged(runs: Runs) -> None:
    names = [f"run {number}" for number in range(5)]
    for name in names:
        runs.add(name)
    runs.add("the other", ended=True)
    first = runs.client.get("/api/v1/runs?limit=4&state=queued").json()
    assert [run["name"] for run in first["items"]] == ["run 4", "run 3", "run 2", "run 1"]
    second = runs.client.get(f"/api/v1/runs?state=queued&cursor={first['next_cursor']}").json()
    assert [run["name"] for run in second["items"]] == ["run 0"]
    assert second["next_cursor"] is None
    found = runs.client.get("/api/v1/runs", params={"q": "OTHER"}).json()["items"]
    assert [run["name"] for run in found] == ["the other"]
    assert runs.client.get("/api/v1/runs?project=nowhere").status_code == 404
    assert runs.client.get("/api/v1/runs?cursor=%20").status_code == 400


def test_unknown_runs_and_ids_are_answered_clearly(runs: Runs) -> None:
    assert runs.client.get(f"/api/v1/runs/{uuid.uuid4()}").status_code == 404
    assert runs.client.get("/api/v1/runs/nonsense").status_code == 422
    assert runs.client.get(f"/api/v1/runs/{uuid.uuid4()}/events").status_code == 404


def test_only_a_run_out_of_reach_is_given_up(runs: Runs) -> None:
    run_id, ended = runs.add(), runs.add(ended=True)
    for address in (run_id, ended):
        answer = runs.client.post(f"/api/v1/runs/{address}/give-up")
        assert answer.status_code == 409, answer.text
    assert runs.client.post(f"/api/v1/runs/{uuid.uuid4()}/give-up").status_code == 404
    with runs.lab.database.write() as session:
        run = service.get_run(session, run_id)
        transition(session, run, RunState.LAUNCHING, "A place is free")
        run.stale_since = now()
    for _ in range(2):
        answer = runs.client.post(f"/api/v1/runs/{run_id}/give-up")
        assert (answer.status_code, answer.json()["state"]) == (202, "launching")
    history = runs.client.get(f"/api/v1/runs/{run_id}/history").json()
    assert [event["type"] for event in history] == ["state", "state", "given_up"]


def test_a_run_is_renamed_pinned_stopped_and_deleted(runs: Runs) -> None:
    run_id = runs.add()
    address = f"/api/v1/runs/{run_id}"
    changed = runs.client.patch(address, json={"name": "better", "pinned": True}).json()
    assert (changed["name"], changed["pinned"]) == ("better", True)
    assert runs.client.delete(address).status_code == 409
    assert runs.client.post(f"{address}/stop").json()["stop_reason"] == "user"
    ended = runs.add(ended=True)
    runs.folder(ended).make({})
    assert runs.client.post(f"/api/v1/runs/{ended}/stop").status_code == 409
    assert runs.client.delete(f"/api/v1/runs/{ended}").status_code == 204
    assert runs.client.get(f"/api/v1/runs/{ended}").status_code == 404
    assert not runs.folder(ended).root.exists()


def test_results_are_written_and_read(runs: Runs) -> None:
    address = f"/api/v1/runs/{runs.add()}/results"
    batch = [
        {"metric": "latency", "stat": "p95", "value": 12.5, "unit": "ms", "better": "lower"},
        {"benchmark": "b", "metric": "throughput", "value": 3},
        {"benchmark": "b", "metric": "throughput", "value": 4},
    ]
    assert runs.client.post(address, json={"results": batch}).json() == {"written": 3}
    assert runs.client.get(address).json() == [
        {"benchmark": "", **batch[0]},
        {"benchmark": "b", "metric": "throughput", "stat": "value", "value": 4.0, "unit": "",
         "better": "none"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "result, field",
    [
        ({"metric": "m"}, "results.0.value"),
        ({"metric": "", "value": 1}, "results.0.metric"),
        ({"metric": "m", "value": 1, "better": "so-so"}, "results.0.better"),
        ({"metric": "m", "value": 1, "extra": 1}, "results.0.extra"),
        ({"metric": "m\0", "value": 1}, "results.0.metric"),
        ({"metric": "m" * 300, "value": 1}, "results.0.metric"),
    ],
)
def test_faulty_results_are_refused_by_field(
    runs: Runs, result: dict[str, Any], field: str
) -> None:
    address = f"/api/v1/runs/{runs.add()}/results"
    answer = runs.client.post(address, json={"results": [result]})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"results": [{"metric": "m", "value": NaN}]}', b"\xff"]
)
def test_a_body_that_is_no_batch_is_refused(runs: Runs, body: bytes) -> None:
    answer = runs.client.post(f"/api/v1/runs/{runs.add()}/results", content=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_log_is_read_in_pieces_and_whole(runs: Runs) -> None:
    run_id = runs.add(ended=True)
    address = f"/api/v1/runs/{run_id}"
    assert runs.client.get(f"{address}/log").json()["text"] == ""
    assert runs.client.get(f"{address}/log.txt").text == ""
    folder = runs.folder(run_id)
    folder.make({})
    folder.log.write_text("x" * 100)
    part = runs.client.get(f"{address}/log?offset=90&limit=16").json()
    assert (part["text"], part["next_offset"], part["is_complete"]) == ("x" * 10, 100, True)
    assert runs.client.get(f"{address}/log.txt").text == "x" * 100


def test_only_listed_files_are_given_out(runs: Runs) -> None:
    run_id = runs.add(ended=True)
    folder = runs.folder(run_id)
    folder.make({})
    (folder.results / "page.html").write_text("<script>alert(1)</script>")
    with runs.lab.database.write() as session:
        run = service.get_run(session, run_id)
        session.add(
            Artifact(run_id=run.id, path="results/page.html", media_type="text/html", size_bytes=25)
        )
    address = f"/api/v1/runs/{run_id}/artifacts"
    (listed,) = runs.client.get(address).json()
    assert listed["path"] == "results/page.html"
    given = runs.client.get(f"{address}/results/page.html")
    assert given.headers["content-disposition"].startswith("attachment")
    assert given.headers["x-content-type-options"] == "nosniff"
    for path in ("job_info.json", "results/%2e%2e/job_info.json", "../../.benchwright/key"):
        assert runs.client.get(f"{address}/{path}").status_code in {404, 422}


def test_history_says_what_happened(runs: Runs) -> None:
    address = f"/api/v1/runs/{runs.add(ended=True)}/history"
    events = runs.client.get(address).json()
    assert [event["type"] for event in events] == ["state", "stop", "state"]
    assert [event["seq"] for event in runs.client.get(f"{address}?after=2").json()] == [3]


def test_a_reader_who_has_seen_all_is_not_served_again(runs: Runs) -> None:
    address = f"/api/v1/runs/{runs.add(ended=True)}/events"
    first = runs.client.get(address)
    assert first.headers["content-type"].startswith("text/event-stream")
    last = [line for line in first.text.splitlines() if line.startswith("id: ")][-1][4:]
    assert "event: end" in first.text
    assert runs.client.get(address, headers={"Last-Event-ID": last}).status_code == 204
    assert runs.client.get(address, headers={"Last-Event-ID": "junk"}).status_code == 400


def test_the_schema_of_a_batch_is_complete(runs: Runs) -> None:
    document = runs.client.get("/openapi.json").json()
    body = document["paths"]["/api/v1/runs/{run_id}/results"]["post"]["requestBody"]
    assert "$ref" not in json.dumps(body)


def test_tags_and_notes_are_replaced(runs: Runs) -> None:
    path = f"/api/v1/runs/{runs.add()}"
    body = runs.client.patch(path, json={"tags": [" a  b ", "ä", "a b"], "note": " text "}).json()
    assert (body["tags"], body["note"]) == (["a b", "ä"], "text")
    again = runs.client.patch(path, json={"tags": ["ä", "a b"]}).json()
    assert (again["tags"], again["note"]) == (["a b", "ä"], "text")
    assert runs.client.get("/api/v1/runs?tag=a%20b").json()["items"][0]["tags"] == ["a b", "ä"]
    for wrong in ({"tags": ["a,b"]}, {"tags": [""]}, {"tags": ["x" * 51]}, {"note": "x" * 10_001},
                  {"tags": [str(n) for n in range(21)]}, {"tags": "a"}):  # fmt: skip
        assert runs.client.patch(path, json=wrong).status_code == 422
    assert runs.client.patch(path, json={"tags": []}).json()["tags"] == []


def test_several_runs_are_deleted_at_once(runs: Runs) -> None:
    ended, pinned, queued = runs.add(ended=True), runs.add(ended=True), runs.add()
    runs.client.patch(f"/api/v1/runs/{pinned}", json={"pinned": True})
    runs.folder(ended).make({})
    ids = [str(run_id) for run_id in (ended, pinned, queued, uuid.uuid4())]
    answer = runs.client.post("/api/v1/runs/delete", json={"ids": ids})
    assert answer.json() == {"deleted": 1, "pinned": 1, "under_way": 1, "unknown": 1}
    assert not runs.folder(ended).root.exists()
    assert runs.client.delete(f"/api/v1/runs/{pinned}").status_code == 409
    assert runs.client.post("/api/v1/runs/delete", json={"ids": []}).status_code == 422


def test_a_folder_that_a_crash_left_is_swept_later(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = runs.add(ended=True)
    runs.folder(run_id).make({})
    with monkeypatch.context() as crash:
        crash.setattr(retention, "remove_folders", lambda *_: 0)
        runs.client.post("/api/v1/runs/delete", json={"ids": [str(run_id)]})
    assert runs.folder(run_id).root.exists()
    assert runs.client.get(f"/api/v1/runs/{run_id}").status_code == 404
    assert retention.remove_folders(runs.lab.database, runs.lab.settings.data_dir) == 1
    assert not runs.folder(run_id).root.exists()
