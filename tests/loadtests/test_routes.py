from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from benchwright.access.secret_store import write_secret
from benchwright.loadtests.models import LoadTest
from benchwright.metrics.rules import AutoStopRule
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.runs.state import RunState
from benchwright.specs.models import Endpoint, Spec
from tests.loadtests.conftest import LoadLab

LIST = "/api/v1/projects/shop/load-tests"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what has nothing to gain from a second kind of database."""
NASTY = "</script>\"'\n\u2028名"


@pytest.fixture
def client(lab: LoadLab) -> TestClient:
    return lab.client()


def plan_of(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Evening",
        "base_url": "http://127.0.0.1:8123",
        "scenarios": [{"name": NASTY, "path": "/a", "executor": "constant-vus", "duration": "30s"}],
        **changes,
    }


def create(client: TestClient, **changes: Any) -> dict[str, Any]:
    answer = client.post(LIST, json={"plan": plan_of(**changes), "description": "d"})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def add_endpoint(lab: LoadLab, project_id: int = 1) -> uuid.UUID:
    with lab.database.write() as session:
        spec = Spec(
            project_id=project_id, name="API", title="API", version="1", dialect="3.1",
            base_url="http://127.0.0.1:8123/v1", source_url=None,
        )  # fmt: skip
        session.add(spec)
        session.flush()
        endpoint = Endpoint(
            spec_id=spec.id,
            method="POST",
            path="/users/{id}",
            base_url=None,
            parameters=[
                {"name": "id", "location": "path", "required": True, "schema": {}, "example": 7,
                 "style": "simple", "explode": False, "description": "", "media_type": None}
            ],
            body={"media_type": "application/json", "schema": {}, "example": {"a": 1},
                  "required": True, "others": []},
            responses=["201"],
            security=[],
            removed_at=None,
        )  # fmt: skip
        session.add(endpoint)
        session.flush()
        return endpoint.public_id


def test_a_life_of_a_load_test(client: TestClient) -> None:
    made = create(client)
    address = f"/api/v1/load-tests/{made['public_id']}"
    assert made["scenario_count"] == 1
    assert made["planned_duration_s"] == 30
    assert made["estimate"]["scenarios"][0]["points"] == [[0, 1], [30, 1]]
    assert client.get(address).json() == made
    (listed,) = client.get(LIST).json()["items"]
    assert listed["name"] == "Evening"
    assert "plan" not in listed

    changed = client.put(address, json={"plan": plan_of(name="Morning")})
    assert changed.json()["name"] == "Morning"
    assert changed.json()["updated_at"] > made["updated_at"]

    script = client.get(f"{address}/script", params={"download": True})
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert 'filename="Morning.js"' in script.headers["content-disposition"]
    assert "</script>" not in script.text

    assert client.delete(address).status_code == 204
    assert client.delete(address).status_code == 204
    assert client.get(LIST).json()["items"] == []
    assert client.get(address).json()["archived_at"] is not None
    assert client.post(f"{address}/runs").status_code == 409
    assert client.put(address, json={"plan": plan_of()}).status_code == 409


@ON_SQLITE
def test_faults_are_named(client: TestClient) -> None:
    for body in (
        {"plan": plan_of(scenarios=[])},
        {"plan": plan_of(base_url=None)},
        {"plan": plan_of(scenarios=[{**plan_of()["scenarios"][0], "path": "/{id}"}])},
        {"plan": plan_of(), "description": "\0"},
        {"plan": [], "more": 1},
    ):
        answer = client.post(LIST, json=body)
        assert answer.status_code == 422, answer.text
    answer = client.post(LIST, json={"plan": plan_of(seed="x")}).json()
    assert [error["field"] for error in answer["errors"]] == ["seed"]
    unknown = uuid.uuid4()
    for method, path in (("GET", ""), ("GET", "/script"), ("DELETE", ""), ("POST", "/runs")):
        assert client.request(method, f"/api/v1/load-tests/{unknown}{path}").status_code == 404
    assert client.get("/api/v1/projects/none/load-tests").status_code == 404


def test_endpoints_of_the_project_only(lab: LoadLab, client: TestClient) -> None:
    endpoint = add_endpoint(lab)
    scenario = {
        "name": "a", "endpoint": str(endpoint), "executor": "constant-vus", "duration": "1s"
    }  # fmt: skip
    preview = client.post(f"{LIST}/preview", json={"plan": {"name": "n", "scenarios": [scenario]}})
    assert preview.status_code == 200, preview.text
    assert '"url": "http://127.0.0.1:8123/v1/users/7"' in preview.json()["script"]
    assert preview.json()["scenarios"] == [
        {"key": "s1", "name": "a", "method": "POST", "path": "/users/{id}"}
    ]
    made = create(client, base_url=None, scenarios=[scenario])
    with lab.database.read() as session:
        stored = session.scalar(select(LoadTest))
        assert stored is not None
        assert stored.spec_id == 1
        assert str(stored.public_id) == made["public_id"]
    with lab.database.write() as session:
        session.add(Project(slug="other", name="Other"))
    stranger = client.post(
        "/api/v1/projects/other/load-tests/preview",
        json={"plan": {"name": "n", "scenarios": [scenario]}},
    )
    assert stranger.status_code == 422
    assert stranger.json()["errors"][0]["field"] == "scenarios.0.endpoint"


def test_starting_a_run(lab: LoadLab, client: TestClient) -> None:
    made = create(
        client,
        authorisation={"secret": "API_TOKEN"},
        auto_stop=[{"metric": "p95", "above": 500, "scenario": NASTY, "window_s": 5}],
    )
    address = f"/api/v1/load-tests/{made['public_id']}/runs"
    refused = client.post(address)
    assert refused.status_code == 422
    assert "API_TOKEN" in refused.json()["errors"][0]["message"]
    with lab.database.write() as session:
        write_secret(session, lab.keyring, 1, "API_TOKEN", "s3cret")

    headers = {"Idempotency-Key": "once"}
    started = client.post(address, json={"name": "first"}, headers=headers)
    assert started.status_code == 201, started.text
    assert started.json()["planned_duration_s"] == 30
    again = client.post(address, json={"name": "first"}, headers=headers)
    assert again.json() == started.json()
    assert lab.woken
    with lab.database.read() as session:
        (run,) = session.scalars(select(Run)).all()
        assert (run.name, run.state, run.load_test_id) == ("first", RunState.QUEUED, 1)
        assert run.timeout_s == 30 + 30 + lab.settings.runs.timeout_margin_s
        assert run.spec["scenarios"] == [
            {"key": "s1", "name": NASTY, "method": "GET", "path": "/a"}
        ]
        (rule,) = [AutoStopRule(**rule) for rule in run.spec["auto_stop"]]
        assert rule == AutoStopRule("p95_ms", 500, window_s=5, scenario="s1")
        assert "s3cret" not in str(run.spec)
        assert b"Evening" in lab.blobs.get(run.spec["script_blob"])


def test_what_takes_longer_than_any_run_may_is_not_started(
    lab: LoadLab, client: TestClient
) -> None:
    made = create(client)
    address = f"/api/v1/load-tests/{made['public_id']}/runs"
    lab.settings.runs.max_timeout_s = 40
    started = client.post(address)
    assert started.status_code == 201, started.text
    with lab.database.read() as session:
        assert session.scalars(select(Run.timeout_s)).all() == [40]
    lab.settings.runs.max_timeout_s = 20
    refused = client.post(address)
    assert refused.status_code == 422
    assert "runs.max_timeout_s" in refused.json()["detail"]


def test_what_was_started_is_told_again_whatever_has_changed_since(client: TestClient) -> None:
    address = f"/api/v1/load-tests/{create(client)['public_id']}"
    headers = {"Idempotency-Key": "once"}
    started = client.post(f"{address}/runs", json={}, headers=headers)
    assert client.delete(address).status_code == 204
    again = client.post(f"{address}/runs", json={}, headers=headers)
    assert again.status_code == 201
    assert again.json() == started.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert client.post(f"{address}/runs", json={"repeat": 2}, headers=headers).status_code == 422
    assert client.post(f"{address}/runs", json={}).status_code == 409


@ON_SQLITE
def test_a_run_may_keep_its_samples_from_influxdb(make_lab: Callable[..., LoadLab]) -> None:
    lab = make_lab()
    client = lab.client()
    address = f"/api/v1/load-tests/{create(client)['public_id']}/runs"
    for wish in ({}, {"influxdb": False}):
        assert client.post(address, json=wish).status_code == 201
    with lab.database.read() as session:
        found = [run.spec["influxdb"] for run in session.scalars(select(Run).order_by(Run.id))]
    assert found == [True, False]


@ON_SQLITE
def test_several_runs_are_queued_at_once(make_lab: Callable[..., LoadLab]) -> None:
    client = make_lab().client()
    address = f"/api/v1/load-tests/{create(client)['public_id']}/runs"
    started = client.post(address, json={"repeat": 3}).json()
    assert len({run["public_id"] for run in started["runs"]}) == 3
    assert started["runs"][0]["public_id"] == started["public_id"]
    assert client.post(address, json={"repeat": 0}).status_code == 422
    assert client.post(address, json={"repeat": 101}).status_code == 422


@ON_SQLITE
def test_load_goes_where_the_policy_allows(make_lab: Callable[..., LoadLab]) -> None:
    lab = make_lab(host="0.0.0.0")
    client = lab.client()
    client.headers.update(lab.token("write"))
    for url in ("http://127.0.0.1:1", "http://169.254.169.254/latest", "http://10.0.0.1"):
        made = create(client, base_url=url)
        refused = client.post(f"/api/v1/load-tests/{made['public_id']}/runs")
        assert refused.status_code == 400, refused.text
        assert refused.json()["type"].endswith(":address-refused")
        assert "base URL of your own" not in refused.json()["detail"]


@ON_SQLITE
def test_an_address_of_the_document_can_be_overridden(make_lab: Callable[..., LoadLab]) -> None:
    lab = make_lab(host="0.0.0.0")
    client = lab.client()
    client.headers.update(lab.token("write"))
    scenario = {**plan_of()["scenarios"][0], "endpoint": str(add_endpoint(lab))}
    made = create(client, base_url=None, scenarios=[without(scenario, "path", "method")])
    refused = client.post(f"/api/v1/load-tests/{made['public_id']}/runs")
    assert refused.status_code == 400
    assert refused.json()["detail"].endswith(
        "The document sends the load to http://127.0.0.1:8123/v1; "
        "a base URL of your own (`base_url`, `--base-url`) sends it elsewhere."
    )


def without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


SCRIPT = b"export const options = {duration: '5s'}; export default function () {}"


def upload(client: TestClient, script: bytes = SCRIPT, **fields: Any) -> Any:
    files = [("script", ("mine.js", script))] + [
        ("files", (name, content)) for name, content in fields.pop("files", {}).items()
    ]
    return client.post(f"{LIST}/own-script", data={"name": "Mine", **fields}, files=files)


def test_an_own_script_is_taken_in(lab: LoadLab, client: TestClient) -> None:
    answer = upload(
        client,
        b'open("./a.csv");' + SCRIPT,
        files={"a.csv": b"x"},
        environment='{"TARGET": "http://127.0.0.1:1"}',
        secrets=["KEY"],
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["kind"] == "own"
    assert made["planned_duration_s"] == 35
    assert made["script"] == {
        "script_name": "script.js", "files": ["a.csv"], "max_vus": 1, "secrets": ["KEY"],
        "environment": {"TARGET": "http://127.0.0.1:1"}, "warnings": [],
    }  # fmt: skip
    address = f"/api/v1/load-tests/{made['public_id']}"
    assert client.get(f"{address}/script").content == b'open("./a.csv");' + SCRIPT
    assert client.put(address, json={"plan": plan_of()}).status_code == 409
    with lab.database.write() as session:
        write_secret(session, lab.keyring, 1, "KEY", "k")
    assert client.post(f"{address}/runs").status_code == 201
    with lab.database.read() as session:
        run = session.scalar(select(Run))
        assert run is not None
        assert run.spec["script_kind"] == "own"
        assert set(run.spec["files"]) == {"a.csv"}


def test_an_own_script_is_replaced_in_its_place(client: TestClient) -> None:
    made = upload(client, files={"a.csv": b"x"}).json()
    address = f"/api/v1/load-tests/{made['public_id']}"
    other = [("script", ("other.ts", b"export default function () {}"))]
    answer = client.put(f"{address}/own-script", data={"name": "Other"}, files=other)
    assert answer.status_code == 200, answer.text
    assert answer.json()["public_id"] == made["public_id"]
    assert (answer.json()["name"], answer.json()["script"]["files"]) == ("Other", [])
    assert client.get(f"{address}/script").content == b"export default function () {}"
    refused = client.put(
        f"{address}/own-script", data={"name": "Other"}, files=[("script", ("x.js", b"{"))]
    )
    assert refused.status_code == 422
    planned = client.post(LIST, json={"plan": plan_of()}).json()["public_id"]
    path = f"/api/v1/load-tests/{planned}/own-script"
    assert client.put(path, data={"name": "Other"}, files=other).status_code == 409


@ON_SQLITE
@pytest.mark.parametrize(
    "fields, field",
    [
        ({"script": b"export default function({"}, "script"),
        ({"script": b" "}, "script"),
        ({"files": {"..": b""}}, "files"),
        ({"files": {"script.js": b""}}, "files"),
        ({"environment": "{"}, "environment"),
        ({"environment": '{"K6_VUS": "9"}'}, "environment.K6_VUS"),
        ({"environment": '{"A": "\\u0000"}'}, "environment.A"),
        ({"secrets": ["PATH"]}, "secrets.0"),
    ],
)
def test_a_faulty_upload_names_its_field(
    client: TestClient, fields: dict[str, Any], field: str
) -> None:
    answer = upload(client, **fields)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


@ON_SQLITE
def test_own_scripts_need_an_administrator_and_a_setting(
    make_lab: Callable[..., LoadLab],
) -> None:
    lab = make_lab(host="0.0.0.0")
    client = lab.client()
    client.headers.update(lab.token("write"))
    assert upload(client).status_code == 403
    client.headers.update(lab.token("admin"))
    answer = upload(client)
    assert answer.status_code == 403
    assert "BENCHWRIGHT_EXECUTORS__PROCESS__ENABLED" in answer.json()["detail"]
    lab.settings.executors.process.enabled = True
    made = upload(client).json()
    client.headers.update(lab.token("run"))
    assert client.post(f"/api/v1/load-tests/{made['public_id']}/runs").status_code == 403


def test_a_large_plan_is_previewed_and_kept(client: TestClient) -> None:
    scenarios = [{**plan_of()["scenarios"][0], "name": f"n {n}"} for n in range(2000)]
    made = create(client, scenarios=scenarios)
    assert made["scenario_count"] == 2000
    preview = client.post(f"{LIST}/preview", json={"plan": plan_of(scenarios=scenarios)})
    assert len(preview.json()["scenarios"]) == 2000
