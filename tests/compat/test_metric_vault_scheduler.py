from __future__ import annotations

import pytest

from benchwright.runs.state import RunState, StopReason
from tests.compat.conftest import REFUSED, UNKNOWN, WAY, Vault


@pytest.fixture
def job(vault: Vault) -> str:
    vault.add_document(vault.add_project())
    return vault.start(vault.endpoint_ids()["GET /items"], title="Noon")


def test_jobs_that_have_not_ended(vault: Vault, job: str) -> None:
    run = vault.newest_run()
    vault.move(run.id, *WAY[:2])
    (shown,) = vault.ok("GET", "/scheduler/jobs")
    assert shown == {
        "name": job,
        "job_name": job,
        "original_job_name": job,
        "status": "Running",
        "start_time": shown["tested_at"],
        "completion_time": None,
        "labels": {"app": "k6-runner", "original-job-name": job},
        "title": "Noon",
        "tested_at": shown["tested_at"],
        "scenario_count": 1,
    }
    status = vault.ok("GET", "/scheduler/status")
    assert status["scheduler"] == {
        "is_running": True, "poll_interval": 0.5, "retry_jobs": {}, "thread_alive": True,
    }  # fmt: skip
    names = ("job_name", "title", "tested_at", "scenario_count")
    assert status["incomplete_jobs"] == [{name: shown[name] for name in names}]
    assert status["incomplete_count"] == 1
    vault.move(run.id, *WAY[2:])
    assert vault.ok("GET", "/scheduler/jobs") == []
    assert vault.ok("GET", "/scheduler/status")["incomplete_count"] == 0


def test_a_waiting_job_has_no_better_word(vault: Vault, job: str) -> None:
    assert [x["status"] for x in vault.ok("GET", "/scheduler/jobs")] == ["Unknown"]


def test_asking_for_a_look_wakes_what_drives_the_runs(vault: Vault, job: str) -> None:
    woken: list[str] = []
    vault.lab.wake = lambda: woken.append("woken")
    assert vault.ok("POST", "/scheduler/restart") is None
    assert vault.ok("POST", f"/scheduler/force-process/{job}") is None
    assert len(woken) == 2
    vault.fails(404, UNKNOWN, "POST", "/scheduler/force-process/job20200101000000abcdef")


def test_a_job_is_stopped(vault: Vault, job: str) -> None:
    woken: list[str] = []
    vault.lab.wake = lambda: woken.append("woken")
    assert vault.ok("DELETE", f"/scheduler/stop/{job}") is None
    run = vault.newest_run()
    assert (run.stop_reason, woken) == (StopReason.USER, ["woken"])
    vault.move(run.id, RunState.STOPPED)
    vault.fails(400, REFUSED, "DELETE", f"/scheduler/stop/{job}")
    vault.fails(404, UNKNOWN, "DELETE", "/scheduler/stop/nothing")


@pytest.mark.parametrize("verb", ["suspend", "resume"])
def test_a_load_is_never_paused(vault: Vault, job: str, verb: str) -> None:
    vault.fails(400, REFUSED, "POST", f"/scheduler/{verb}/{job}")
    vault.fails(404, UNKNOWN, "POST", f"/scheduler/{verb}/nothing")
    reason = vault.client.post(f"/scheduler/{verb}/{job}").headers["X-Benchwright-Reason"]
    assert "cannot be paused" in reason


@pytest.mark.parametrize("name", ["job99999999999999abcdef", "job", "%00", "a" * 200])
def test_names_that_no_job_has(vault: Vault, name: str) -> None:
    answer = vault.client.delete(f"/scheduler/stop/{name}")
    assert answer.status_code in {404, 422}
