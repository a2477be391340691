from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

import benchwright.tables
from benchwright.access.run_tokens import issue_run_token
from benchwright.kit.secrets import Keyring
from benchwright.metrics import routes
from benchwright.metrics.live import LiveRegistry
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind
from tests.fixtures.small_lab import SmallLab
from tests.metrics import pushes
from tests.metrics.pushes import Sender

# Figures are no business of the database; one kind is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# Naming it shows that the import is wanted: a run refers to tables of other packages.
assert benchwright.tables.metadata.tables


class Bench:
    """A server with one run that takes in figures."""

    def __init__(self, lab: SmallLab) -> None:
        self.live = LiveRegistry()
        cast("Any", lab).live = self.live
        app = lab.app()
        app.include_router(routes.router)
        self.client = TestClient(app, base_url="http://127.0.0.1:8000")
        project = lab.project()
        self.run_id = uuid.uuid4()
        with lab.database.write() as session:
            session.add(
                Run(
                    public_id=self.run_id,
                    project_id=project.id,
                    kind=RunKind.LOAD_TEST,
                    name="run",
                    spec={},
                    timeout_s=60,
                )
            )
        self.folder = RunFolder.of(lab.settings.data_dir, self.run_id)
        self.folder.make({})
        self.live.open(self.run_id, self.folder.root, {"s1": "One"})
        self.token = issue_run_token(lab.keyring, self.run_id)

    def push(self, body: bytes, run_id: uuid.UUID | None = None, /, **headers: str) -> Any:
        return self.client.post(
            f"/api/v1/ingest/runs/{run_id or self.run_id}/prometheus",
            content=body,
            headers={"Authorization": f"Bearer {self.token}"} | headers,
        )

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/runs/{self.run_id}{path}")


@pytest.fixture
def bench(small_lab: Callable[..., SmallLab]) -> Bench:
    return Bench(small_lab())


def fill(bench: Bench, seconds: int = 2) -> Sender:
    sender = Sender()
    for _ in range(seconds):
        for _ in range(10):
            sender.request(0.1)
        assert bench.push(sender.body()).status_code == 204
    return sender


def test_a_push_is_taken_in_and_shown(bench: Bench) -> None:
    fill(bench)
    shown = bench.get("/series").json()
    assert shown["live"] is True
    assert shown["totals"]["overall"]["requests"] == 20
    assert shown["totals"]["scenarios"]["s1"]["p95_ms"] == pytest.approx(100, rel=0.1)
    names = {item["metric"]: item["kind"] for item in bench.get("/metrics").json()["items"]}
    assert names["http_req_duration"] == "histogram"


def test_a_finished_run_is_shown_in_the_same_shape(bench: Bench) -> None:
    fill(bench)
    live = bench.get("/series").json()
    metrics = bench.get("/metrics").json()
    bench.live.close(bench.run_id)
    finished = bench.get("/series").json()
    assert {**finished, "live": True, "cursor_ms": 0} == {**live, "cursor_ms": 0}
    assert bench.get("/metrics").json() == metrics


@pytest.mark.parametrize("is_finished", [False, True])
def test_every_metric_can_be_asked_for(bench: Bench, is_finished: bool) -> None:
    fill(bench)
    if is_finished:
        bench.live.close(bench.run_id)
    shown = bench.get("/series/http_reqs?by=scenario&label=scenario%3Ds1&points=1").json()
    assert [s["labels"] for s in shown["series"]] == [{"scenario": "s1"}]
    assert shown["series"][0]["columns"]["value"] == [20]
    heat = bench.get("/series/http_req_duration/heat-map?points=1").json()
    assert sum(count for _, _, count in heat["cells"]) == 20


@pytest.mark.parametrize("is_finished", [False, True])
def test_failures_can_be_asked_for(bench: Bench, is_finished: bool) -> None:
    sender = fill(bench)
    sender.request(0.1, ok=False)
    assert bench.push(sender.body()).status_code == 204
    if is_finished:
        bench.live.close(bench.run_id)
    shown = bench.get("/failures").json()
    assert (shown["requests"], shown["failed_requests"], shown["live"]) == (21, 1, not is_finished)
    assert [group["kind"] for group in shown["groups"]] == ["check", "request"]


def test_a_run_without_figures_has_an_empty_timeline(bench: Bench) -> None:
    bench.live.close(bench.run_id)
    assert bench.get("/series").json()["times_ms"] == []
    assert bench.get("/metrics").json() == {"items": []}
    answer = bench.get("/series/http_reqs")
    assert (answer.status_code, answer.json()["type"]) == (
        404,
        "urn:benchwright:problem:not-found",
    )


@pytest.mark.parametrize("is_finished", [False, True])
def test_a_run_without_figures_has_an_empty_heat_map(bench: Bench, is_finished: bool) -> None:
    if is_finished:
        bench.live.close(bench.run_id)
    answer = bench.get("/series/http_req_duration/heat-map")
    assert (answer.status_code, answer.json()["cells"]) == (200, [])
    assert bench.get("/series/http_req_waiting/heat-map").status_code == 404
    assert bench.get("/series/http_req_duration/heat-map?label=scenario%3Ds1").status_code == 404


def test_each_run_has_its_own_token(bench: Bench, keyring: Keyring) -> None:
    body = Sender().body()
    other = issue_run_token(keyring, uuid.uuid4())
    assert bench.push(body, Authorization=f"Bearer {other}").status_code == 403
    assert bench.push(body, Authorization="Bearer bw_run_x").status_code == 403


def test_runs_that_take_nothing_say_so(bench: Bench, keyring: Keyring) -> None:
    unknown = uuid.uuid4()
    token = f"Bearer {issue_run_token(keyring, unknown)}"
    assert bench.push(Sender().body(), unknown, Authorization=token).status_code == 404
    bench.live.close(bench.run_id)
    assert bench.push(Sender().body()).status_code == 410


@pytest.mark.parametrize(
    "body,status",
    [
        (b"", 400),
        (b"{}", 400),
        (pushes.varint(2**31) + b"\x00a", 413),
        (b"\x00" * (8 * 1024 * 1024 + 1), 413),
    ],
)
def test_what_is_no_push_gets_a_problem(bench: Bench, body: bytes, status: int) -> None:
    answer = bench.push(body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_other_protocols_are_told_apart(bench: Bench) -> None:
    body = Sender().body()
    assert bench.push(body, None, **{"Content-Encoding": "gzip"}).status_code == 415
    version = {"X-Prometheus-Remote-Write-Version": "2.0.0"}
    assert bench.push(body, None, **version).status_code == 415


@pytest.mark.parametrize("query", ["?points=0", "?points=5001", "?from=x", "?from=-1", "?to=1e99"])
def test_ranges_that_make_no_sense_are_refused(bench: Bench, query: str) -> None:
    assert bench.get(f"/series{query}").status_code == 422


def test_unknown_runs_are_not_found(bench: Bench) -> None:
    for path in ("series", "metrics", "failures", "series/http_reqs", "series/http_reqs/heat-map"):
        answer = bench.client.get(f"/api/v1/runs/{uuid.uuid4()}/{path}")
        assert answer.status_code == 404, path
    assert bench.get("/series/http_reqs?label=nonsense").status_code == 400


def test_odd_ranges_and_names_are_no_fault(bench: Bench) -> None:
    fill(bench, 1)
    bench.live.close(bench.run_id)
    now_ms = int(time.time() * 1000)
    for query in (f"?from={now_ms + 10**9}", "?to=5", f"?from={now_ms}&to=5", "?scenario=%00"):
        assert bench.get(f"/series{query}").status_code == 200, query
    assert bench.get("/series/" + "x" * 2000).status_code == 404
    assert bench.get("/series/%27%3B--").status_code == 404


def test_a_push_is_quick(bench: Bench, tmp_path: Path) -> None:
    sender = fill(bench, 1)
    body = sender.body()
    times = []
    for number in range(30):
        started = time.perf_counter()
        bench.live.ingest(bench.run_id, body, int(time.time() * 1000) + number * 1000)
        times.append(time.perf_counter() - started)
    # Far from the usual value, so that only a change of its order of magnitude fails.
    assert min(times) < 0.003
    assert json.loads(cast("Any", bench.live.get(bench.run_id)).points_since(0).points[-1].data)
