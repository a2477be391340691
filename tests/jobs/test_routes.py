from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.jobs.job_lab import JobLab

PLAN: dict[str, Any] = {"name": "a job", "command": ["true"]}
BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 8)}]\n"
    for old, new in zip("abcdefg", "bcdefgh", strict=True)
)


def create(job_lab: JobLab, **wish: Any) -> dict[str, Any]:
    answer = job_lab.client.post("/api/v1/projects/default/jobs", json=wish or {"plan": PLAN})
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    return job


def test_the_life_of_a_kept_job(job_lab: JobLab) -> None:
    client = job_lab.client
    job = create(job_lab, text="name: a job\ncommand: echo 'one two'\n", description="what for")
    address = f"/api/v1/jobs/{job['public_id']}"
    assert job["plan"] == {"name": "a job", "command": ["echo", "one two"]}
    assert (job["description"], job["project"], job["run_count"]) == ("what for", "default", 1)
    changed = client.put(address, json={"plan": {**PLAN, "matrix": {"a": [1, 2]}}}).json()
    assert changed["run_count"] == 2
    copy = client.post(f"{address}/duplicate").json()
    assert copy["name"] == copy["plan"]["name"] == "a job (copy)"
    assert client.delete(address).status_code == 204
    listed = client.get("/api/v1/projects/default/jobs").json()["items"]
    assert [one["name"] for one in listed] == ["a job (copy)"]
    archived = client.get("/api/v1/projects/default/jobs?archived=true").json()["items"]
    assert [one["public_id"] for one in archived] == [job["public_id"]]
    assert client.post(f"{address}/runs").status_code == 409
    assert client.put(address, json={"plan": PLAN}).status_code == 409
    assert client.post(f"{address}/restore").json()["archived_at"] is None
    assert client.post(f"{address}/runs").status_code == 201


def test_a_job_is_run_with_other_values(job_lab: JobLab) -> None:
    job = create(
        job_lab, plan={"name": "e", "command": "echo ${{ a }}-${{ b }}", "parameters": {"a": 1, "b": "x"}}
    )  # fmt: skip
    address = f"/api/v1/jobs/{job['public_id']}/runs"
    started = job_lab.client.post(address, json={"parameters": {"a": [2, 3]}}).json()
    assert [run["name"] for run in started["runs"]] == ["e · a=2", "e · a=3"]
    assert started["public_id"] == started["runs"][0]["public_id"]
    job_lab.drive()
    assert job_lab.log(started["runs"][1]["public_id"]) == "3-x\n"
    refused = job_lab.client.post(address, json={"parameters": {"c": 1}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "parameters.c")
    refused = job_lab.client.post(address, json={"parameters": {"a": {"x": 1}}})
    assert refused.status_code == 422
    assert job_lab.client.post(address, json={"host": "x"}).json()["errors"][0]["field"] == "host"


def test_a_plan_is_run_without_being_kept_and_once(job_lab: JobLab) -> None:
    address, key = "/api/v1/projects/default/job-runs", {"Idempotency-Key": "one"}
    first = job_lab.client.post(address, json={"plan": PLAN}, headers=key)
    again = job_lab.client.post(address, json={"plan": PLAN}, headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(job_lab.client.get("/api/v1/runs").json()["items"]) == 1
    assert job_lab.client.get("/api/v1/projects/default/jobs").json()["items"] == []


@pytest.mark.parametrize(
    "text, status",
    [
        ("a: [", 400),
        ("- 1", 422),
        (BOMB, 400),
        ("name: x\ncommand: [true]\nmatrix: {a: [1, 2], b: [" + "1, " * 600 + "1]}", 422),
    ],
)
def test_texts_that_are_no_plan(job_lab: JobLab, text: str, status: int) -> None:
    for address in ("jobs", "job-runs"):
        answer = job_lab.client.post(f"/api/v1/projects/default/{address}", json={"text": text})
        assert answer.status_code == status, answer.text


def preview(job_lab: JobLab, **source: Any) -> dict[str, Any]:
    answer = job_lab.client.post("/api/v1/projects/default/jobs/preview", json=source)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_preview_tells_what_would_run(job_lab: JobLab) -> None:
    job_lab.add_secret("KEY", "very secret")
    found = preview(
        job_lab,
        plan={
            "name": "p", "command": "run --config ${{ run.config }} --lr ${{ lr }}",
            "matrix": {"lr": [0.1, 0.2]}, "secrets": {"TOKEN": "KEY"},
            "environment": {"LR": "${{ lr }}"}, "config": {"inline": {"lr": "${{ lr }}"}},
        },
    )  # fmt: skip
    assert found["faults"] == []
    assert (found["run_count"], found["run_names"]) == (2, ["p · lr=0.1", "p · lr=0.2"])
    assert found["command"][-1] == "0.1"
    assert found["environment"] == {"LR": "0.1", "TOKEN": "•••"}
    assert found["config"] == "lr: 0.1\n"
    assert (found["target"], found["host"]) == ("local", None)
    assert "very secret" not in str(found)


def test_a_preview_tells_of_the_host(job_lab: JobLab) -> None:
    job_lab.add_host("box", is_drained=True)
    found = preview(job_lab, plan={"name": "p", "image": "busybox", "host": "box"})
    assert found["host"]["name"] == "box"
    assert found["target"] == "docker:box"
    assert "drained" in found["notes"][0]
    assert found["folders"][-1] == "/data/jobs/‹run›"


def test_a_preview_names_the_lines_of_faults(job_lab: JobLab) -> None:
    text = "name: p\ncommand: [true]\ntimeout_s: -1\nenvironment:\n  A: ${{ x }}\n"
    found = preview(job_lab, text=text)
    assert [(fault["field"], fault["line"]) for fault in found["faults"]] == [("timeout_s", 3)]
    found = preview(job_lab, text=text.replace("-1", "1"))
    assert [(fault["field"], fault["line"]) for fault in found["faults"]] == [("environment.A", 5)]
    found = preview(job_lab, text="name: p\n  x: [")
    assert found["faults"][0]["line"] == 2
    # Several faults that need the installation are told together.
    plan = {"name": "p", "command": ["true"], "config": "no.yaml", "secrets": {"A": "B"}}
    assert {fault["field"] for fault in preview(job_lab, plan=plan)["faults"]} == {
        "config.stored", "secrets.A",
    }  # fmt: skip


def test_who_may_do_what(make_job_lab: Callable[..., JobLab]) -> None:
    job_lab = make_job_lab(server={"public_url": "http://lab.example"})
    with job_lab.lab.database.read():
        pass
    runner, admin = job_lab.token("run"), job_lab.token("admin")
    client, address = job_lab.client, "/api/v1/projects/default/job-runs"
    refused = client.post(address, json={"plan": PLAN}, headers=runner)
    assert refused.status_code == 403
    assert "scope `admin`" in refused.json()["detail"]
    assert client.post(address, json={"plan": PLAN}, headers=admin).status_code == 201
    job_lab.add_host("box")
    plan = {"name": "c", "image": "busybox", "host": "box"}
    assert client.post(address, json={"plan": plan}, headers=runner).status_code == 201
    shown = client.post(
        "/api/v1/projects/default/jobs/preview", json={"plan": PLAN}, headers=runner
    )
    assert "scope `admin`" in shown.json()["faults"][0]["message"]


def report(metrics: str) -> str:
    return f"printf '{metrics}' > $BENCHWRIGHT_RESULTS_DIR/result.json"


def test_a_group_says_which_run_was_best(job_lab: JobLab) -> None:
    script = report('{"loss": {"value": %s, "better": "lower"}, "n": 7}') + "; exit ${{ code }}"
    script = script.replace("%s", "${{ lr }}")
    plan = {
        "name": "fit", "command": ["sh", "-c", script],
        "matrix": {"lr": [0.3, 0.1, 0.2], "code": [0, 1]},
    }  # fmt: skip
    started = job_lab.client.post("/api/v1/projects/default/job-runs", json={"plan": plan}).json()
    job_lab.drive()
    address = f"/api/v1/job-groups/{started['group_id']}"
    group = job_lab.client.get(address).json()
    assert (group["name"], group["parameters"]) == ("fit", ["lr", "code"])
    assert group["states"] == {"succeeded": 3, "failed": 3}
    loss = next(metric for metric in group["metrics"] if metric["key"] == "loss")
    assert loss["better"] == "lower"
    best = next(run for run in group["runs"] if run["public_id"] == loss["best"])
    assert (best["parameters"]["lr"], best["results"]["loss"]) == (0.1, 0.1)
    rows = list(csv.reader(io.StringIO(job_lab.client.get(f"{address}/csv").text)))
    assert rows[0][4:8] == ["lr", "code", "loss", "n"]
    assert len(rows) == 7
    assert rows[1][4:8] == ["0.3", "0", "0.3", "7.0"]

    again = job_lab.client.post(f"{address}/again?failed=true").json()
    assert [run["name"] for run in again["runs"]] == [
        f"fit · lr={lr} · code=1" for lr in (0.3, 0.1, 0.2)
    ]
    stopped = job_lab.client.post(f"/api/v1/job-groups/{again['group_id']}/stop").json()
    assert len(stopped["runs"]) == 3
    job_lab.drive()
    states = job_lab.client.get(f"/api/v1/job-groups/{again['group_id']}").json()["states"]
    assert states == {"stopped": 3}
    assert job_lab.client.get(f"/api/v1/job-groups/{uuid.uuid4()}").status_code == 404


def test_a_run_is_run_again_as_it_was(job_lab: JobLab) -> None:
    job_lab.put_config("a.yaml", "then")
    plan = {"name": "c", "command": "cat ${{ run.config }}", "config": "a.yaml", "tags": ["t"]}
    job = create(job_lab, plan=plan)
    first = job_lab.client.post(f"/api/v1/jobs/{job['public_id']}/runs").json()["public_id"]
    job_lab.put_config("a.yaml", "now")
    job_lab.client.put(f"/api/v1/jobs/{job['public_id']}", json={"plan": PLAN})
    again = job_lab.client.post(f"/api/v1/runs/{first}/again")
    assert again.status_code == 201, again.text
    job_lab.drive()
    run = job_lab.show(again.json()["public_id"])
    assert (run["name"], run["state"], run["tags"]) == ("c", "succeeded", ["t"])
    assert job_lab.log(run["public_id"]) == "then"
    assert len(job_lab.client.get("/api/v1/runs").json()["items"]) == 2
