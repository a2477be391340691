"""How soon a watcher sees a target fail, and what many watchers cost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx2

from benchmarks import servers

SWITCHES = 20
WATCHERS = 200
WATCH_S = 20.0
RATE = 100


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


async def measure_delays(target: Target, watcher: Watcher) -> list[float]:
    """Seconds from each switch to errors to the first event that shows it."""
    delays = []
    for _ in range(SWITCHES):
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


async def measure_cost(server: servers.Server, url: str, watchers: int) -> float:
    """Processor cores that the server uses while so many watch."""
    readers = [Watcher() for _ in range(watchers)]
    tasks = [asyncio.create_task(reader.follow(url)) for reader in readers]
    await asyncio.sleep(3)
    before, began = server.cpu_s, time.monotonic()
    seen = min(reader.events for reader in readers)
    await asyncio.sleep(WATCH_S)
    cores = (server.cpu_s - before) / (time.monotonic() - began)
    slowest = (min(reader.events for reader in readers) - seen) / WATCH_S
    print(f"{watchers} watchers: the slowest got {slowest:.1f} events/s")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return cores


async def measure(folder: Path) -> bool:
    """Prints the figures; whether both promises are kept."""
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
        watcher = Watcher()
        following = asyncio.create_task(watcher.follow(url))
        delays = sorted(await measure_delays(target, watcher))
        p95 = delays[min(len(delays) - 1, round(0.95 * len(delays)))]
        print(
            f"delays: median {statistics.median(delays):.2f} s, all {[f'{d:.2f}' for d in delays]}"
        )
        one = await measure_cost(server, url, 1)
        many = await measure_cost(server, url, WATCHERS)
        print(f"server with one watcher more: {one:.3f} cores, with {WATCHERS}: {many:.3f} cores")
        following.cancel()
        await asyncio.to_thread(client.post, f"/api/v1/runs/{run_id}/stop")
        await asyncio.to_thread(servers.wait_until_ended, client, run_id)
    kept = servers.verdict("switch to first event, p95", p95, 1.5, "s")
    return servers.verdict(f"{WATCHERS} watchers", many - one, 0.5, "cores") and kept


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        sys.exit(0 if asyncio.run(measure(Path(name))) else 1)
