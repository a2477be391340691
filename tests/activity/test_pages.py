from __future__ import annotations

import datetime as dt

from benchwright.kit.db import now
from benchwright.runs import service as runs
from benchwright.runs.state import RunState
from tests.fixtures.site import Site


def test_what_runs_is_told_with_deadlines_and_retries(site: Site) -> None:
    lab = site.harness.installation.lab
    queued = site.harness.make_run(RunState.QUEUED, name="Waits")
    running = site.harness.make_run(RunState.RUNNING, name="Runs", age_s=20)
    stuck = site.harness.make_run(RunState.COLLECTING, name="Stuck", age_s=60)
    site.harness.make_run(name="Over")
    with lab.database.write() as session:
        run = runs.get_run(session, running)
        run.warned_at, run.lease_owner = now(), lab.owner
        run.lease_until = now() + dt.timedelta(seconds=lab.settings.runs.lease_s)
        failed = runs.get_run(session, stuck)
        failed.collect_attempts, failed.collect_error = 2, "OSError: No space left on device"
        failed.collect_again_at = now() + dt.timedelta(seconds=20)
    told = site.client.get("/activity.json").json()
    assert told == {
        **site.client.get("/api/v1/activity", headers={"Accept": "application/json"}).json(),
        "at": told["at"],
        "runs": told["runs"],
    }
    assert [run["name"] for run in told["runs"]] == ["Runs", "Stuck", "Waits"]
    assert told["total"] == 3
    shown = told["runs"][0]
    started = dt.datetime.fromisoformat(shown["started_at"])
    assert dt.datetime.fromisoformat(shown["deadline_at"]) == started + dt.timedelta(seconds=330)
    assert shown["is_here"]
    assert abs((now() - dt.datetime.fromisoformat(shown["last_seen_at"])).total_seconds()) < 30
    assert told["runs"][2]["public_id"] == str(queued)
    text = site.page("/activity").text
    for words in ("Runs for long", "failed 2 times: OSError: No space left", "this server"):
        assert words in text
    woken: list[str] = []
    lab.wake = lambda: woken.append("woken")
    assert site.send(f"/activity/runs/{stuck}/collect", {}) == "/activity"
    assert woken == ["woken"]
    assert site.client.get("/activity.json").json()["runs"][1]["next_attempt_at"] is None
    assert site.client.post(f"/api/v1/runs/{running}/collect").status_code == 409
    status = site.client.get("/scheduler/status", headers={"Accept": "application/json"}).json()
    assert list(status["data"]["scheduler"]["retry_jobs"].values()) == [2]
    assert status["data"]["incomplete_count"] == told["total"]


def test_loops_tell_when_they_last_did_their_work(site: Site) -> None:
    assert "Nothing runs" in site.page("/activity").text
    lab = site.harness.installation.lab
    lab.heartbeats.succeeded("reconciler")
    lab.heartbeats.failed("webhooks")
    loops = {loop["name"]: loop for loop in site.client.get("/activity.json").json()["loops"]}
    assert (loops["reconciler"]["state"], loops["retention"]["state"]) == ("well", "waiting")
    assert (loops["webhooks"]["state"], loops["webhooks"]["failures"]) == ("late", 1)
    lab.heartbeats._successes["reconciler"] -= 600
    assert site.client.get("/activity.json").json()["loops"][0]["state"] == "late"


def test_the_limits_of_the_settings_are_named(site: Site) -> None:
    runs_settings = site.harness.installation.lab.settings.runs
    runs_settings.warn_after_s, runs_settings.max_timeout_s = 60, 2 * 3600
    text = site.page("/activity").text
    assert "A warning comes after 1\u00a0min" in text
    assert "No run takes longer than 2\u00a0h" in text
