"""What a container costs under Benchwright: its launch, many at once, and their logs.

Needs a Docker daemon with the image `busybox:test`: `DOCKER_HOST`, else this machine's socket.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import servers
from tests.services.docker import IMAGE, LOCAL, Daemon

LAUNCHES = 20
MAX_LAUNCH_S = 0.050
QUEUED = 100
STREAMS = 20
LINES_PER_S = 1000
SECONDS = 30
MAX_CORES = 1.0

Run = dict[str, Any]


class DockerLab:
    """A server whose host `local` is the daemon, and runs on it."""

    def __init__(self, server: servers.Server, client: httpx2.Client, daemon: Daemon) -> None:
        self.server = server
        self.daemon = daemon
        self._client = client

    def start(self, script: str, **plan: Any) -> list[Run]:
        """Posts a job; the runs that it became."""
        body = {
            "plan": {
                "name": "a job",
                "image": IMAGE,
                "pull": "never",
                "host": "local",
                "command": ["sh", "-c", script],
                **plan,
            }
        }
        answer = self._client.post("/api/v1/projects/default/job-runs", json=body)
        answer.raise_for_status()
        runs: list[Run] = answer.json()["runs"]
        return runs

    def wait(self, run_id: str, patience_s: float = 600) -> Run:
        """The run once it has ended."""
        deadline = time.monotonic() + patience_s
        while True:
            run: Run = self._client.get(f"/api/v1/runs/{run_id}").raise_for_status().json()
            if run["ended_at"]:
                return run
            if time.monotonic() > deadline:
                raise SystemExit(f"the run is still {run['state']}: {run['reason']}")
            time.sleep(0.1)

    def log_lines(self, run_id: str) -> int:
        """How many lines the run's log has."""
        path = self.server.data_dir / "jobs" / run_id / "logs" / f"{run_id}.log"
        return path.read_bytes().count(b"\n")


@contextlib.contextmanager
def docker_lab(folder: Path, address: str) -> Iterator[DockerLab]:
    """A server with room for all that is measured."""
    os.environ["BENCHWRIGHT_HOSTS__LOCAL_ADDRESS"] = address
    os.environ["BENCHWRIGHT_HOSTS__LOCAL_SHARED_PATH"] = str(folder / "data")
    os.environ["BENCHWRIGHT_HOSTS__NETWORK"] = "none"
    os.environ["BENCHWRIGHT_HOSTS__CAPACITY"] = str(STREAMS)
    daemon = Daemon(address)
    daemon.provide_image()
    with servers.benchwright(folder) as server, server.client() as client:
        deadline = time.monotonic() + 60
        while not client.get("/api/v1/hosts/local").json()["seen_at"]:
            if time.monotonic() > deadline:
                raise SystemExit(f"the server does not see {address}")
            time.sleep(0.1)
        try:
            yield DockerLab(server, client, daemon)
        finally:
            name = json.loads((server.data_dir / ".benchwright" / "instance.json").read_text())
            daemon.remove_all(f"benchwright.instance={name['instance_id']}")


def launch_bare(daemon: Daemon) -> float:
    """Seconds from asking for a container to its start, as `docker run -d` asks."""
    config = {"Image": IMAGE, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", "Init": True}}
    began = time.time()
    container = daemon.ask("POST", "/containers/create", config)["Id"]
    daemon.ask("POST", f"/containers/{container}/start")
    try:
        return _started_at(daemon, container) - began
    finally:
        daemon.remove(container)


def launch_ours(lab: DockerLab) -> float:
    """Seconds from the POST to the container's start."""
    began = time.time()
    [run] = lab.start("true")
    ended = lab.wait(run["public_id"])
    started = dt.datetime.fromisoformat(ended["started_at"])
    return started.timestamp() - began


def _started_at(daemon: Daemon, container: str) -> float:
    text = daemon.ask("GET", f"/containers/{container}/json")["State"]["StartedAt"]
    return dt.datetime.fromisoformat(f"{text[:26]}+00:00").timestamp()


def measure_launches(lab: DockerLab) -> bool:
    """The cost of a launch, interleaved with bare ones."""
    launch_bare(lab.daemon), launch_ours(lab)
    bare, ours = [], []
    for _ in range(LAUNCHES):
        bare.append(launch_bare(lab.daemon))
        ours.append(launch_ours(lab))
    cost = statistics.median(ours) - statistics.median(bare)
    print(
        f"launch: median of {LAUNCHES}: bare {statistics.median(bare) * 1000:.0f} ms, "
        f"ours {statistics.median(ours) * 1000:.0f} ms, more by {cost * 1000:.0f} ms "
        f"(promise: {MAX_LAUNCH_S * 1000:.0f} ms)"
    )
    return cost <= MAX_LAUNCH_S


def measure_queue(lab: DockerLab) -> bool:
    """Many jobs on one host: each runs once."""
    began = time.monotonic()
    script = 'echo began >> "$BENCHWRIGHT_RESULTS_DIR/starts"; echo $N'
    plan = {"environment": {"N": "${{ n }}"}, "matrix": {"n": list(range(QUEUED))}}
    runs = lab.start(script, **plan)
    ended = [lab.wait(run["public_id"]) for run in runs]
    took_s = time.monotonic() - began
    good = sum(run["state"] == "succeeded" for run in ended)
    folders = [lab.server.data_dir / "jobs" / run["public_id"] for run in runs]
    once = sum((folder / "results" / "starts").read_text() == "began\n" for folder in folders)
    print(
        f"queue: {QUEUED} jobs on {STREAMS} places in {took_s:.1f} s: {good} succeeded, "
        f"{once} ran exactly once (promise: all)"
    )
    return good == once == QUEUED == len(runs)


def measure_logs(lab: DockerLab, seconds: int) -> bool:
    """Many logs at once: whole, and cheap for the server."""
    batch = 100
    count = LINES_PER_S * seconds
    script = (
        f"i=0; while [ $i -lt {count} ]; do seq $i $((i+{batch - 1})) | sed 's/$/ is a line of a log "
        f"as programs write them, with some words/'; i=$((i+{batch})); sleep {batch / LINES_PER_S}; done"
    )
    plan = {"environment": {"N": "${{ n }}"}, "matrix": {"n": list(range(STREAMS))}}
    runs = lab.start(script, **plan)
    used_before, began = lab.server.cpu_s, time.monotonic()
    for run in runs:
        lab.wait(run["public_id"])
    took_s = time.monotonic() - began
    cores = (lab.server.cpu_s - used_before) / took_s
    lines = [lab.log_lines(run["public_id"]) for run in runs]
    rate = sum(lines) / took_s
    print(
        f"logs: {STREAMS} containers, {sum(lines):,} of {count * STREAMS:,} lines, {rate:,.0f} lines/s "
        f"for {took_s:.0f} s, server {cores:.2f} cores (promise: all lines, < {MAX_CORES:g})"
    )
    return lines == [count] * STREAMS and cores < MAX_CORES


def main() -> int:
    """Measures all three; 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=os.environ.get("DOCKER_HOST", LOCAL))
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of the logs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, docker_lab(Path(name), arguments.host) as lab:
        kept = [
            measure_launches(lab),
            measure_queue(lab),
            measure_logs(lab, arguments.seconds),
        ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
