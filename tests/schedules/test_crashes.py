"""The server is killed as by `kill -9` in the middle of a firing."""

from __future__ import annotations

import datetime as dt
import signal
import time

import pytest

from tests.fixtures.served_lab import CountingTarget, ServedLab

ITERATIONS = 5


@pytest.mark.k6
@pytest.mark.timeout(300)
def test_a_firing_that_is_killed_gives_one_run(
    served_lab: ServedLab, counting_target: CountingTarget
) -> None:
    served_lab.start(BENCHWRIGHT_CRASH_AT="before_firing")
    load_test = served_lab.add_load_test(
        counting_target.url, executor="shared-iterations", iterations=ITERATIONS, vus=1
    )
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3)
    # However slow the machine, the firing is made up for.
    wish = {"load_test": load_test, "once_at": soon.isoformat(), "when_missed": "run_late"}
    schedule = served_lab.post("/api/v1/schedules", wish)
    assert served_lab.wait_for_death() == -signal.SIGKILL
    served_lab.start()
    path = f"/api/v1/schedules/{schedule['public_id']}"
    deadline = time.monotonic() + 60
    while not (firings := served_lab.get(f"{path}/firings")["items"]):
        assert time.monotonic() < deadline, "the firing was not made up for"
        time.sleep(0.2)
    (firing,) = firings
    assert firing["outcome"] == "started"
    run = served_lab.wait_for_run(firing["run"], lambda run: run["ended_at"])
    assert run["state"] == "succeeded", run["reason"]
    assert counting_target.requests == ITERATIONS
    (listed,) = served_lab.get("/api/v1/runs")["items"]
    assert listed["public_id"] == firing["run"]
    assert served_lab.get(path)["state"] == "done"
