"""A real InfluxDB 1.x on ports of its own: started when the first test or benchmark asks for it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil

from tests.services import requirements

PATIENCE_S = 60.0
_LISTENING = re.compile(r'"msg":"Listening on HTTP".*"addr":"([^"]+)"')

# Port 0 lets the system choose, also for the internal port. The rest is as InfluxDB delivers it:
# what a benchmark measures is what a user has.
CONFIG = """
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  auth-enabled = {auth}
[logging]
  format = "json"
"""


@dataclass
class InfluxServer:
    """A running server at `url`; `user` and `password` are set where it asks for them."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    user: str | None = None
    password: str | None = None

    @property
    def port(self) -> int:
        """Of its HTTP interface."""
        return int(self.url.rpartition(":")[2])

    def query(self, text: str, database: str = "", **parameters: str) -> list[dict[str, Any]]:
        """The series that statements give, each with `name`, `tags`, `columns` and, if any, `values`."""
        answer = self._post("query", {"q": text, "db": database, **parameters})
        results = answer.json()["results"]
        for result in results:
            if "error" in result:
                raise AssertionError(f"{text}: {result['error']}")
        return [series for result in results for series in result.get("series", [])]

    def rows(self, text: str, database: str = "") -> list[dict[str, Any]]:
        """The rows of all series, each with its tags and columns by name."""
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], values, strict=True))}
            for series in self.query(text, database)
            for values in series.get("values", [])
        ]

    def create_database(self, name: str) -> None:
        """Makes an empty database."""
        self.query(f'CREATE DATABASE "{name}"')

    def write(self, lines: bytes, database: str, **parameters: str) -> None:
        """Stores points in line protocol; returns once they are durable."""
        self._post("write", {"db": database, **parameters}, content=lines)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends the server; its data stays, for `start_influxdb` on the same folder and port."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE_S)

    def _post(self, path: str, query: Mapping[str, str], content: bytes = b"") -> httpx2.Response:
        auth = (self.user, self.password) if self.user and self.password else None
        with httpx2.Client(timeout=PATIENCE_S, trust_env=False, auth=auth) as client:
            answer = client.post(f"{self.url}/{path}", params=dict(query), content=content)
        if answer.is_error:
            raise AssertionError(f"InfluxDB answered {answer.status_code}: {answer.text[:500]}")
        return answer


def start_influxdb(
    folder: Path, *, port: int = 0, user: str | None = None, password: str | None = None
) -> InfluxServer:
    """Starts a server that keeps everything in `folder`; with `user` it asks for a password."""
    program = requirements.find("influxd")
    if program is None:
        raise FileNotFoundError(f"influxd not found. {requirements.advice(['influxd'])}")
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "influxdb.conf"
    auth = str(user is not None).lower()
    config.write_text(CONFIG.format(folder=folder, port=port, auth=auth))
    log = folder / "influxdb.log"
    command = [program, "run", "-config", str(config), "-pidfile", str(folder / "influxdb.pid")]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("INFLUXDB_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    server = InfluxServer("", folder, process, user, password)
    try:
        server.url = _await_address(process, log)
        _await_answer(server.url)
        if user is not None:
            text = f"CREATE USER \"{user}\" WITH PASSWORD '{password}' WITH ALL PRIVILEGES"
            # At a second start the user is there, which is fine with the same password.
            server.query(text)
    except BaseException:
        server.stop(signal.SIGKILL)
        raise
    return server


@contextlib.contextmanager
def influxdb_server(
    folder: Path, *, port: int = 0, user: str | None = None, password: str | None = None
) -> Iterator[InfluxServer]:
    """A server for as long as the block runs."""
    server = start_influxdb(folder, port=port, user=user, password=password)
    try:
        yield server
    finally:
        server.stop()


def stop_left_over(folder: Path) -> None:
    """Ends the server that a killed test session left running in `folder`."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int((folder / "influxdb.pid").read_text()))
        if "influxd" in process.name() and str(folder) in " ".join(process.cmdline()):
            process.kill()
            process.wait(10)


def _await_address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = _LISTENING.search(log.read_text(errors="replace"))
        if found is not None:
            return f"http://{found[1]}"
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise AssertionError(f"influxd did not start: {log.read_text(errors='replace')[-2000:]}")


def _await_answer(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with httpx2.Client(timeout=PATIENCE_S, trust_env=False) as client:
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx2.HTTPError):
                client.get(f"{url}/ping").raise_for_status()
                return
            time.sleep(0.02)
    raise AssertionError(f"{url} does not answer")
