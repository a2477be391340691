"""How soon a watcher sees a target fail, and what many watchers cost."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import re
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from benchmarks import servers

SWITCHES = 20
WATCHERS = 200
WATCH_S = 20.0
RATE = 100
POINT_TIME = re.compile(rb'"time_ms":(\d{13})')
LONGEST_TIME = 24


class Target:
    """A server that answers 200, or 500 while it is told to."""

    def __init__(self) -> None:
        self.failing = False
        self.url = ""

    async def start(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                status = b"500 Broken" if self.failing else b"200 OK"
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


class Watcher:
    """One reader of a run's stream, who notes when failures are seen."""

    def __init__(self) -> None:
        self.failed_at: float | None = None
        self.has_failed = asyncio.Event()
        self.events = 0

    async def follow(self, url: str) -> None:
        async with (
            httpx2.AsyncClient(timeout=None) as client,
            client.stream("GET", url) as answer,
        ):
            async for line in answer.aiter_lines():
                if not line.startswith("data: "):
                    continue
                self.events += 1
                value = json.loads(line[6:])
                for point in value.get("points", []) if isinstance(value, dict) else []:
                    if (point["overall"].get("failed_per_s") or 0) > 0 and self.failed_at is None:
                        self.failed_at = time.monotonic()
                        self.has_failed.set()


async def measure_delays(target: Target, watcher: Watcher, switches: int) -> list[float]:
    """Seconds from each switch to errors to the first event that shows it."""
    delays = []
    for _ in range(switches):
        await asyncio.sleep(2.5 + random.random())
        watcher.failed_at = None
        watcher.has_failed.clear()
        began = time.monotonic()
        target.failing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await watcher.has_failed.wait()
        target.failing = False
        delays.append((watcher.failed_at or time.monotonic()) - began)
    return delays


class Crowd:
    """Many readers of one stream, as light as they can be: a machine has few processors."""

    def __init__(self, url: str, watchers: int) -> None:
        self._parts = urlsplit(url)
        self._first_seen: dict[bytes, float] = {}
        self.newest: list[bytes] = [b""] * watchers
        self.events = [0] * watchers
        self.worst_lag_s = 0.0
        self._tasks = [asyncio.create_task(self._follow(number)) for number in range(watchers)]

    async def _follow(self, number: int) -> None:
        host, port = self._parts.hostname, self._parts.port
        reader, writer = await asyncio.open_connection(host, port)
        try:
            asked = f"GET {self._parts.path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
            writer.write(asked.encode())
            held = b""
            while chunk := await reader.read(1 << 16):
                held += chunk
                for found in POINT_TIME.finditer(held):
                    self._saw(number, found[1])
                held = (
                    held[-LONGEST_TIME:] if POINT_TIME.search(held[-LONGEST_TIME:]) is None else b""
                )
        finally:
            writer.close()

    def _saw(self, number: int, time_ms: bytes) -> None:
        if time_ms <= self.newest[number]:
            return  # sent again, or of the past that each reader is told at its start
        self.newest[number] = time_ms
        self.events[number] += 1
        at = time.monotonic()
        self.worst_lag_s = max(self.worst_lag_s, at - self._first_seen.setdefault(time_ms, at))

    async def all_follow(self) -> None:
        """Waits until each has seen a point, and forgets how late those were."""
        async with asyncio.timeout(60):
            while not all(self.newest):  # noqa: ASYNC110 - a thousand of them, once
                await asyncio.sleep(0.1)
        await asyncio.sleep(2)
        self.worst_lag_s = 0.0
        self.events = [0] * len(self.events)

    async def leave(self) -> None:
        """Ends all of them; raises what went wrong with one."""
        failed = [task for task in self._tasks if task.done()]
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if failed:
            raise SystemExit(f"{len(failed)} watchers were turned away or lost their stream")


async def measure_cost(server: servers.Server, url: str, watchers: int) -> tuple[float, float]:
    """Cores that the server uses while so many watch, and how far the last is behind the first."""
    crowd = Crowd(url, watchers)
    await crowd.all_follow()
    before, began = server.cpu_s, time.monotonic()
    await asyncio.sleep(WATCH_S)
    took = time.monotonic() - began
    cores = (server.cpu_s - before) / took
    print(f"{watchers} watchers: the slowest got {min(crowd.events) / took:.2f} points/s")
    lag_s = crowd.worst_lag_s
    await crowd.leave()
    return cores, lag_s


async def measure(folder: Path, watchers: int, switches: int) -> bool:
    """Prints the figures; whether all promises are kept."""
    target = Target()
    await target.start()
    with servers.benchwright(folder) as server, server.client() as client:
        endpoints = await asyncio.to_thread(servers.analyse, client, servers.OPENAPI, target.url)
        plan = {
            "name": "live",
            "scenarios": [
                {"name": "item", "endpoint": endpoints["GET /item"], "duration": "10m",
                 "executor": "constant-arrival-rate", "rate": RATE, "pre_allocated_vus": 20}
            ],
        }  # fmt: skip
        load_test_id = await asyncio.to_thread(servers.add_load_test, client, plan)
        run_id = await asyncio.to_thread(servers.start_run, client, load_test_id)
        url = f"{server.url}/api/v1/runs/{run_id}/events"
        await asyncio.sleep(4)
        kept = await judge_delays(target, url, switches) if switches else True
        one, _ = await measure_cost(server, url, 1)
        many, lag_s = await measure_cost(server, url, watchers)
        print(f"server with one watcher: {one:.3f} cores, with {watchers}: {many:.3f} cores")
        await asyncio.to_thread(client.post, f"/api/v1/runs/{run_id}/stop")
        await asyncio.to_thread(servers.wait_until_ended, client, run_id)
    if watchers <= WATCHERS:
        kept &= servers.verdict(f"{watchers} watchers", many - one, 0.5, "cores")
    else:
        kept &= servers.verdict(f"the server with {watchers} watchers", many, 1.0, "cores")
    return servers.verdict("the last watcher behind the first", lag_s, 2.0, "s") and kept


async def judge_delays(target: Target, url: str, switches: int) -> bool:
    """How soon a watcher sees that the target fails; whether that is soon enough."""
    watcher = Watcher()
    following = asyncio.create_task(watcher.follow(url))
    delays = sorted(await measure_delays(target, watcher, switches))
    following.cancel()
    p95 = delays[min(len(delays) - 1, round(0.95 * len(delays)))]
    print(f"delays: median {statistics.median(delays):.2f} s, all {[f'{d:.2f}' for d in delays]}")
    return servers.verdict("switch to first event, p95", p95, 1.5, "s")


def main() -> int:
    """Reads the options and measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watchers", type=int, default=WATCHERS, help="how many watch at once")
    parser.add_argument("--switches", type=int, default=SWITCHES, help="0 leaves the delays out")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < 4 * options.watchers:
        # A connection is a file here and one in the server, which inherits the limit.
        enough = 4 * options.watchers if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
    with tempfile.TemporaryDirectory() as name:
        return 0 if asyncio.run(measure(Path(name), options.watchers, options.switches)) else 1


if __name__ == "__main__":
    sys.exit(main())
