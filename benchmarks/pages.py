"""How long the server takes for each page when there is much: 10,000 runs and 5,000 endpoints."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import random
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
from bs4 import BeautifulSoup
from sqlalchemy import insert, text

from benchmarks import servers
from benchwright.installation import open_installation
from benchwright.kit.db import Database, WriteSession
from benchwright.loadtests.models import LoadTest
from benchwright.projects import service as projects
from benchwright.runs.models import Result, Run, RunEvent, RunTag, Verdict
from benchwright.runs.state import RunKind, RunState
from benchwright.settings import Settings

RUNS = 10_000
TESTS = 25
SCENARIOS = 4
ENDPOINTS = 5_000
WARM_UP, REQUESTS = 3, 20
PAGE_MS, LIST_MS = 100.0, 50.0
MOST_KINDS = 60
IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b")
LISTS = {
    "newest": "", "by p95": "?sort=-p95", "by name": "?sort=name", "text": "?q=search+7",
    "facets": "?verdict=missed&state=succeeded&tag=nightly",
    "range": "?min_p95_ms=150&started_from=2026-01-05&sort=-errors",
    "100 rows": "?limit=200", "as JSON": ".json",
}  # fmt: skip
"""What is asked of the list."""


def fill(database: Database) -> None:
    """Puts in runs of all states with events, tags, results and verdicts."""
    with database.write() as session:
        project_id = projects.ensure_default(session).id
        session.execute(insert(LoadTest), [_load_test(project_id, n) for n in range(TESTS)])
        tests = session.execute(text("SELECT id FROM load_test ORDER BY id")).scalars().all()
        chance = random.Random(1)
        rows = [_run(project_id, tests[n % TESTS], n, chance) for n in range(RUNS)]
        for start in range(0, RUNS, 500):
            session.execute(insert(Run), rows[start : start + 500])
        ids = session.execute(text("SELECT id FROM run ORDER BY id")).scalars().all()
        for start in range(0, RUNS, 500):
            _fill_around(session, project_id, ids[start : start + 500], rows[start : start + 500])
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _load_test(project_id: int, number: int) -> dict[str, Any]:
    return {
        "public_id": uuid.uuid4(), "project_id": project_id, "name": f"Search {number}",
        "plan": _plan(number), "script_details": {}, "scenario_count": SCENARIOS,
        "planned_duration_s": 300.0,
    }  # fmt: skip


def _plan(number: int) -> dict[str, Any]:
    return {
        "name": f"Search {number}",
        "base_url": "http://127.0.0.1:9",
        "scenarios": [
            {
                "name": f"scenario {i}", "path": f"/items/{i}", "method": "GET",
                "executor": "constant-arrival-rate", "rate": 20, "duration": "5m",
                "headers": {"X-Trace": "a value of the usual length"},
                "targets": {"response_time": {"stat": "p95", "ms": 300}, "error_rate": 0.01},
            }
            for i in range(SCENARIOS)
        ],
    }  # fmt: skip


def _run(project_id: int, test_id: int, number: int, chance: random.Random) -> dict[str, Any]:
    ended = RUNS - number > 3
    state = chance.choices(
        [RunState.SUCCEEDED, RunState.FAILED, RunState.STOPPED, RunState.TIMED_OUT, RunState.LOST],
        [80, 8, 8, 2, 2],
    )[0]
    if not ended:
        state = RunState.RUNNING
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=number)
    measured = state in (RunState.SUCCEEDED, RunState.STOPPED)
    plan = _plan(number % TESTS)
    scenarios = [
        {"key": f"s{i + 1}", "name": s["name"], "method": "GET", "path": s["path"]}
        for i, s in enumerate(plan["scenarios"])
    ]
    return {
        "public_id": uuid.uuid4(), "project_id": project_id, "load_test_id": test_id,
        "kind": RunKind.LOAD_TEST, "name": plan["name"], "home": "another machine",
        "spec": {"script_kind": "generated", "script_blob": "0" * 64, "plan": plan,
                 "scenarios": scenarios},
        "state": state, "timeout_s": 600.0, "planned_duration_s": 300.0, "created_at": at,
        "started_at": at, "ended_at": at + dt.timedelta(minutes=5) if ended else None,
        "duration_s": 300.0 + number % 7 if ended else None,
        "requests_per_s": 80 * chance.uniform(0.8, 1.2) if measured else None,
        "response_time_p95_ms": 180 * chance.uniform(0.7, 1.5) if measured else None,
        "error_rate": chance.choice([0.0, 0.0, 0.01]) if measured else None,
        "verdict": chance.choice(["met", "missed", "unknown"]) if measured else None,
        "workload_digest": str(number // 2500), "stored_bytes": 200_000,
        "last_event_seq": 4, "warnings": [], "doubts": [],
    }  # fmt: skip


def _fill_around(
    session: WriteSession, project_id: int, ids: Sequence[int], rows: Sequence[dict[str, Any]]
) -> None:
    tags = [
        {"run_id": run_id, "tag": tag, "project_id": project_id}
        for run_id in ids
        for every, tag in ((3, "nightly"), (7, "release"), (11, "日本"))
        if run_id % every == 0
    ]
    session.execute(insert(RunTag), tags)
    events = [
        {"run_id": run_id, "seq": seq, "type": "state", "message": "It went on", "data": {}}
        for run_id in ids
        for seq in range(1, 5)
    ]
    session.execute(insert(RunEvent), events)
    measured = [(i, row) for i, row in zip(ids, rows, strict=True) if row["requests_per_s"]]
    results = [value for run_id, row in measured for value in _results(run_id, row)]
    session.execute(insert(Result), results)
    verdicts = [
        {"run_id": run_id, "subject": subject, "judgement": row["verdict"], "inputs": {},
         "method": "k6-summary", "method_version": "1"}
        for run_id, row in measured
        for subject in ("run", *(f"s{i + 1}/response_time" for i in range(SCENARIOS)))
    ]  # fmt: skip
    session.execute(insert(Verdict), verdicts)


def _results(run_id: int, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    p95 = row["response_time_p95_ms"]
    for key in ("", *(f"s{i + 1}" for i in range(SCENARIOS))):
        values = {
            **{("http_req_duration", s): p95 * share for s, share in
               {"avg": 0.4, "min": 0.1, "med": 0.3, "max": 4, "p90": 0.8, "p95": 1, "p99": 2}.items()},
            ("http_reqs", "rate"): row["requests_per_s"], ("http_reqs", "count"): 24_000.0,
            ("http_req_failed", "rate"): row["error_rate"], ("http_req_failed", "count"): 2.0,
        }  # fmt: skip
        for (metric, stat), value in values.items():
            yield {
                "run_id": run_id, "benchmark": key, "metric": metric, "stat": stat,
                "value": value, "unit": "ms", "better": "lower",
            }  # fmt: skip


def document() -> bytes:
    """An OpenAPI document with so many endpoints."""
    lines = ["openapi: 3.0.3", "info: {title: Large, version: '1'}",
             "servers: [{url: 'http://127.0.0.1:9'}]", "paths:"]  # fmt: skip
    for n in range(ENDPOINTS):
        lines += [
            f"  /group{n % 40}/items{n}/{{id}}:",
            "    get:",
            f"      summary: Reads item {n}",
            f"      tags: [group {n % 40}]",
            "      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]",
            "      responses: {'200': {description: ok}}",
        ]
    return "\n".join(lines).encode()


def discover(client: httpx2.Client) -> dict[str, str]:
    """One address for each kind of page that links lead to, the newest of each."""
    waiting, seen = ["/"], dict[str, str]()
    while waiting and len(seen) < MOST_KINDS:
        address = waiting.pop(0)
        name = IDENTIFIER.sub("N", address)
        if name in seen:
            continue
        answer = client.get(address)
        if answer.status_code != 200 or "text/html" not in answer.headers["content-type"]:
            continue
        seen[name] = address
        for link in BeautifulSoup(answer.text, "html.parser").select("a[href]:not([download])"):
            target = urlsplit(urljoin(address, str(link["href"])))
            if not target.netloc and not target.query and not re.search(r"\.\w+$", target.path):
                waiting.append(target.path)
    return seen


def time_page(client: httpx2.Client, address: str) -> list[float]:
    """Milliseconds of each request after some to warm up."""
    times = []
    for _ in range(WARM_UP + REQUESTS):
        began = time.perf_counter()
        client.get(address).raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times[WARM_UP:])


def measure(label: str, folder: Path, *, lists_only: bool) -> bool:
    """Measures all pages of one database; whether every figure is kept."""
    installation = open_installation(Settings(data_dir=folder / "data"))
    began = time.monotonic()
    fill(installation.lab.database)
    installation.lab.database.dispose()
    print(f"{label}: {RUNS:,} runs made in {time.monotonic() - began:.0f} s")
    kept = []
    with servers.benchwright(folder) as server, server.client() as client:
        client.headers["Accept"] = "text/html"
        pages = {} if lists_only else _all_pages(label, client)
        for name, query in LISTS.items():
            pages[f"runs, {name}"] = (f"/p/default/runs{query}", LIST_MS)
        print(f"milliseconds{'median':>42}{'p95':>9}{'CPU':>9}{'limit':>9}")
        for name, (address, limit) in pages.items():
            cpu_s = server.cpu_s
            times = time_page(client, address)
            cpu_ms = (server.cpu_s - cpu_s) * 1000 / (WARM_UP + REQUESTS)
            p95 = times[-(len(times) // 20) - 1]
            kept.append(p95 <= limit)
            mark = "" if kept[-1] else "  MISS"
            figures = (statistics.median(times), p95, cpu_ms, limit)
            print(f"{name[:44]:<45}" + "".join(f"{figure:>9.1f}" for figure in figures) + mark)
    return all(kept)


def _all_pages(label: str, client: httpx2.Client) -> dict[str, tuple[str, float]]:
    """The address and the limit of one page of each kind, with a large document to show."""
    began = time.monotonic()
    files = {"document": ("large.yaml", document())}
    client.post("/api/v1/projects/default/specs", files=files).raise_for_status()
    print(f"{label}: {ENDPOINTS:,} endpoints analysed in {time.monotonic() - began:.0f} s")
    pages = {name: (address, PAGE_MS) for name, address in discover(client).items()}
    test = next(address for name, (address, _) in pages.items() if name.endswith("load-tests/N"))
    pages["load test, all runs"] = (f"{test}?last=all", PAGE_MS)
    pages["/p/default/runs"] = ("/p/default/runs", LIST_MS)
    return pages


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[bool]:
    """A server of its own, named in the environment; false where there is none."""
    try:
        from tests.services import postgresql as service

        address = service.start(folder)
    except (ImportError, OSError, RuntimeError) as error:
        print(f"PostgreSQL is left out: {error}")
        yield False
        return
    try:
        os.environ["BENCHWRIGHT_DATABASE_URL"] = address.format(database="postgres")
        yield True
    finally:
        del os.environ["BENCHWRIGHT_DATABASE_URL"]
        service.stop(folder)


def main(*, lists_only: bool = False) -> bool:
    """Measures on SQLite, and on PostgreSQL where it can be had."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    if busy > 0.5:
        print(f"The machine is busy ({busy:.1f} for each processor): only CPU says much.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "sqlite").mkdir()
        kept = measure("SQLite", folder / "sqlite", lists_only=lists_only)
        (folder / "server").mkdir()
        with postgresql(folder / "server") as is_there:
            if is_there:
                (folder / "postgresql").mkdir()
                database = folder / "postgresql"
                kept = measure("PostgreSQL", database, lists_only=lists_only) and kept
    return kept


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lists", action="store_true", help="only the list of runs: a minute")
    sys.exit(0 if main(lists_only=arguments.parse_args().lists) else 1)
