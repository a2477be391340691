from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchwright.loadtests.k6 import require_k6
from benchwright.settings import K6Settings
from tests.fixtures.served_lab import CountingTarget, ServedLab

SCRIPT = """
import http from "k6/http";
import { check } from "k6";
export const options = { vus: 2, iterations: 40 };
export default function () {
  const answer = http.get("%s/items", { tags: { name: "items" } });
  check(answer, { "is ok": (r) => r.status === 200 });
}
"""


@pytest.mark.k6
@pytest.mark.slow
@pytest.mark.needs("k6")
def test_k6_as_it_is_streams_in(
    served_lab: ServedLab, counting_target: CountingTarget, tmp_path: Path
) -> None:
    served_lab.start()
    script = tmp_path / "script.js"
    script.write_text(SCRIPT % counting_target.url)
    program = require_k6(K6Settings.model_validate({}))
    command = [str(program.path), "run", "--no-usage-report", "--address", "", "--quiet"]
    done = subprocess.run(
        [*command, "--out", f"influxdb={served_lab.url}/nightly", str(script)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "level=error" not in done.stderr + done.stdout

    [run] = served_lab.get("/api/v1/runs")["items"]
    assert (run["name"], run["kind"]) == ("nightly", "push")
    served_lab.post(f"/api/v1/runs/{run['public_id']}/finish")
    ended = served_lab.wait_for_run(run["public_id"], lambda found: found["ended_at"])
    assert ended["state"] == "succeeded"
    results = served_lab.results(run["public_id"])
    assert results["", "http_reqs", "count"] == counting_target.requests == 40
    assert results["", "http_req_failed", "count"] == 0
    assert results["", "checks", "passes"] == 40
    assert results["", "iterations", "count"] == 40
    assert results["", "http_req_duration", "p95"] > 0
