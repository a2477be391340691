"""What the same work costs without Benchwright: the measure beside its own figures."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil

from benchmarks import servers

BARE_APP = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
def hello() -> dict[str, str]:
    return {"hello": "world"}
uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""


@contextlib.contextmanager
def bare_server() -> Iterator[servers.Server]:
    """FastAPI under uvicorn with one route, measured from its start to its first answer."""
    port = servers.free_port()
    client = httpx2.Client(timeout=60)
    began = time.monotonic()
    child = subprocess.Popen([sys.executable, "-c", BARE_APP, str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                client.get(url).raise_for_status()
                break
            time.sleep(0.01)
        started_in_s = time.monotonic() - began
        yield servers.Server(url, Path(), psutil.Process(child.pid), started_in_s)
    finally:
        child.terminate()
        child.wait(20)


def write_results(path: Path, batches: list[bytes]) -> float:
    """Values a second that the same bodies give, parsed and written by this process alone."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(
            "CREATE TABLE result (run_id, benchmark, metric, stat, value, unit, better,"
            " PRIMARY KEY (run_id, benchmark, metric, stat)) WITHOUT ROWID"
        )
        values = 0
        began = time.monotonic()
        for batch in batches:
            rows = [tuple(row.values()) for row in json.loads(batch)["results"]]
            with database:
                database.executemany("INSERT INTO result VALUES (1, ?, ?, ?, ?, ?, ?)", rows)
            values += len(rows)
        return values / (time.monotonic() - began)


def compare(name: str, value: float, unit: str) -> None:
    """Prints a peer's figure; it is no promise."""
    print(f"peer {name}: {value:,.3f} {unit}")
