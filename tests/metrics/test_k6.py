"""What the real load generator sends must give its own figures."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from benchwright.metrics.finished import finished_timeline
from benchwright.metrics.live import LiveRegistry
from benchwright.metrics.queries import metric_series
from benchwright.metrics.schemas import Selection
from benchwright.metrics.store import open_rows
from tests.services.requirements import find

pytestmark = [pytest.mark.k6, pytest.mark.needs("k6")]

RUN = uuid.UUID(int=3)

SCRIPT = """
import http from "k6/http";
import { check, group } from "k6";
import { Counter, Trend } from "k6/metrics";

const checks = new Counter("benchwright_checks");
const balance = new Trend("balance");

export const options = {
  systemTags: ["status", "method", "name", "scenario", "group", "check", "error_code",
               "expected_response"],
  summaryTrendStats: ["avg", "min", "med", "max", "p(95)", "p(99)", "count"],
  thresholds: {
    "http_req_duration{scenario:s1}": ["p(95)>=0"],
    "http_req_duration{scenario:s2}": ["p(95)>=0"],
    "http_reqs{scenario:s1}": ["count>=0"],
    "http_reqs{scenario:s2}": ["count>=0"],
  },
  scenarios: {
    s1: { executor: "constant-vus", vus: 3, duration: "2s", exec: "one" },
    s2: { executor: "constant-arrival-rate", rate: 40, timeUnit: "1s", duration: "2s",
          preAllocatedVUs: 1, maxVUs: 1, exec: "two" },
  },
};

function judge(answer) {
  const passed = check(answer, { "is 200": (r) => r.status === 200 });
  checks.add(1, { passed: String(passed) });
}

export function one() {
  judge(http.get(`${__ENV.TARGET}/sometimes-bad/${__ITER}`, { tags: { name: "GET /bad/{id}" } }));
  balance.add(-5.5);
}

export function two() {
  group("slow", () => judge(http.get(`${__ENV.TARGET}/slow`, { tags: { name: "GET /slow" } })));
  http.get("http://127.0.0.1:1/refused", { tags: { name: "GET /refused" } });
  balance.add(0);
}

export function handleSummary(data) {
  return { "summary.json": JSON.stringify(data) };
}
"""


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def target() -> Iterator[str]:
    """A server that is slow at one address and fails every third time at another."""
    numbers = count()

    class Target(_Quiet):
        def do_GET(self) -> None:
            time.sleep(0.04 if self.path == "/slow" else 0.01)
            is_bad = self.path != "/slow" and next(numbers) % 3 == 0
            self.answer(500 if is_bad else 200, b"hello")

    yield from _serve(Target)


@pytest.fixture
def registry() -> LiveRegistry:
    return LiveRegistry()


@pytest.fixture
def sink(registry: LiveRegistry) -> Iterator[str]:
    class Sink(_Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            registry.ingest(RUN, body, int(time.time() * 1000))
            self.answer(204)

    yield from _serve(Sink)


def _serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run_k6(folder: Path, target: str, sink: str) -> dict[str, Any]:
    program = find("k6")
    assert program is not None
    (folder / "script.js").write_text(SCRIPT)
    command = [program, "run", "--quiet", "--no-usage-report", "--address", "127.0.0.1:0"]
    finished = subprocess.run(
        [*command, "-o", "experimental-prometheus-rw", "-e", f"TARGET={target}", "script.js"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "K6_AUTO_EXTENSION_RESOLUTION": "false",
            "K6_PROMETHEUS_RW_SERVER_URL": sink,
            "K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM": "true",
            "K6_PROMETHEUS_RW_PUSH_INTERVAL": "1s",
        },
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr.decode()
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())["metrics"]
    return summary


def test_figures_from_pushes_equal_the_summary(
    tmp_path: Path, registry: LiveRegistry, target: str, sink: str
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    live = registry.open(RUN, folder, {"s1": "One", "s2": "Two"})
    metrics = {name: m["values"] for name, m in run_k6(tmp_path, target, sink).items()}
    totals = live.timeline().totals
    overall = totals.overall
    assert overall["requests"] == metrics["http_reqs"]["count"]
    # k6 counts what `http_req_failed` is about: its passes are the failed requests.
    assert overall["failed"] == metrics["http_req_failed"]["passes"]
    assert overall["checks_passed"] == metrics["checks"]["passes"]
    assert overall["checks_failed"] == metrics["checks"]["fails"]
    assert overall["iterations"] == metrics["iterations"]["count"]
    assert overall["dropped_iterations"] == metrics["dropped_iterations"]["count"] > 0
    assert live.dropped_iterations == metrics["dropped_iterations"]["count"]
    assert overall["data_sent_bytes"] == metrics["data_sent"]["count"]
    assert overall["data_received_bytes"] == metrics["data_received"]["count"]
    bucket = 2**0.125
    for shown, scope in ((overall, ""), *((totals.scenarios[s], f"{{scenario:{s}}}") for s in ("s1", "s2"))):  # fmt: skip
        assert shown["requests"] == metrics[f"http_reqs{scope}"]["count"]
        exact = metrics[f"http_req_duration{scope}"]
        for name, stat in (("p50_ms", "med"), ("p95_ms", "p(95)"), ("p99_ms", "p(99)")):
            found = shown[name]
            assert found is not None
            assert exact[stat] / bucket <= found + 1e-3
            assert found <= exact[stat] * bucket + 1e-3

    registry.close(RUN)
    rows = open_rows(folder)
    assert rows is not None
    stored = finished_timeline(rows)
    assert stored.totals == totals
    trend = metric_series(rows, "balance", Selection(by=[], points=1)).series[0].columns
    assert trend["mean"] == pytest.approx([metrics["balance"]["avg"]], abs=1e-3)
    assert trend["p50"] == pytest.approx([metrics["balance"]["med"]], rel=0.1)
    names = {series.name.metric for series in rows.catalogue}
    assert {"http_req_waiting", "iteration_duration", "group_duration", "checks"} <= names
