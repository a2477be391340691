"""What Benchwright costs the load generator: k6 under it against a bare `k6 run`, in turn."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2

from benchmarks import servers
from benchwright.loadtests.k6 import require_k6
from benchwright.settings import Settings

SCENARIO = "http_reqs"


@dataclass(frozen=True)
class Measured:
    """One run of k6."""

    requests: float
    rate: float
    cpu_s: float

    @property
    def cpu_per_request_us(self) -> float:
        """Processor time of k6 per request, in microseconds."""
        return self.cpu_s / self.requests * 1e6


def run_bare(k6: Path, script: Path, folder: Path) -> Measured:
    """A plain `k6 run` of the script, without outputs."""
    summary = folder / "summary.json"
    child = subprocess.Popen(
        [str(k6), "run", "--quiet", "--no-color", "--no-usage-report", str(script)],
        env={**os.environ, "BENCHWRIGHT_SUMMARY": str(summary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the bare k6 ended with {child.returncode}")
    values = json.loads(summary.read_text())["metrics"]["http_reqs"]["values"]
    return Measured(values["count"], values["rate"], used.ru_utime + used.ru_stime)


def run_ours(client: httpx2.Client, load_test_id: str, data_dir: Path, duration_s: int) -> Measured:
    """The same script as a run of Benchwright."""
    run_id = servers.start_run(client, load_test_id)
    # Asking for the state is no part of what is measured, and takes the processors' time too.
    time.sleep(duration_s)
    run = servers.wait_until_ended(client, run_id)
    if run["state"] != "succeeded":
        raise SystemExit(f"the run {run['state']}: {run['reason']}")
    usage = json.loads((data_dir / "jobs" / run_id / "usage.json").read_text())
    results = client.get(f"/api/v1/runs/{run_id}/results").json()
    found = {
        r["stat"]: r["value"] for r in results if r["metric"] == "http_reqs" and not r["benchmark"]
    }
    cpu_s = usage["cpu_user_s"] + usage["cpu_system_s"]
    return Measured(found["count"], found["rate"], cpu_s)


def measure(pairs: int, rate: int, duration_s: int) -> bool:
    """Runs the pairs and prints the figures; whether both promises are kept."""
    k6 = require_k6(Settings().k6).path
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            servers.nginx(folder / "nginx") as target,
            servers.benchwright(folder) as server,
            server.client() as client,
        ):
            endpoint = servers.analyse(client, servers.OPENAPI, target)["GET /item"]
            plan = {
                "name": "overhead",
                "scenarios": [
                    {
                        "name": "item",
                        "endpoint": endpoint,
                        "executor": "constant-arrival-rate",
                        "rate": rate,
                        "duration": f"{duration_s}s",
                        "pre_allocated_vus": 50,
                    }
                ],
            }
            load_test_id = servers.add_load_test(client, plan)
            script = folder / "script.js"
            text = client.get(f"/api/v1/load-tests/{load_test_id}/script").text
            script.write_text(text)
            bare: list[Measured] = []
            ours: list[Measured] = []
            for number in range(pairs):
                # Each goes first in turn: the machine may have quieter and busier minutes.
                for turn in (number, number + 1):
                    if turn % 2:
                        ours.append(run_ours(client, load_test_id, server.data_dir, duration_s))
                    else:
                        bare.append(run_bare(k6, script, folder))
                print(
                    f"pair {number + 1}: bare {bare[-1].cpu_per_request_us:.1f} µs/request, "
                    f"{bare[-1].rate:.1f}/s; ours {ours[-1].cpu_per_request_us:.1f} µs/request, "
                    f"{ours[-1].rate:.1f}/s"
                )
    cpu = min(m.cpu_per_request_us for m in ours) / min(m.cpu_per_request_us for m in bare)
    speed = max(m.rate for m in ours) / max(m.rate for m in bare)
    ratios = [o.cpu_per_request_us / b.cpu_per_request_us for o, b in zip(ours, bare, strict=True)]
    print(f"median of the pairs' CPU ratios: {statistics.median(ratios):.3f}")
    kept = servers.verdict("CPU per request, ours ÷ bare (minima)", cpu, 1.05, "×")
    return servers.verdict("requests/s, ours ÷ bare", speed, 0.97, "×", at_most=False) and kept


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--rate", type=int, default=800)
    parser.add_argument("--duration", type=int, default=10)
    options = parser.parse_args()
    sys.exit(0 if measure(options.pairs, options.rate, options.duration) else 1)
