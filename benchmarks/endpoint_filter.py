"""What a spec of 5,000 endpoints costs: the server's time, bytes, and the browser's main thread."""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks import servers
from tests.services.chromium import ARGUMENTS
from tests.services.requirements import require

ENDPOINTS = 5000
TAGS = 60
REPEATS = 15
TYPED = "resource 12"
PAGE_BYTES = 300_000
SETTLED_S = 0.5


LONGEST_TASK = """() => {
  globalThis.longestTask = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      globalThis.longestTask = Math.max(globalThis.longestTask, duration);
    }
  }).observe({ type: "longtask" });
}"""


def write_document(endpoints: int = ENDPOINTS) -> str:
    """An API of that many endpoints, as large ones look."""
    item = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "size": {"type": "integer", "minimum": 1}},
    }
    content = {"content": {"application/json": {"schema": item}}}
    answers = {"200": {"description": "ok", **content}, "404": {"description": "not there"}}
    id_parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    paths: dict[str, Any] = {}
    for number in range(endpoints // 5):
        tag = f"Area {number % TAGS}"
        path = f"/v1/area-{number % TAGS}/resource-{number}"

        def operation(
            verb: str, what: str, *, number: int = number, tag: str = tag, **more: Any
        ) -> dict[str, Any]:
            common = {"operationId": f"{verb}Resource{number}", "summary": what, "tags": [tag]}
            return {**common, "responses": answers, **more}

        paths[path] = {
            "get": operation("list", f"Lists all resources of kind {number}"),
            "post": operation("add", f"Adds a resource of kind {number}", requestBody=content),
        }
        paths[path + "/{id}"] = {
            "parameters": [id_parameter],
            "get": operation("get", f"Shows one resource of kind {number}"),
            "put": operation("put", f"Replaces a resource of kind {number}", requestBody=content),
            "delete": operation("delete", f"Deletes a resource of kind {number}"),
        }
    info = {"title": "Large API", "version": "1"}
    return json.dumps({"openapi": "3.0.3", "info": info, "paths": paths})


def time_server(server: servers.Server, client: httpx2.Client, address: str) -> float:
    """The median of the time that a page takes over loopback, in ms."""
    taken = []
    client.get(address).raise_for_status()  # compiles templates
    used = server.cpu_s
    for _ in range(REPEATS):
        began = time.perf_counter()
        client.get(address).raise_for_status()
        taken.append((time.perf_counter() - began) * 1000)
    cost = (server.cpu_s - used) / REPEATS * 1000
    print(
        f"{address.removeprefix('/p/default/specs/')[36:] or 'page'}: {cost:.0f} ms of the server's processor"
    )
    return statistics.median(taken)


def count_bytes(client: httpx2.Client, spec: str) -> float:
    """The page and all of its rows as they travel, in kB."""
    texts = [client.get(spec).content]
    texts += [client.get(f"{spec}/rows?offset={n}&limit=500").content for n in range(200, ENDPOINTS, 500)]  # fmt: skip
    return sum(len(gzip.compress(text, 3)) for text in texts) / 1000


def main_thread_ms(session: CDPSession) -> float:
    """Main-thread work of the page so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(m["value"] for m in metrics if m["name"] == "TaskDuration") * 1000


def time_keys(page: Page) -> list[float]:
    """Main-thread work for each key that changes the filter, in ms."""
    session = page.context.new_cdp_session(page)
    # Processor time rather than the clock's: on a busy machine others take turns.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(LONGEST_TASK)
    page.locator("#f-q").focus()
    time.sleep(SETTLED_S)
    taken = []
    for key in [*TYPED, *["Backspace"] * len(TYPED)]:
        before = main_thread_ms(session)
        page.keyboard.press("Space" if key == " " else key)
        time.sleep(SETTLED_S)
        taken.append(main_thread_ms(session) - before)
    return taken


def open_page(page: Page, address: str) -> tuple[float, float]:
    """Seconds until the filter answers, and until all rows are there."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator("endpoint-browser [data-all-label]:not([hidden])").wait_for()
    interactive = time.perf_counter() - began
    page.locator("endpoint-browser[data-ready]").wait_for(timeout=20_000)
    return interactive, time.perf_counter() - began


def measure() -> bool:
    """Prints the figures; whether the promises are kept."""
    with tempfile.TemporaryDirectory() as name, servers.benchwright(Path(name)) as server:
        client = httpx2.Client(base_url=server.url, timeout=60)
        answer = client.post(
            "/api/v1/projects/default/specs", files={"document": ("o.json", write_document())}
        )
        answer.raise_for_status()
        spec = f"/p/default/specs/{answer.json()['public_id']}"
        page_ms = time_server(server, client, spec)
        search_ms = time_server(server, client, f"{spec}?q=resource+12")
        rows_ms = time_server(server, client, f"{spec}/rows?offset=2000&limit=500")
        kilobytes = count_bytes(client, spec)
        (chromium,) = require("chromium")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            page = browser.new_page()
            open_page(page, server.url + spec)  # warms the server's and the browser's caches
            opened = [open_page(page, server.url + spec) for _ in range(3)]
            keys = time_keys(page)
            longest = page.evaluate("globalThis.longestTask")
            browser.close()
    interactive, complete = (statistics.median(column) for column in zip(*opened, strict=True))
    print(f"all {ENDPOINTS:,} rows are there after {complete:.2f} s; a key takes {min(keys):.0f} to {max(keys):.0f} ms; longest task {f'{longest:.0f} ms' if longest else 'below 50 ms'}")  # fmt: skip
    return all([
        servers.verdict("server, page of endpoints (median)", page_ms, 100, "ms"),
        servers.verdict("server, filtered (median)", search_ms, 100, "ms"),
        servers.verdict("server, 500 further rows (median)", rows_ms, 100, "ms"),
        servers.verdict("page with all rows, compressed", kilobytes, PAGE_BYTES / 1000, "kB"),
        servers.verdict("page interactive", interactive, 1.0, "s"),
        servers.verdict("a key in the filter, main thread (median)", statistics.median(keys), 50, "ms"),
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(0 if measure() else 1)
