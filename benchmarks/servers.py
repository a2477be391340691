"""Starts what is measured: Benchwright itself, and nginx as a target that answers quickly."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

ANNOUNCEMENT = "Benchwright serves "

OPENAPI = """
openapi: 3.0.3
info: {title: nginx, version: "1"}
paths:
  /item: {get: {responses: {"200": {description: ok}}}}
"""

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/json; return 200 '{{"id": 1, "name": "item"}}'; }}
  }}
}}
"""


@dataclass
class Server:
    """A running Benchwright."""

    url: str
    data_dir: Path
    process: psutil.Process
    started_in_s: float

    @property
    def rss_mb(self) -> float:
        """Resident memory of the server, in megabytes."""
        return float(self.process.memory_info().rss) / 1e6

    @property
    def cpu_s(self) -> float:
        """Processor time that the server has used."""
        used = self.process.cpu_times()
        return float(used.user + used.system)

    def client(self) -> httpx2.Client:
        """A client of its API."""
        return httpx2.Client(base_url=self.url, timeout=60)


@contextlib.contextmanager
def benchwright(folder: Path) -> Iterator[Server]:
    """A server with an empty data directory, measured from its start to its first page."""
    data_dir = folder / "data"
    command = [sys.executable, "-m", "benchwright", "serve", "--port", "0"]
    command += ["--data-dir", str(data_dir)]
    client = httpx2.Client(timeout=60)  # made before: reading certificates takes a while
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        url = ""
        for line in child.stdout:
            if line.startswith(ANNOUNCEMENT):
                url = line.removeprefix(ANNOUNCEMENT).strip()
                break
        if not url:
            raise SystemExit("the server did not start")
        client.get(url, headers={"Accept": "text/html"}, follow_redirects=True).raise_for_status()
        started_in_s = time.monotonic() - began
        yield Server(url, data_dir, psutil.Process(child.pid), started_in_s)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(20)


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Starts nginx with one answer; its address."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise SystemExit("nginx is not installed: apt-get install nginx-light, brew install nginx")
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port))
    child = subprocess.Popen([program, "-c", str(config), "-e", str(folder / "error.log")])
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield url
    finally:
        child.terminate()
        child.wait(10)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(url: str) -> None:
    """Returns when the address answers."""
    for _ in range(200):
        with contextlib.suppress(httpx2.HTTPError):
            httpx2.get(url)
            return
        time.sleep(0.05)
    raise SystemExit(f"{url} does not answer")


def analyse(client: httpx2.Client, document: str, base_url: str) -> dict[str, str]:
    """Adds a document; the public id of each endpoint by `METHOD path`."""
    text = document + f"servers: [{{url: {base_url}}}]\n"
    answer = client.post(
        "/api/v1/projects/default/specs", files={"document": ("api.yaml", text.encode())}
    )
    answer.raise_for_status()
    spec_id = answer.json()["public_id"]
    page = client.get(f"/api/v1/specs/{spec_id}/endpoints").raise_for_status().json()
    return {f"{e['method']} {e['path']}": e["public_id"] for e in page["items"]}


def add_load_test(client: httpx2.Client, plan: dict[str, object]) -> str:
    """Saves a plan; the public id of the load test."""
    answer = client.post("/api/v1/projects/default/load-tests", json={"plan": plan})
    answer.raise_for_status()
    return str(answer.json()["public_id"])


def start_run(client: httpx2.Client, load_test_id: str, repeat: int = 1) -> str:
    """Queues runs; the public id of the first."""
    answer = client.post(f"/api/v1/load-tests/{load_test_id}/runs", json={"repeat": repeat})
    answer.raise_for_status()
    return str(answer.json()["public_id"])


def wait_until_ended(client: httpx2.Client, run_id: str) -> dict[str, object]:
    """The run once it has ended."""
    while True:
        run: dict[str, object] = client.get(f"/api/v1/runs/{run_id}").json()
        if run["ended_at"]:
            return run
        time.sleep(0.2)


def verdict(name: str, value: float, limit: float, unit: str, *, at_most: bool = True) -> bool:
    """Prints one promise with what was measured; whether it is kept."""
    kept = value <= limit if at_most else value >= limit
    sign = "≤" if at_most else "≥"
    print(f"{'ok  ' if kept else 'MISS'} {name}: {value:,.3f} {unit} ({sign} {limit:,} {unit})")
    return kept
