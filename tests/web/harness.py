"""The pages with real routes and a real database, but figures that were made up."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import math
import random
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from fastapi.testclient import TestClient

from benchwright.app import build_app
from benchwright.installation import Installation, open_installation
from benchwright.kit.db import Database, now
from benchwright.metrics.failures import FailureKey, FailureLog, Requests, no_failures
from benchwright.metrics.points import Batch, EncodedPoint
from benchwright.metrics.schemas import Failures, HeatMap, Selection, Timeline
from benchwright.metrics.timeline import empty_timeline
from benchwright.projects import service as projects
from benchwright.runs import repository
from benchwright.runs import service as runs
from benchwright.runs.feed import FeedRegistry, Points
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run, Verdict
from benchwright.runs.progress_board import Told
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.transitions import transition
from benchwright.settings import Settings

HOSTILE = "</script><img src=x onerror=alert(1)> “quotes” \u202eRTL\u202c 🐎"

SCENARIOS = [
    {"key": "s1", "name": "List items", "method": "GET", "path": "/items"},
    {"key": "s2", "name": "One item", "method": "GET", "path": "/items/{id}"},
    {"key": "s3", "name": "Search", "method": "GET", "path": "/search"},
    {"key": "s4", "name": HOSTILE, "method": "POST", "path": "/orders"},
]
PLAN = {
    "name": "Shop at noon",
    "scenarios": [
        {
            "name": scenario["name"],
            "method": scenario["method"],
            "path": scenario["path"],
            "executor": "constant-arrival-rate",
            "rate": 20,
            "duration": "30s",
            "targets": {"response_time": {"stat": "p95", "ms": 300}, "error_rate": 0.01},
        }
        for scenario in SCENARIOS
    ],
}


class MadeUpPoints:
    """A point source that invents one point a second."""

    def __init__(self) -> None:
        self.started_ms: dict[uuid.UUID, int] = {}
        self.held_from_ms = 0
        """Points before are in the timeline only, as for a reader who was away for too long."""

    def point(self, second: int) -> dict[str, Any]:
        chance = random.Random(second)
        wave = 1 + 0.25 * math.sin(second / 5)
        scenarios = {
            s["key"]: _figures(20 * wave, (15 + 40 * i) * wave * chance.uniform(0.8, 1.3))
            for i, s in enumerate(SCENARIOS)
        }
        return {
            "time_ms": second * 1000,
            "overall": _figures(80 * wave, 60 * wave * chance.uniform(0.8, 1.3)),
            "scenarios": scenarios,
            "scenarios_hidden": 0,
            "totals": {"requests": 80 * (second % 100), "failed": second % 7},
            "gauges": {
                "vus": round(12 * wave), "vus_max": 40, "host_cpu": 0.3 * wave,
                "process_cpu": 0.12 * wave, "process_memory_bytes": 9e7,
            },
        }  # fmt: skip

    def points_after(self, run: Run, after_ms: int) -> Points | None:
        last = int(time.time())
        first = max(after_ms // 1000 + 1, int(run.started_at.timestamp()) if run.started_at else 0)
        skipped = after_ms < self.held_from_ms
        first = max(first, self.held_from_ms // 1000)
        if last < first or run.started_at is None or run.state.is_final:
            return None
        points = [self.point(second) for second in range(first, last + 1)]
        return Points(json.dumps(points).encode(), last * 1000, skipped)

    def progress_told(self, run: Run) -> Told | None:
        return None

    def share_done(self, run: Run) -> float | None:
        return None

    async def wait(self, run_id: uuid.UUID, after_ms: int, timeout_s: float) -> int:
        await asyncio.sleep(timeout_s)
        return int(time.time()) * 1000

    def timeline(
        self, run: Run, from_ms: int | None = None, to_ms: int | None = None, most: int = 900
    ) -> Timeline:
        points, step_s = [], 1
        if run.started_at is not None:
            first = max(int(run.started_at.timestamp()), (from_ms or 0) // 1000)
            last = int(run.ended_at.timestamp()) if run.ended_at else int(time.time())
            last = min(last, to_ms // 1000) if to_ms is not None else last
            step_s = max(1, math.ceil((last - first) / most))
            points = [self.point(second) for second in range(first, last + 1, step_s)]
        if not points:
            return empty_timeline()
        keys = [s["key"] for s in SCENARIOS]
        totals = {**points[-1]["totals"], "p50_ms": 48.0, "p95_ms": 181.0, "p99_ms": 402.0}
        return Timeline.model_validate({
            "live": run.ended_at is None,
            "cursor_ms": points[-1]["time_ms"],
            "step_s": step_s,
            "times_ms": [p["time_ms"] for p in points],
            "overall": _columns([p["overall"] for p in points]),
            "scenarios": {k: _columns([p["scenarios"][k] for p in points]) for k in keys},
            "scenarios_hidden": 0,
            "gauges": _columns([p["gauges"] for p in points]),
            "totals": {"overall": totals, "scenarios": {}},
        })  # fmt: skip


@dataclass
class MadeUpRegistry:
    """Answers for every run what was made up, as the registry of live runs would."""

    database: Database
    points: MadeUpPoints

    def get(self, run_id: uuid.UUID) -> MadeUpLive:
        return MadeUpLive(self, run_id)


@dataclass
class MadeUpLive:
    registry: MadeUpRegistry
    run_id: uuid.UUID

    def points_since(self, _after_ms: int) -> Batch:
        with self.registry.database.read() as session:
            points = self.registry.points.points_after(runs.get_run(session, self.run_id), 0)
        listed = json.loads(points.data) if points else []
        encoded = [EncodedPoint(p["time_ms"], p["time_ms"], json.dumps(p).encode()) for p in listed]
        return Batch(tuple(encoded), points.cursor_ms if points else 0, False)

    def timeline(
        self, from_ms: int | None = None, to_ms: int | None = None, points: int = 900, *_: Any
    ) -> Timeline:
        with self.registry.database.read() as session:
            run = runs.get_run(session, self.run_id)
        return self.registry.points.timeline(run, from_ms, to_ms, points)

    def heat_map(self, selection: Selection) -> HeatMap:
        """Two waves of values, as of a target that answers some requests from a cache."""
        timeline = self.timeline()
        lower = [1.2**row for row in range(40)]
        times = [t for t in timeline.times_ms if _is_within(t, selection)]
        cells = []
        for place in range(len(times)):
            for row in range(40):
                wave = math.sin(place / 8)
                near = (
                    math.exp(-((row - 12 - wave) ** 2) / 4)
                    + math.exp(-((row - 24 - 3 * wave) ** 2) / 9) / 3
                )
                if (number := int(60 * near)) > 0:
                    cells.append((place, row, float(number)))
        return HeatMap(
            metric="http_req_duration", unit="ms", step_s=1, times_ms=times, lower=lower,
            upper=[value * 1.2 for value in lower], cells=cells,
        )  # fmt: skip

    @property
    def failures(self) -> Failures:
        timeline = self.timeline()
        if not timeline.times_ms:
            return no_failures(live=timeline.live)
        log = FailureLog()
        first, last = timeline.times_ms[0] // 1000, timeline.times_ms[-1] // 1000
        log.begin(first)
        for second in range(first, last + 1, 3):
            log.add(FailureKey("s3", "GET /search", "GET", "503", "1503"), second, 2)
        log.add(FailureKey("s4", "POST /orders", "POST", "0", "1050"), last, 1)
        log.add(FailureKey("s4", "", check=HOSTILE), last, 4)
        shown = log.view(last, Requests(2400, {"s3": 600, "s4": 500}))
        return shown.model_copy(update={"live": timeline.live})


def _is_within(time_ms: int, selection: Selection) -> bool:
    first, last = selection.from_ms, selection.to_ms
    return (first is None or time_ms >= first) and (last is None or time_ms <= last)


def _figures(requests: float, p50: float) -> dict[str, float]:
    return {
        "requests_per_s": requests, "failed_per_s": requests * 0.004, "p50_ms": p50,
        "p95_ms": p50 * 2.4, "p99_ms": p50 * 4.1, "dropped_iterations_per_s": 0,
        "data_received_bytes_per_s": requests * 2100,
    }  # fmt: skip


def _columns(rows: list[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


@dataclass
class Harness:
    """The whole application, not started, and ways to fill it."""

    installation: Installation
    app: FastAPI
    points: MadeUpPoints
    is_closing: bool = False

    @classmethod
    def open(cls, data_dir: Path, **server: Any) -> Harness:
        settings = Settings.model_validate({"data_dir": data_dir, "server": server})
        installation = open_installation(settings)
        lab, points = installation.lab, MadeUpPoints()
        lab.live = cast("Any", MadeUpRegistry(lab.database, points))
        harness = cls(installation, build_app(installation), points)
        lab.feeds = FeedRegistry(lab.database, points, data_dir, 100, lambda: harness.is_closing)
        return harness

    @property
    def database(self) -> Database:
        return self.installation.lab.database

    @property
    def data_dir(self) -> Path:
        return self.installation.lab.settings.data_dir

    def client(self) -> TestClient:
        return TestClient(
            self.app, base_url="http://127.0.0.1:8000", follow_redirects=False,
            headers={"Accept": "text/html"},
        )  # fmt: skip

    def make_run(
        self,
        state: RunState = RunState.SUCCEEDED,
        *,
        name: str = "Shop at noon",
        age_s: float = 3600,
        length_s: float = 30,
        results: bool = True,
        verdict: str | None = "missed",
        log: str = "running (0m01.0s), 02/40 VUs\n\x1b[31mERRO\x1b[0m[0003] something\n",
        warnings: tuple[str, ...] = (),
        scenarios: list[dict[str, Any]] | None = None,
        load_test_id: int | None = None,
        workload_digest: str = "the same",
        slower: float = 1,
    ) -> uuid.UUID:
        """A run that ended `age_s` ago, or is under way since then."""
        chosen = SCENARIOS if scenarios is None else scenarios
        with self.database.write() as session:
            project = projects.ensure_default(session)
            run = runs.create_run(
                session, project_id=project.id, kind=RunKind.LOAD_TEST, name=name,
                spec={"script_kind": "generated", "scenarios": chosen, "plan": PLAN},
                planned_duration_s=length_s, timeout_s=length_s + 300, warnings=warnings, load_test_id=load_test_id, workload_digest=workload_digest,
            )  # fmt: skip
            at = now() - dt.timedelta(seconds=age_s)
            for step in _way_to(state):
                transition(session, run, step, "Because the test says so")
            if state is not RunState.QUEUED:
                run.started_at = at
            if state.is_final:
                run.ended_at = run.workload_ended_at = at + dt.timedelta(seconds=length_s)
                run.duration_s = length_s
                run.exit_code = 0 if state is RunState.SUCCEEDED else 105
            if state.is_final and results:
                self._add_results(session, run, chosen, slower)
                run.verdict = verdict
                session.add_all(_verdicts(run, chosen, verdict))
            public_id = run.public_id
        folder = RunFolder.of(self.data_dir, public_id)
        folder.make({})
        folder.log.write_text(log, encoding="utf-8")
        (folder.inputs / "script.js").write_text("export default () => {} // </script>\n")
        return public_id

    def _add_results(
        self, session: Any, run: Run, scenarios: list[dict[str, Any]], slower: float
    ) -> None:
        rows: list[tuple[Any, ...]] = []
        for i, key in enumerate(["", *(s["key"] for s in scenarios)]):
            trend = {"avg": 61.2, "min": 3.1, "med": 48.9, "max": 1804.5, "p90": 120, "p95": 181.7,
                     "p99": 402.3}  # fmt: skip
            rows += [
                (key, "http_req_duration", stat, slower * value * (1 + i / 5), "ms", "lower")
                for stat, value in trend.items()
            ]
            rows += [
                (key, "http_reqs", "count", 2412.0 / (1 + i), "requests", "none"),
                (key, "http_reqs", "rate", 80.4 / (1 + i) / slower, "requests/s", "higher"),
                (key, "http_req_failed", "rate", 0.0041 * i, "ratio", "lower"),
                (key, "http_req_failed", "count", 10.0 * i, "requests", "lower"),
                (key, "data_received", "count", 5.4e6, "bytes", "none"),
                (key, "data_received", "rate", 180_000.0, "bytes/s", "none"),
            ]
        rows.append(("", "vus", "max", 17.0, "", "none"))
        repository.put_results(session, run.id, rows)


def _way_to(state: RunState) -> list[RunState]:
    way = [RunState.LAUNCHING, RunState.RUNNING, RunState.COLLECTING]
    if state is RunState.QUEUED:
        return []
    return [*way, state] if state.is_final else way[: way.index(state) + 1]


def _verdicts(run: Run, scenarios: list[dict[str, Any]], verdict: str | None) -> list[Verdict]:
    made = []
    for i, scenario in enumerate(scenarios):
        missed = verdict == "missed" and i == 2
        common: dict[str, Any] = {"benchmark": scenario["key"], "scenario": scenario["name"]}
        made += [
            Verdict(
                run_id=run.id, subject=f"{scenario['key']}/response_time",
                judgement="missed" if missed else "met", method="k6-summary", method_version="1",
                inputs={
                    **common, "metric": "http_req_duration", "stat": "p95", "operator": "<=",
                    "threshold": 300, "unit": "ms", "value": 412.0 if missed else 181.7, "n": 603,
                },
            ),
            Verdict(
                run_id=run.id, subject=f"{scenario['key']}/error_rate", judgement="met",
                method="k6-summary", method_version="1",
                inputs={
                    **common, "metric": "http_req_failed", "stat": "rate", "operator": "<=",
                    "threshold": 0.01, "unit": "ratio", "value": 0.0041, "n": 603,
                },
            ),
        ]  # fmt: skip
    if verdict:
        made.append(
            Verdict(
                run_id=run.id, subject="run", judgement=verdict, method="all-targets",
                method_version="1", inputs={},
            )
        )  # fmt: skip
    return made
