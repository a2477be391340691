"""A real VictoriaMetrics on a port of its own: started when a test asks for it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil

from tests.services import requirements

PATIENCE_S = 60.0
PID_FILE = "server.pid"
PROGRAMS = ("prometheus", "victoria-metrics")

Samples = dict[float, float]
"""Values by Unix time."""


@dataclass
class MetricsDatabase:
    """A running server at `url` that takes remote write and answers PromQL."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def write_url(self) -> str:
        """Where it takes remote write."""
        return f"{self.url}/api/v1/write"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def samples(self, selector: str, until_s: float) -> list[tuple[dict[str, str], Samples]]:
        """The raw samples of each series in the last hour before a time."""
        data = self._get("query", {"query": f"{selector}[1h]", "time": str(until_s)})
        return [
            (series["metric"], {float(at): float(value) for at, value in series["values"]})
            for series in data["result"]
        ]

    def wait_for(self, selector: str, until_s: float, count: int) -> Samples:
        """The samples of the one series that is meant, once it has so many."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = self.samples(selector, until_s)
            if len(found) == 1 and len(found[0][1]) >= count:
                return found[0][1]
            assert time.monotonic() < deadline, f"{selector} has {found}, not {count} samples"
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends the server; its data stays, for a start on the same folder and port."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE_S)

    def _get(self, path: str, query: Mapping[str, str]) -> Any:
        with httpx2.Client(timeout=PATIENCE_S, trust_env=False) as client:
            # VictoriaMetrics hides what came in a moment ago, unless it is told not to.
            answer = client.get(f"{self.url}/api/v1/{path}", params={"nocache": "1", **query})
        assert answer.is_success, f"{answer.status_code}: {answer.text[:500]}"
        return answer.json()["data"]


def start_victoriametrics(folder: Path, port: int = 0) -> MetricsDatabase:
    """Starts a server that keeps everything in `folder`."""
    options = [f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={folder / 'data'}"]
    # Without these, samples are searchable only after up to a minute.
    options += ["-search.latencyOffset=0s", "-search.disableCache", "-retentionPeriod=10y"]
    return start("victoria-metrics", folder, options, "/health")


def start(program: str, folder: Path, options: Sequence[str], health: str) -> MetricsDatabase:
    """Starts a program with these options and waits until it answers."""
    path = requirements.find(program)
    if path is None:
        raise FileNotFoundError(f"{program} not found. {requirements.advice([program])}")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "server.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [path, *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder
        )
    (folder / PID_FILE).write_text(str(process.pid))
    server = MetricsDatabase("", folder, process)
    try:
        server.url = f"http://127.0.0.1:{_await_port(process, log)}"
        _await_answer(server.url + health)
    except BaseException:
        server.stop(signal.SIGKILL)
        raise
    return server


def stop_left_over(folder: Path) -> None:
    """Ends the server that a killed test session left running in `folder`."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int((folder / PID_FILE).read_text()))
        if process.name().startswith(tuple(name[:15] for name in PROGRAMS)):
            process.kill()
            process.wait(10)


def _await_port(process: subprocess.Popen[bytes], log: Path) -> int:
    """The port that the system chose; not every program tells it."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(psutil.Error):
            for connection in psutil.Process(process.pid).net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    return int(connection.laddr[1])
        time.sleep(0.02)
    raise AssertionError(f"it did not start: {log.read_text(errors='replace')[-2000:]}")


def _await_answer(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with httpx2.Client(timeout=PATIENCE_S, trust_env=False) as client:
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx2.HTTPError):
                client.get(url).raise_for_status()
                return
            time.sleep(0.02)
    raise AssertionError(f"{url} does not answer")
