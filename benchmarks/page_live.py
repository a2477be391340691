"""What the page of a live run costs a browser: main-thread work, long tasks, memory, first load.

A real server serves a run of 20 scenarios that is fed with remote-write bodies as k6 sends them,
and a real Chromium shows its page. The page gets four charts more than it has, so that six of
them have 20 lines, and a window in which all are in sight.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks import servers
from benchwright.app import build_app
from benchwright.installation import Installation, open_installation
from benchwright.kit.db import now
from benchwright.projects import service as projects
from benchwright.runs import service as runs
from benchwright.runs.folder import RunFolder
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.transitions import transition
from benchwright.settings import Settings
from tests.metrics.pushes import Sender
from tests.services.chromium import ARGUMENTS
from tests.services.requirements import find

SCENARIOS = [f"s{number}" for number in range(1, 21)]
WARM_UP_S = 4
LONG_RUN_S = 1800
EARLY_S = 300
FIRST_LOADS = 5
PUSHES_A_SECOND = 25
TELEMETRY = {"host_cpu": 0.3, "process_cpu": 0.1, "process_memory_bytes": 9e7}
TASK = "ThreadControllerImpl::RunTask"
"""How Chromium's trace calls a task of a thread; those of other categories lie inside."""
MORE_CHARTS = """() => {
  const charts = document.querySelector(".charts");
  for (const kind of ["scenario_p95", "scenario_requests", "scenario_p95", "scenario_requests"]) {
    const figure = document.querySelector(`figure:has(live-chart[kind=${kind}])`).cloneNode(true);
    for (const part of figure.querySelectorAll("[data-chart-table], live-chart > *")) part.remove();
    charts.append(figure);
  }
}"""
NOTE_FIRST_CHART = """new MutationObserver((_, observer) => {
  if (!document.querySelector("live-chart canvas")) return;
  window.firstChartMs = performance.now();
  observer.disconnect();
}).observe(document, {childList: true, subtree: true});"""


class Extent(NamedTuple):
    """How long is measured; the short one only tries whether all works."""

    tasks_s: int = 30
    memory_s: int = LONG_RUN_S


SHORT = Extent(tasks_s=10, memory_s=600)


class LiveRun:
    """A run under way that nobody launched: its figures are made up here."""

    def __init__(self, installation: Installation) -> None:
        self._lab = installation.lab
        self.public_id = self._make()
        self.started_ms = int(time.time() * 1000)
        folder = RunFolder.of(self._lab.settings.data_dir, self.public_id)
        folder.make({})
        folder.log.write_text("running\n" * 500, encoding="utf-8")
        names = {key: key for key in SCENARIOS}
        self._live = self._lab.live.open(self.public_id, folder.root, names)
        self._sender = Sender(SCENARIOS)
        self._chance = random.Random(1)

    def _make(self) -> uuid.UUID:
        listed = [
            {"key": k, "name": f"Case {k}", "method": "GET", "path": f"/{k}"} for k in SCENARIOS
        ]
        with self._lab.database.write() as session:
            run = runs.create_run(
                session, project_id=projects.ensure_default(session).id, kind=RunKind.LOAD_TEST,
                name="page", spec={"scenarios": listed}, planned_duration_s=LONG_RUN_S,
                timeout_s=2 * LONG_RUN_S,
            )  # fmt: skip
            for state in (RunState.LAUNCHING, RunState.RUNNING):
                transition(session, run, state, "To be measured")
            run.started_at = now()
            return run.public_id

    def push(self, at_ms: int) -> None:
        """One push of k6, as if received at that time."""
        for place, key in enumerate(SCENARIOS):
            for _ in range(3):
                self._sender.request(
                    self._chance.lognormvariate(-3 + place / 10, 0.4),
                    key,
                    ok=self._chance.random() > 0.02,
                )
        self._live.record_telemetry(TELEMETRY, at_ms)
        self._live.ingest(self._sender.body(), at_ms)
        self._sender.durations_s = {
            key: [0.0] * len(v) for key, v in self._sender.durations_s.items()
        }


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[Installation, str]]:
    """The application behind a port, without the loops that would miss the run's process."""
    installation = open_installation(Settings.model_validate({"data_dir": folder / "data"}))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(build_app(installation), lifespan="off", log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield installation, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            installation.lab.closing.set()
            server.should_exit = True
            thread.join(20)
    installation.lab.database.dispose()


@contextlib.contextmanager
def fed_each_second(run: LiveRun) -> Iterator[None]:
    """Pushes in real time while the block runs."""
    ending = threading.Event()

    def feed() -> None:
        while not ending.wait(1 - time.time() % 1):
            run.push(int(time.time() * 1000))

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def open_page(browser: Browser, address: str) -> tuple[Page, CDPSession]:
    page = browser.new_page(viewport={"width": 1440, "height": 3600})
    page.add_init_script(NOTE_FIRST_CHART)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Performance.enable")
    page.goto(address)
    return page, session


def load_first(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds until the first chart stands, and kB that were sent; the cache is empty."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(NOTE_FIRST_CHART)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sent: list[float] = []
    session.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    page.goto(address)
    page.wait_for_selector("live-chart canvas")
    page.wait_for_timeout(1000)
    interactive_s = page.evaluate("firstChartMs") / 1000
    page.close()
    return interactive_s, sum(sent) / 1000


def measure_first_loads(browser: Browser, address: str) -> bool:
    """The median of some first loads; one before them warms the server up."""
    load_first(browser, address)
    loads = [load_first(browser, address) for _ in range(FIRST_LOADS)]
    times_ms = ", ".join(f"{interactive_s * 1000:.0f}" for interactive_s, _ in loads)
    print(f"{FIRST_LOADS} first loads: first chart after {times_ms} ms")
    sent_kb = statistics.median(sent for _, sent in loads)
    light = servers.verdict("first load, as sent", sent_kb, 500, "kB")
    interactive_s = statistics.median(interactive_s for interactive_s, _ in loads)
    return servers.verdict("first chart stands", interactive_s, 1, "s") and light


def measure_tasks(browser: Browser, page: Page, seconds_long: int) -> bool:
    """The tasks of the page's main thread, as Chromium traces them."""
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline", "__metadata"])
    page.wait_for_timeout(seconds_long * 1000)
    events: list[dict[str, Any]] = json.loads(browser.stop_tracing())["traceEvents"]
    mains = {
        (e["pid"], e["tid"])
        for e in events
        if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        e for e in events if (e["pid"], e.get("tid")) in mains and e["name"] == TASK and "dur" in e
    ]
    # Of all renderers, the one that works: others are spare.
    busiest = max(mains, key=lambda m: sum(e["dur"] for e in tasks if (e["pid"], e["tid"]) == m))
    tasks = [e for e in tasks if (e["pid"], e["tid"]) == busiest]
    cpu_ms = [e.get("tdur", e["dur"]) / 1000 for e in tasks]
    wall_ms = [e["dur"] / 1000 for e in tasks]
    seconds: dict[int, float] = {}
    for task, spent in zip(tasks, cpu_ms, strict=True):
        second = int(task["ts"] // 1_000_000)
        seconds[second] = seconds.get(second, 0) + spent
    work = sorted(seconds.values())
    p95 = work[min(len(work) - 1, round(0.95 * len(work)))]
    print(
        f"{len(tasks)} tasks in {seconds_long} s; work a second: median {statistics.median(work):.0f} ms;"
        f" longest task: {max(cpu_ms):.0f} ms of processor, {max(wall_ms):.0f} ms on the clock"
    )
    short = servers.verdict("longest task, processor time", max(cpu_ms), 50, "ms")
    return servers.verdict("main thread, work a second, p95", p95, 150, "ms") and short


def measure_memory(page: Page, session: CDPSession, run: LiveRun, long_s: int) -> bool:
    """The heap after collection early and late in a long run, fed in quick motion."""
    began_ms = int(time.time() * 1000)
    heaps: dict[int, float] = {}
    for number in range(1, long_s + 1):
        run.push(began_ms + number * 1000)
        page.wait_for_timeout(1000 / PUSHES_A_SECOND)
        if number in (EARLY_S, 3 * EARLY_S, long_s):
            page.wait_for_timeout(2000)
            heaps[number] = read_heap_mb(session)
            known = page.locator("run-page").evaluate("page => page.store.times.length")
            print(f"after {number} points: {heaps[number]:.1f} MB of heap, {known} points held")
    return servers.verdict(
        f"heap grows from {EARLY_S} to {long_s:,} points by",
        heaps[long_s] - heaps[EARLY_S],
        5,
        "MB",
    )


def read_heap_mb(session: CDPSession) -> float:
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(m["value"] for m in metrics if m["name"] == "JSHeapUsedSize") / 1e6


def measure(folder: Path, extent: Extent) -> bool:
    """Prints the figures; whether all promises are kept."""
    kept = []
    with served(folder) as (installation, url), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find("chromium"), args=ARGUMENTS)
        run = LiveRun(installation)
        address = f"{url}/p/default/runs/{run.public_id}"
        with fed_each_second(run):
            time.sleep(WARM_UP_S)
            kept.append(measure_first_loads(browser, address))
            page, session = open_page(browser, address)
            page.wait_for_selector("live-chart canvas")
            page.evaluate(MORE_CHARTS)
            page.wait_for_timeout(WARM_UP_S * 1000)
            drawn = page.locator("live-chart").evaluate_all(
                "charts => charts.filter(chart => chart.plot?.series.length === 21).length"
            )
            print(f"{drawn} charts with 20 lines, of {page.locator('live-chart canvas').count()}")
            if drawn != 6:
                raise SystemExit("the page has not the six charts that are to be measured")
            kept.append(measure_tasks(browser, page, extent.tasks_s))
        kept.append(measure_memory(page, session, run, extent.memory_s))
        browser.close()
    return all(kept)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--short", action="store_true", help="a minute, to try it: 10 s of tasks, 600 s of memory"
    )
    wanted = SHORT if arguments.parse_args().short else Extent()
    with tempfile.TemporaryDirectory() as name:
        sys.exit(0 if measure(Path(name), wanted) else 1)
