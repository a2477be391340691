"""How fast runs and results are written, and what the server needs for it."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx2

from benchmarks import peers, servers

RUNS = 2000
RUNS_PER_REQUEST = 20
SINGLE_RUNS = 400
CLIENTS = 4
BATCHES = 40
BATCH_SIZE = 10_000
JSON = {"Content-Type": "application/json"}
PLAN = {
    "name": "store",
    "scenarios": [
        {"name": "item", "executor": "constant-vus", "vus": 1, "duration": "10m", "think_time_s": 1}
    ],
}


def create_runs(server: servers.Server, load_test_id: str, runs: int, repeat: int) -> float:
    """Runs created a second by a few clients at once, `repeat` with each request."""

    def work() -> None:
        with server.client() as client:
            for _ in range(runs // CLIENTS // repeat):
                servers.start_run(client, load_test_id, repeat)

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return runs / (time.monotonic() - began)


def result_batches() -> list[bytes]:
    """Bodies of requests that add results."""
    return [
        json.dumps({
            "results": [
                {"benchmark": f"b{number}", "metric": f"m{i}", "stat": "avg", "value": i * 1.5,
                 "unit": "ms", "better": "lower"}
                for i in range(BATCH_SIZE)
            ]
        }).encode()
        for number in range(BATCHES)
    ]  # fmt: skip


def write_results(client: httpx2.Client, run_id: str, batches: list[bytes]) -> float:
    """Result values written a second, in batches."""
    began = time.monotonic()
    for batch in batches:
        client.post(
            f"/api/v1/runs/{run_id}/results", content=batch, headers=JSON
        ).raise_for_status()
    return BATCHES * BATCH_SIZE / (time.monotonic() - began)


def view_runs(client: httpx2.Client, run_id: str) -> None:
    """Opens the pages of a run and what they load, as a browser does."""
    for _ in range(10):
        page = client.get(f"/p/default/runs/{run_id}", headers={"Accept": "text/html"})
        page.raise_for_status()
        client.get(f"/api/v1/runs/{run_id}/series").raise_for_status()
        client.get("/p/default/runs", headers={"Accept": "text/html"}).raise_for_status()


def measure() -> bool:
    """Prints every figure; whether all promises are kept."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with peers.bare_server() as bare:
            peers.compare("start to first page", bare.started_in_s, "s")
            peers.compare("memory after start", bare.rss_mb, "MB")
        with servers.nginx(folder / "nginx") as target, servers.benchwright(folder) as server:
            kept = [servers.verdict("start to first page", server.started_in_s, 2, "s")]
            kept.append(servers.verdict("memory after start", server.rss_mb, 150, "MB"))
            with server.client() as client:
                endpoint = servers.analyse(client, servers.OPENAPI, target)["GET /item"]
                scenario = {**PLAN["scenarios"][0], "endpoint": endpoint}  # type: ignore[dict-item, index]  # JSON
                short = {"name": "short", "scenarios": [{**scenario, "duration": "5s"}]}
                finished = servers.start_run(client, servers.add_load_test(client, short))
                servers.wait_until_ended(client, finished)
                view_runs(client, finished)
                kept.append(servers.verdict("memory after viewing", server.rss_mb, 220, "MB"))
                load_test_id = servers.add_load_test(client, {**PLAN, "scenarios": [scenario]})
                occupying = servers.start_run(client, load_test_id)
                single = create_runs(server, load_test_id, SINGLE_RUNS, 1)
                print(f"runs created, one with each request: {single:.0f} runs/s")
                rate = create_runs(server, load_test_id, RUNS, RUNS_PER_REQUEST)
                kept.append(servers.verdict("runs created", rate, 300, "runs/s", at_most=False))
                batches = result_batches()
                alone = peers.write_results(folder / "peer.db", batches)
                peers.compare("results written", alone, "values/s")
                values = write_results(client, finished, batches)
                kept.append(
                    servers.verdict("results written", values, 100_000, "values/s", at_most=False)
                )
                client.post(f"/api/v1/runs/{occupying}/stop").raise_for_status()
                servers.wait_until_ended(client, occupying)
    return all(kept)


if __name__ == "__main__":
    sys.exit(0 if measure() else 1)
