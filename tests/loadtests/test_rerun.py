from __future__ import annotations

import uuid
from typing import Any

import pytest

from benchwright.runs import service as runs
from benchwright.runs.models import Run
from benchwright.runs.state import RunState
from tests.fixtures.site import Site

PLAN = {
    "name": "Noon",
    "base_url": "http://127.0.0.1:9",
    "scenarios": [{"name": "a", "path": "/a", "executor": "constant-vus", "duration": "5s"}],
}


def add_load_test(site: Site, **changes: Any) -> str:
    answer = site.client.post(
        "/api/v1/projects/default/load-tests", json={"plan": {**PLAN, **changes}}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["public_id"])


def start(site: Site, load_test: str) -> str:
    answer = site.client.post(f"/api/v1/load-tests/{load_test}/runs", json={})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["public_id"])


def change(site: Site, load_test: str, **changes: Any) -> None:
    answer = site.client.put(f"/api/v1/load-tests/{load_test}", json={"plan": {**PLAN, **changes}})
    assert answer.status_code == 200, answer.text


def stored(site: Site, run_id: str) -> Run:
    with site.harness.database.read() as session:
        return runs.get_run(session, uuid.UUID(run_id))


def test_a_run_is_repeated_as_it_was_whatever_became_of_its_load_test(site: Site) -> None:
    test = add_load_test(site)
    first = start(site, test)
    change(site, test, base_url="http://127.0.0.1:10", name="Afternoon")
    answer = site.client.post(f"/api/v1/runs/{first}/again")
    assert answer.status_code == 201
    again, original = stored(site, answer.json()["public_id"]), stored(site, first)
    assert again.spec == original.spec
    assert again.spec["plan"]["base_url"] == "http://127.0.0.1:9"
    assert (again.name, again.load_test_id) == (original.name, original.load_test_id)
    assert again.workload_digest == original.workload_digest
    assert again.timeout_s == original.timeout_s
    assert again.state is RunState.QUEUED


def test_a_repeated_request_starts_one_run(site: Site) -> None:
    first = start(site, add_load_test(site))
    headers = {"Idempotency-Key": "once"}
    ids = {
        site.client.post(f"/api/v1/runs/{first}/again", headers=headers).json()["public_id"]
        for _ in range(2)
    }
    assert len(ids) == 1


def test_the_page_repeats_a_run_and_shows_the_new_one(site: Site) -> None:
    first = start(site, add_load_test(site))
    location = site.send(f"/p/default/runs/{first}/again", {})
    assert location.startswith("/p/default/runs/")
    assert not location.endswith(first)
    assert stored(site, location.rpartition("/")[2]).spec == stored(site, first).spec
    assert site.client.post(f"/p/default/runs/{uuid.uuid4()}/again").status_code == 404


@pytest.mark.parametrize(
    "spec,status", [({}, 409), ({"script_kind": "generated", "script_blob": "0" * 64}, 409)]
)
def test_a_run_whose_script_is_gone_cannot_be_repeated(
    site: Site, spec: dict[str, Any], status: int
) -> None:
    run_id = site.harness.make_run()
    with site.harness.database.write() as session:
        runs.get_run(session, run_id).spec = spec
    assert site.client.post(f"/api/v1/runs/{run_id}/again").status_code == status
    location = site.send(f"/p/default/runs/{run_id}/again", {})
    assert location == f"/p/default/runs/{run_id}"
    notice = site.page(location).select_one(".toast.is-bad")
    assert notice is not None
    assert "start its load test instead" in notice.text


def test_what_may_be_contacted_is_asked_anew(site: Site) -> None:
    run_id = start(site, add_load_test(site))
    with site.harness.database.write() as session:
        run = runs.get_run(session, uuid.UUID(run_id))
        plan = {**run.spec["plan"], "base_url": "http://169.254.169.254"}
        run.spec = {**run.spec, "plan": plan}
    answer = site.client.post(f"/api/v1/runs/{run_id}/again")
    assert 400 <= answer.status_code < 500
    assert "169.254" in answer.json()["detail"]


def test_a_missing_secret_is_named(site: Site) -> None:
    run_id = start(site, add_load_test(site))
    with site.harness.database.write() as session:
        run = runs.get_run(session, uuid.UUID(run_id))
        run.spec = {**run.spec, "secrets": ["GONE"]}
    answer = site.client.post(f"/api/v1/runs/{run_id}/again")
    assert answer.status_code == 422
    assert "GONE" in answer.json()["errors"][0]["message"]


def test_the_page_of_an_ended_run_tells_that_its_load_test_has_changed(site: Site) -> None:
    test = add_load_test(site)
    run_id = start(site, test)
    with site.harness.database.write() as session:
        from benchwright.runs.transitions import transition

        transition(session, runs.get_run(session, uuid.UUID(run_id)), RunState.STOPPED, "enough")
    page = site.page(f"/p/default/runs/{run_id}")
    assert "its load test has changed since" not in page.text
    assert page.select_one(f"form[action='/p/default/runs/{run_id}/again']")
    assert not page.select_one(f"form[action='/p/default/load-tests/{test}/run']")
    edit = page.select_one(f"a[href='/p/default/load-tests/new?from_run={run_id}']")
    assert edit is not None
    change(site, test, base_url="http://127.0.0.1:10")
    page = site.page(f"/p/default/runs/{run_id}")
    assert "its load test has changed since" in page.text
    assert page.select_one(f"form[action='/p/default/load-tests/{test}/run']")
