from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from benchwright.compat.metric_vault.schemas import LoadTestWish
from benchwright.compat.metric_vault.translation import plan_of
from benchwright.loadtests.plan import dump_plan
from benchwright.runs.state import RunState
from benchwright.settings import K6Settings
from tests.compat.conftest import ON_SQLITE, REFUSED, Vault

ENDPOINT = UUID(int=7)


def translated(**scenario: Any) -> dict[str, Any]:
    wish = LoadTestWish.model_validate({
        "scenarios": [{"endpoint_id": 1, "stages": [{}], **scenario}],
    })  # fmt: skip
    (made,) = dump_plan(plan_of(wish, {1: ENDPOINT}))["scenarios"]
    found: dict[str, Any] = made
    return found


def test_what_is_left_out_is_as_documented() -> None:
    wish = LoadTestWish.model_validate({"scenarios": [{"endpoint_id": 1, "stages": [{}]}]})
    assert (wish.title, wish.description, wish.target_tps) == ("load testing", "설명 없음", None)
    scenario = wish.scenarios[0]
    assert (scenario.name, scenario.executor, scenario.think_time) == (
        "제목없음", "constant-vus", 1.0,
    )  # fmt: skip
    assert scenario.stages[0].model_dump() == {"duration": "10s", "target": 10}
    assert scenario.response_time_target is scenario.error_rate_target is None


def test_constant_users_take_the_first_stage_only() -> None:
    made = translated(stages=[{"duration": "30s", "target": 4}, {"duration": "9h", "target": 900}])
    assert (made["vus"], made["duration"]) == (4, "30s")
    assert made["think_time_s"] == {"min_s": 1, "max_s": 1}


def test_ramping_users_take_all_stages() -> None:
    stages = [{"duration": "30s", "target": 4}, {"duration": "1m", "target": 0}]
    made = translated(executor="ramping-vus", stages=stages)
    assert made["stages"] == stages


def test_targets_are_judged_at_the_95th_percentile_and_as_a_share() -> None:
    made = translated(response_time_target=300, error_rate_target=2.5)
    assert made["targets"]["response_time"]["ms"] == 300
    assert made["targets"]["error_rate"] == pytest.approx(0.025)
    wish = LoadTestWish.model_validate(
        {"target_tps": 100, "scenarios": [{"endpoint_id": 1, "response_time_target": 1, "stages": [{}]}]}
    )  # fmt: skip
    plan = plan_of(wish, {1: ENDPOINT})
    assert plan.target_tps == 100
    assert plan.scenarios[0].targets.response_time is not None
    assert plan.scenarios[0].targets.response_time.stat == "p95"


def test_parameters_and_headers_go_to_their_places() -> None:
    made = translated(
        parameters=[
            {"name": "id", "param_type": "path", "value": "7"},
            {"name": "q", "param_type": "query", "value": "a b"},
            {"name": "body", "param_type": "requestBody", "value": '{"name": "{{x}}"}'},
        ],
        headers=[{"header_key": "X-Shop", "header_value": "1"}],
    )
    assert made["values"] == {"path": {"id": {"value": "7"}}, "query": {"q": {"value": "a b"}}}
    assert made["headers"] == {"X-Shop": {"value": "1"}}
    assert made["body"] == {"content": {"name": "{{x}}"}, "template": False}


def test_several_parts_of_a_body_are_its_properties() -> None:
    made = translated(parameters=[
        {"name": "n", "param_type": "requestBody", "value": "3"},
        {"name": "text", "param_type": "requestBody", "value": "plain"},
    ])  # fmt: skip
    assert made["body"]["content"] == {"n": 3, "text": "plain"}


def test_a_test_is_started_under_the_documented_names(vault: Vault) -> None:
    project_id = vault.add_project()
    vault.add_document(project_id)
    wish = {"scenarios": [{"endpoint_id": vault.endpoint_ids()["GET /items"], "stages": [{}]}]}
    data = vault.ok("POST", "/load-testing", json=wish)
    assert set(data) == {"file_name", "job_name"}
    assert re.fullmatch(r"job\d{14}[0-9a-f]{6}", data["job_name"])
    assert re.fullmatch(r"load_test_\d{8}_\d{6}_[0-9a-f]{6}\.js", data["file_name"])
    run = vault.newest_run()
    assert (run.project_id, run.name, run.state) == (project_id, "load testing", RunState.QUEUED)
    script = vault.lab.blobs.get(run.spec["script_blob"]).decode()
    assert "http://127.0.0.1:9/v1/items" in script
    details = vault.ok("GET", f"/test-history/{run.id}/details")
    assert (details["job_name"], details["k6_script_file_name"]) == (
        data["job_name"], data["file_name"],
    )  # fmt: skip


def test_the_same_plan_again_is_the_same_load_test(vault: Vault) -> None:
    vault.add_document(vault.add_project())
    endpoint = vault.endpoint_ids()["GET /items"]
    tests = []
    for title in ("A", "A", "B"):
        vault.start(endpoint, title=title)
        tests.append(vault.newest_run().load_test_id)
    assert tests[0] is not None
    assert tests[0] == tests[1] != tests[2]


def test_endpoints_of_several_projects_make_one_test_of_the_first(vault: Vault) -> None:
    first, second = vault.add_project("A"), vault.add_project("B")
    one = vault.add_document(first)["tags"][0]["endpoints"][0]["id"]
    two = vault.add_document(second)["tags"][0]["endpoints"][0]["id"]
    scenarios = [{"endpoint_id": number, "stages": [{}]} for number in (one, two)]
    vault.ok("POST", "/load-testing", json={"scenarios": scenarios})
    run = vault.newest_run()
    assert (run.project_id, run.load_test_id) == (first, None)
    details = vault.ok("GET", f"/test-history/{run.id}/details")
    assert [s["endpoint"]["endpoint_id"] for s in details["scenarios"]] == [one, two]


def test_two_scenarios_of_one_endpoint_keep_apart(vault: Vault) -> None:
    vault.add_document(vault.add_project())
    scenario = {"endpoint_id": vault.endpoint_ids()["GET /items"], "stages": [{}]}
    vault.ok("POST", "/load-testing", json={"scenarios": [scenario, scenario]})
    details = vault.ok("GET", f"/test-history/{vault.newest_run().id}/details")
    assert len({s["scenario_tag"] for s in details["scenarios"]}) == 2
    assert len({s["scenario_history_id"] for s in details["scenarios"]}) == 2


def test_an_unknown_endpoint_is_named(vault: Vault) -> None:
    answer = vault.client.post(
        "/load-testing", json={"scenarios": [{"endpoint_id": 9, "stages": [{}]}]}
    )
    assert (answer.status_code, answer.json()) == (404, {"detail": "Endpoint ID 9 not found"})


@ON_SQLITE
@pytest.mark.parametrize(
    "changes",
    [
        {"stages": []},
        {"stages": [{"duration": "soon"}]},
        {"stages": [{"target": -1}]},
        {"stages": [{"target": 0}]},
        {"think_time": -1},
        {"response_time_target": -5},
        {"error_rate_target": 101},
        {"parameters": [{"name": "x", "param_type": "cookie", "value": "1"}]},
        {"parameters": [{"name": "x", "param_type": "path", "value": "1"}]},
        {"headers": [{"header_key": "not a name", "header_value": "1"}]},
        {"name": "nothing \x00 follows"},
    ],
)
def test_wishes_that_make_no_test(vault: Vault, changes: dict[str, Any]) -> None:
    vault.add_document(vault.add_project())
    scenario = {"endpoint_id": vault.endpoint_ids()["GET /items"], "stages": [{}], **changes}
    answer = vault.client.post("/load-testing", json={"scenarios": [scenario]})
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"][0]["msg"]
    assert vault.ok("GET", "/test-history/simple") == []


@ON_SQLITE
@pytest.mark.parametrize("body", [b"", b"{", b'{"scenarios": NaN}', b"[" * 100_000, b"\xff"])
def test_bodies_that_are_none(vault: Vault, body: bytes) -> None:
    answer = vault.client.post(
        "/load-testing", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    assert "detail" in answer.json()


def test_another_executor_is_refused(vault: Vault) -> None:
    vault.add_document(vault.add_project())
    scenario = {
        "endpoint_id": vault.endpoint_ids()["GET /items"], "stages": [{}], "executor": "warp",
    }  # fmt: skip
    vault.fails(400, REFUSED, "POST", "/load-testing", json={"scenarios": [scenario]})


def test_the_script_is_also_written_to_a_folder(vault: Vault, tmp_path: Path) -> None:
    vault.add_document(vault.add_project())
    folder = tmp_path / "scripts" / "k6"
    vault.lab.settings.k6 = K6Settings(script_folder=folder)
    vault.start(vault.endpoint_ids()["GET /items"])
    run = vault.newest_run()
    (written,) = folder.iterdir()
    assert written.name == f"load_test_{run.created_at:%Y%m%d_%H%M%S}_{run.public_id.hex[:6]}.js"
    assert written.read_bytes() == vault.lab.blobs.get(run.spec["script_blob"])


def test_a_folder_that_cannot_be_written_stops_no_test(vault: Vault, tmp_path: Path) -> None:
    vault.add_document(vault.add_project())
    (tmp_path / "file").touch()
    vault.lab.settings.k6 = K6Settings(script_folder=tmp_path / "file" / "folder")
    vault.start(vault.endpoint_ids()["GET /items"])
    assert "could not be written" in vault.newest_run().warnings[0]
