from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from benchwright.compat.metric_vault import feed
from benchwright.compat.metric_vault.feed import Include, JobFeeds
from benchwright.metrics.histogram import observe
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from tests.compat.conftest import WAY, Vault
from tests.metrics.pushes import push, series

ZEROS = {"tps": 0.0, "vus": 0, "response_time": 0.0, "error_rate": 0.0}
FAILED = {"expected_response": "false"}


async def always() -> bool:
    return True


@pytest.fixture
def running(vault: Vault) -> Run:
    vault.add_document(vault.add_project())
    vault.start(vault.endpoint_ids()["GET /items"])
    vault.move(vault.newest_run().id, *WAY[:2])
    return vault.newest_run()


def events_of(body: str) -> list[dict[str, Any]]:
    frames = body.strip().split("\n\n")
    assert all(frame.startswith("data: ") for frame in frames)
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


def send(vault: Vault, run: Run, requests: int, failed: int, seconds: list[float]) -> None:
    folder = RunFolder.of(vault.lab.settings.data_dir, run.public_id)
    folder.make({})
    live = vault.lab.live.open(run.public_id, folder.root, {"s1": "제목없음"})
    durations = observe(seconds)
    at_ms = int(time.time() * 1000)
    live.ingest(
        push([
            series("k6_http_reqs_total", requests - failed, at_ms, scenario="s1"),
            series("k6_http_reqs_total", failed, at_ms, scenario="s1", **FAILED),
            series("k6_http_req_duration_seconds", durations, at_ms, scenario="s1"),
            series("k6_vus", 4, at_ms),
        ]),
        at_ms,
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/sse/k6data/nothing", "/sse/k6-data?job_name=nothing"])
def test_an_unknown_job_answers_one_event_and_ends(vault: Vault, path: str) -> None:
    answer = vault.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    (event,) = events_of(answer.text)
    assert event == {
        "timestamp": event["timestamp"], "overall": ZEROS, "scenarios": [],
        "error": "There is no job nothing.",
    }  # fmt: skip


def test_without_a_name_and_without_a_running_test_there_is_nothing_to_show(vault: Vault) -> None:
    (event,) = events_of(vault.client.get("/sse/k6-data").text)
    assert event["error"] == "No load test is running."


@pytest.mark.parametrize("include", ["all", "k6_only", "resources_only", "whatever"])
def test_a_job_that_has_ended_says_so_and_ends(vault: Vault, running: Run, include: str) -> None:
    (job,) = vault.ok("GET", "/scheduler/jobs")
    vault.move(running.id, *WAY[2:])
    answer = vault.client.get(f"/sse/k6data/{job['job_name']}?include={include}")
    (event,) = events_of(answer.text)
    assert event == {
        "timestamp": event["timestamp"], "overall": None, "scenarios": None, "is_complete": True,
    }  # fmt: skip


async def stream(vault: Vault, run: Run, include: Include = "all") -> AsyncIterator[dict[str, Any]]:
    async with aclosing(JobFeeds(vault.lab).stream(run.public_id, include, always)) as frames:
        async for frame in frames:
            (event,) = events_of(frame.decode())
            yield event


async def test_figures_come_until_the_end(
    vault: Vault, running: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "INTERVAL_S", 0.2)
    events = stream(vault, running)
    first = await anext(events)
    assert first["overall"] == ZEROS
    assert [s["name"] for s in first["scenarios"]] == ["제목없음"]
    send(vault, running, 40, 10, [0.1, 0.3])
    measured = first
    while not measured["overall"]["tps"]:
        measured = await anext(events)
    assert set(measured) == {"timestamp", "overall", "scenarios", "test_progress", "resources"}
    (scenario,) = measured["scenarios"]
    overall = measured["overall"]
    assert overall["vus"] == scenario["vus"] == 4
    assert overall["error_rate"] == scenario["error_rate"] == 25.0
    assert overall["response_time"] == scenario["response_time"] == pytest.approx(200.0)
    assert set(scenario) == {
        "name", "scenario_tag", "tps", "vus", "response_time", "error_rate",
    }  # fmt: skip
    progress = measured["test_progress"]
    assert progress["total_duration_seconds"] == 30
    assert 0 <= progress["progress_percentage"] < 100
    vault.move(running.id, *WAY[2:])
    rest = [event async for event in events]
    assert rest[-1]["is_complete"] is True
    assert [event for event in rest if "is_complete" in event] == rest[-1:]


@pytest.mark.parametrize(
    "include, parts",
    [
        ("k6_only", {"timestamp", "overall", "scenarios", "test_progress"}),
        ("resources_only", {"timestamp", "resources"}),
    ],
)
async def test_parts_that_were_not_asked_for_are_left_out(
    vault: Vault, running: Run, include: Include, parts: set[str]
) -> None:
    async for event in stream(vault, running, include):
        assert set(event) == parts
        break


async def test_a_run_that_is_deleted_ends_its_stream(
    vault: Vault, running: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "INTERVAL_S", 0.1)
    events = stream(vault, running)
    await anext(events)
    vault.move(running.id, *WAY[2:])
    vault.ok("DELETE", f"/test-history/{running.id}")
    assert [event async for event in events][-1]["is_complete"] is True


async def test_all_watchers_of_a_job_share_one_look(
    vault: Vault, running: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    look = feed.JobFeed._look

    def counted(self: feed.JobFeed) -> feed.Look:
        looks.append(1)
        return look(self)

    monkeypatch.setattr(feed.JobFeed, "_look", counted)
    feeds = JobFeeds(vault.lab)
    streams = [feeds.stream(running.public_id, "all", always) for _ in range(20)]
    frames = [await anext(one) for one in streams]
    assert len(set(frames)) == 1
    assert len(looks) == 1
    for one in streams:
        await one.aclose()
    assert feeds._feeds == {}


async def test_there_is_no_room_for_more_streams_than_the_settings_allow(
    vault: Vault, running: Run
) -> None:
    vault.lab.settings.server.max_streams = 1
    feeds: JobFeeds = vault.app.state.metric_vault_feeds
    stream = feeds.stream(running.public_id, "all", always)
    await anext(stream)
    (job,) = vault.ok("GET", "/scheduler/jobs")
    answer = vault.client.get(f"/sse/k6data/{job['job_name']}")
    assert answer.status_code == 503
    assert answer.json()["success"] is False
    await stream.aclose()


async def test_a_watcher_who_may_watch_no_more_is_cut_off(
    vault: Vault, running: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "RECHECK_S", 0.1)

    async def never() -> bool:
        return False

    frames = [f async for f in JobFeeds(vault.lab).stream(running.public_id, "all", never)]
    assert len(frames) <= 1


async def test_a_fault_is_said_and_tried_again(
    vault: Vault, running: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "INTERVAL_S", 0.1)
    look = feed.JobFeed._look
    faults = iter([True, False])

    def faulty(self: feed.JobFeed) -> feed.Look:
        if next(faults, False):
            raise OSError("nothing can be read")
        return look(self)

    monkeypatch.setattr(feed.JobFeed, "_look", faulty)
    events = stream(vault, running)
    assert "cannot be read" in (await anext(events))["error"]
    assert "error" not in await anext(events)
    await events.aclose()  # type: ignore[attr-defined]  # an async generator
