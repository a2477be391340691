"""How fast a run's series are shown over time, beside an InfluxDB that holds the same points.

Two runs of an hour, each of 50 series with a point a second, are asked for in steps of 10 s:

- `series`: a counter of 50 series, each on its own: the same sums on both sides;
- `timeline`: what a run's page asks for, of ten scenarios with four counters and response times
  each. Here these are histograms, merged for percentiles; InfluxDB holds one number a second,
  which it can take percentiles of without ever being right.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from benchmarks import servers
from benchwright.installation import Installation, open_installation
from benchwright.kit.db import now
from benchwright.metrics.histogram import Histogram, observe
from benchwright.metrics.live_run import LiveRun
from benchwright.metrics.sealing import seal
from benchwright.projects import service as projects
from benchwright.runs import service as runs
from benchwright.runs.folder import RunFolder
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.transitions import transition
from benchwright.settings import Settings
from tests.metrics.pushes import push, series
from tests.services.influxdb import InfluxServer, influxdb_server

SECONDS = 3600
SERIES = 50
SCENARIOS = 10
STEP_S = 10
QUERIES = 20
WARM_UP = 5
AT_MOST = 0.5
START_S = 1_790_000_000 // STEP_S * STEP_S
DATABASE = "timeline"
COUNTERS = ("http_reqs", "iterations", "data_sent", "data_received")

PATH = [
    (RunState.LAUNCHING, "A place on the target is free"),
    (RunState.RUNNING, "The workload has started"),
    (RunState.COLLECTING, "The workload has ended"),
    (RunState.SUCCEEDED, "The load test ran to its end"),
]


@dataclass(frozen=True)
class Second:
    """One push, and the same points in line protocol."""

    body: bytes
    lines: str


def counters(chance: random.Random) -> Iterator[Second]:
    """A second of `orders`, 50 series of it."""
    totals = [0] * SERIES
    for second in range(SECONDS):
        parts, lines = [], []
        for place in range(SERIES):
            gained = chance.randint(1, 40)
            totals[place] += gained
            parts.append(series("k6_orders_total", totals[place], shop=f"shop-{place}"))
            lines.append(f"orders,run=series,shop=shop-{place} value={gained} {START_S + second}")
        yield Second(push(parts), "\n".join(lines))


def load_test(chance: random.Random) -> Iterator[Second]:
    """A second of ten scenarios with four counters and response times."""
    scenarios = [f"s{number}" for number in range(1, SCENARIOS + 1)]
    totals = {(name, scenario): 0 for name in COUNTERS for scenario in scenarios}
    durations = {scenario: Histogram() for scenario in scenarios}
    for second in range(SECONDS):
        parts, lines = [], []
        at = START_S + second
        for scenario in scenarios:
            times_s = [chance.lognormvariate(-3, 0.7) for _ in range(chance.randint(5, 15))]
            for name in COUNTERS:
                gained = len(times_s) * (400 if name.startswith("data") else 1)
                totals[name, scenario] += gained
                total = totals[name, scenario]
                parts.append(series(f"k6_{name}_total", total, scenario=scenario))
                lines.append(f"{name},run=timeline,scenario={scenario} value={gained} {at}")
            durations[scenario].absorb(observe(times_s))
            name = "http_req_duration"
            parts.append(series(f"k6_{name}_seconds", durations[scenario], scenario=scenario))
            mean_ms = statistics.fmean(times_s) * 1000
            lines.append(f"{name},run=timeline,scenario={scenario} value={mean_ms} {at}")
        yield Second(push(parts), "\n".join(lines))


def store(
    lab: Installation, influxdb: InfluxServer, name: str, points: Iterator[Second]
) -> uuid.UUID:
    """Stores a finished run here, and its points in InfluxDB; the run's id."""
    database = lab.lab.database
    with database.write() as session:
        project = projects.ensure_default(session)
        run = runs.create_run(
            session,
            project_id=project.id,
            kind=RunKind.LOAD_TEST,
            name=name,
            spec={},
            planned_duration_s=SECONDS,
            timeout_s=7200,
        )
        for state, reason in PATH:
            transition(session, run, state, reason)
        run.started_at = run.ended_at = now()
        run_id = run.public_id
    folder = RunFolder.of(lab.lab.settings.data_dir, run_id)
    folder.make({})
    live = LiveRun(run_id, folder.root, {})
    waiting = []
    for second, point in enumerate(points):
        live.ingest(point.body, (START_S + second) * 1000 + 500)
        waiting.append(point.lines)
        if len(waiting) == 200:
            influxdb.write("\n".join(waiting).encode(), DATABASE, precision="s")
            waiting = []
    live.close()
    seal(folder.root)
    return run_id


def statements() -> dict[str, str]:
    """What InfluxDB is asked for each of the two runs."""
    until = START_S + SECONDS
    where = f"WHERE run = '{{run}}' AND time >= {START_S}s AND time < {until}s"
    shop = f"SELECT sum(value) FROM orders {where} GROUP BY time({STEP_S}s), shop"
    percentiles = ", ".join(f"percentile(value, {share})" for share in (50, 95, 99))
    asked = []
    for by in ("", ", scenario"):
        group = f"{where} GROUP BY time({STEP_S}s){by}"
        asked += [f"SELECT sum(value) FROM {name} {group}" for name in COUNTERS]
        asked.append(f"SELECT {percentiles} FROM http_req_duration {group}")
    return {
        "series": shop.format(run="series"),
        "timeline": "; ".join(asked).format(run="timeline"),
    }


class Side:
    """One of the two servers: how long it takes to answer, and how much of a processor."""

    def __init__(self, client: httpx2.Client, process: psutil.Process) -> None:
        self._client = client
        self._process = process
        self._took_ms: list[float] = []
        self._used_s: list[float] = []

    def ask(self, path: str, parameters: Mapping[str, str]) -> httpx2.Response:
        """One query, measured."""
        before, began = self._cpu_s(), time.perf_counter()
        answer = self._client.get(path, params=dict(parameters)).raise_for_status()
        self._took_ms.append((time.perf_counter() - began) * 1000)
        self._used_s.append(self._cpu_s() - before)
        return answer

    def median_ms(self) -> float:
        """The median of what was measured since the last call, the first few left out."""
        took, self._took_ms = self._took_ms[WARM_UP:], []
        return statistics.median(took)

    def cpu_ms(self) -> float:
        """Processor time of a query on average; a busy machine changes it less than the clock."""
        used, self._used_s = self._used_s[WARM_UP:], []
        return statistics.fmean(used) * 1000

    def _cpu_s(self) -> float:
        used = self._process.cpu_times()
        return float(used.user + used.system)


def check_equal(ours: httpx2.Response, theirs: httpx2.Response) -> None:
    """Both must have added up the same."""
    here = {shown["labels"]["shop"]: shown["columns"]["value"] for shown in ours.json()["series"]}
    there = {
        shown["tags"]["shop"]: [value for _, value in shown["values"]]
        for shown in theirs.json()["results"][0]["series"]
    }
    if len(here) != SERIES or here != there:
        raise SystemExit("the two do not answer the same: nothing can be compared")


def measure(folder: Path) -> bool:
    """Prints both sides of both queries; whether the promise is kept."""
    data_dir = folder / "data"
    data_dir.mkdir()
    chance = random.Random(7)
    kept = True
    plain = {"Accept-Encoding": "identity"}
    with influxdb_server(folder / "influxdb") as influxdb:
        influxdb.create_database(DATABASE)
        installation = open_installation(Settings(data_dir=data_dir))
        stored = {
            "series": store(installation, influxdb, "series", counters(chance)),
            "timeline": store(installation, influxdb, "timeline", load_test(chance)),
        }
        installation.lab.database.dispose()
        points = SECONDS // STEP_S
        influx_process = psutil.Process(influxdb.process.pid)
        paths = {
            "series": f"/api/v1/runs/{stored['series']}/series/orders",
            "timeline": f"/api/v1/runs/{stored['timeline']}/series",
        }
        with (
            servers.benchwright(folder) as server,
            httpx2.Client(base_url=server.url, headers=plain, timeout=60) as ours,
            httpx2.Client(base_url=influxdb.url, headers=plain, timeout=60) as theirs,
        ):
            here, there = Side(ours, server.process), Side(theirs, influx_process)
            for name, query in statements().items():
                wanted = {"points": str(points)}
                asked = {"q": query, "db": DATABASE, "epoch": "ms"}
                for number in range(WARM_UP + QUERIES):
                    # By turns: what else the machine does falls on both.
                    answer, peer_answer = here.ask(paths[name], wanted), there.ask("/query", asked)
                    if name == "series" and number == 0:
                        check_equal(answer, peer_answer)
                mine_ms, peer_ms = here.median_ms(), there.median_ms()
                print(
                    f"{name}: {mine_ms:.1f} ms, CPU {here.cpu_ms():.0f} ms,"
                    f" {len(answer.content):,} bytes; InfluxDB {peer_ms:.1f} ms,"
                    f" CPU {there.cpu_ms():.0f} ms, {len(peer_answer.content):,} bytes"
                )
                share = mine_ms / peer_ms
                kept &= servers.verdict(f"{name}, share of InfluxDB's time", share, AT_MOST, "")
    return kept


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        sys.exit(0 if measure(Path(name)) else 1)
