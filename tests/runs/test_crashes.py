"""The server is killed as by `kill -9` at every named point of a run's life.

Nothing may be lost, nothing started twice, and no outcome guessed: the target counts.
"""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import httpx2
import pytest

from tests.fixtures.served_lab import CountingTarget, ServedLab

pytestmark = pytest.mark.k6

SOURCES = Path(__file__).parents[2] / "src" / "benchwright" / "runs"
POINTS = [
    "after_claim",
    "before_create",
    "after_create",
    "after_handle",
    "before_start",
    "after_start",
    "after_running",
    "after_collecting",
    "before_seal",
    "after_seal",
    "after_finish",
]
ITERATIONS = 30


def test_every_point_is_tested() -> None:
    text = "".join(path.read_text() for path in SOURCES.glob("*.py"))
    named = set(re.findall(r'crash_point\("(\w+)"\)', text))
    assert named | {"after_running", "after_collecting"} == set(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_loses_nothing_and_doubles_nothing(
    point: str, served_lab: ServedLab, counting_target: CountingTarget
) -> None:
    served_lab.start(BENCHWRIGHT_CRASH_AT=point)
    load_test_id = served_lab.add_load_test(
        counting_target.url,
        executor="shared-iterations",
        iterations=ITERATIONS,
        vus=3,
        think_time_s=0.1,
    )
    run_id = served_lab.start_run(load_test_id)
    assert served_lab.wait_for_death() == -signal.SIGKILL
    served_lab.start()
    run = served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
    assert run["state"] == "succeeded", run["reason"]
    assert counting_target.requests == ITERATIONS
    results = served_lab.results(run_id)
    assert results["", "http_reqs", "count"] == ITERATIONS
    assert results["s1", "http_reqs", "count"] == ITERATIONS
    history = served_lab.get(f"/api/v1/runs/{run_id}/history")
    states = [event["to_state"] for event in history if event["type"] == "state"]
    assert states == ["queued", "launching", "running", "collecting", "succeeded"]
    assert not (served_lab.data_dir / "jobs" / run_id / "series.journal").exists()
    workloads = served_lab.data_dir / ".benchwright" / "processes"
    deadline = time.monotonic() + 60  # the state comes first, cleaning up after it
    while list(workloads.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_server_that_is_killed_mid_run_goes_on_with_it(
    served_lab: ServedLab, counting_target: CountingTarget
) -> None:
    served_lab.start()
    first_url = served_lab.url
    load_test_id = served_lab.add_load_test(
        counting_target.url,
        executor="constant-arrival-rate",
        rate=20,
        duration="5m",
        pre_allocated_vus=5,
    )
    run_id = served_lab.start_run(load_test_id)
    wait_for_figures(served_lab, run_id, since_ms=0)
    served_lab.kill()
    time.sleep(1.5)
    served_lab.start()
    assert served_lab.url == first_url, "k6 pushes to the port that it was told"
    wait_for_figures(served_lab, run_id, since_ms=time.time_ns() // 1_000_000)
    served_lab.post(f"/api/v1/runs/{run_id}/stop")
    run = served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
    assert run["state"] == "stopped"
    results = served_lab.results(run_id)
    counted = results["", "http_reqs", "count"]
    assert counting_target.requests - 5 <= counted <= counting_target.requests
    timeline = served_lab.get(f"/api/v1/runs/{run_id}/series")
    assert timeline["totals"]["overall"]["requests"] == counted


def wait_for_figures(lab: ServedLab, run_id: str, since_ms: int) -> None:
    """Returns when the timeline shows requests of a second behind `since_ms`."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        timeline = lab.get(f"/api/v1/runs/{run_id}/series")
        rates = timeline["overall"].get("requests_per_s", [])
        points = zip(timeline["times_ms"], rates, strict=False)
        if any(ms > since_ms and rate for ms, rate in points):
            return
        time.sleep(0.2)
    raise AssertionError("no figures came")


def test_a_run_that_ends_while_the_server_is_down_is_collected(
    served_lab: ServedLab, counting_target: CountingTarget
) -> None:
    served_lab.start()
    load_test_id = served_lab.add_load_test(
        counting_target.url, executor="constant-vus", vus=2, duration="2s", think_time_s=0.1
    )
    run_id = served_lab.start_run(load_test_id)
    served_lab.wait_for_run(run_id, lambda run: run["state"] == "running")
    assert served_lab.stop() == 0
    deadline = time.monotonic() + 60
    while not (served_lab.data_dir / "jobs" / run_id / "results" / "summary.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    served_lab.start()
    run = served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
    assert (run["state"], run["exit_code"]) == ("succeeded", 0)
    assert served_lab.results(run_id)["", "http_reqs", "count"] == counting_target.requests


def test_a_stopped_run_counts_what_it_measured(
    served_lab: ServedLab, counting_target: CountingTarget
) -> None:
    served_lab.start()
    load_test_id = served_lab.add_load_test(
        counting_target.url, executor="constant-vus", vus=2, duration="60s", think_time_s=0.05
    )
    run_id = served_lab.start_run(load_test_id)
    wait_for_figures(served_lab, run_id, since_ms=0)
    served_lab.post(f"/api/v1/runs/{run_id}/stop")
    run = served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
    assert (run["state"], run["stop_reason"], run["exit_code"]) == ("stopped", "user", 105)
    counted = served_lab.results(run_id)["", "http_reqs", "count"]
    assert counted > 0
    # A request that was under way when k6 was told to stop reached the target and no more.
    assert counting_target.requests - 2 <= counted <= counting_target.requests
    refused = httpx2.post(f"{served_lab.url}/api/v1/runs/{run_id}/stop")
    assert refused.status_code == 409


def test_a_target_that_is_down_gives_k6s_verdict(served_lab: ServedLab) -> None:
    served_lab.start()
    load_test_id = served_lab.add_load_test(
        "http://127.0.0.1:9",
        executor="shared-iterations",
        iterations=5,
        vus=1,
        targets={"error_rate": 0.01},
    )
    run_id = served_lab.start_run(load_test_id)
    run = served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
    assert (run["state"], run["verdict"], run["exit_code"]) == ("succeeded", "missed", 99)
    assert served_lab.results(run_id)["", "http_req_failed", "rate"] == 1
