from __future__ import annotations

import uuid
from pathlib import Path

from benchwright.metrics.failures import (
    MAX_GROUPS,
    MAX_GROUPS_SHOWN,
    STEPS,
    FailureKey,
    FailureLog,
    Requests,
    no_failures,
)
from benchwright.metrics.finished_failures import FAILURE_METRICS, finished_failures
from benchwright.metrics.live_run import LiveRun
from benchwright.metrics.sealing import seal
from benchwright.metrics.store import open_rows
from tests.metrics.pushes import push, series

START_MS = 1_800_000_000_250
START_S = 1_800_000_000

OK = {"scenario": "s1", "name": "GET /a", "method": "GET", "status": "200",
      "expected_response": "true"}  # fmt: skip
BROKEN = {**OK, "status": "503", "error_code": "1503", "expected_response": "false"}
SILENT = {**OK, "scenario": "s2", "name": "GET /b", "status": "0", "error_code": "1212",
          "expected_response": "false"}  # fmt: skip
PASSED = {"scenario": "s1", "passed": "true"}
FAILED = {"scenario": "s1", "passed": "false", "check": "is a book"}


def record(folder: Path, seconds: int = 10) -> LiveRun:
    run = LiveRun(uuid.UUID(int=1), folder, {"s1": "", "s2": ""})
    for second in range(seconds):
        parts = [
            series("k6_http_reqs_total", 10 * (second + 1), **OK),
            series("k6_benchwright_checks_total", 10 * (second + 1), **PASSED),
        ]
        if second >= 4:
            broken = 5 * min(second - 3, 2)
            parts.append(series("k6_http_reqs_total", broken, **BROKEN))
            parts.append(series("k6_benchwright_checks_total", second, **FAILED))
        if second == 7:
            parts.append(series("k6_http_reqs_total", 3, **SILENT))
        run.ingest(push(parts), START_MS + second * 1000)
    return run


def test_failures_are_grouped_by_what_they_have_in_common(tmp_path: Path) -> None:
    shown = record(tmp_path).failures
    assert (shown.requests, shown.failed_requests, shown.failed_checks) == (113, 13, 9)
    broken, check, silent = shown.groups
    assert (broken.kind, broken.status, broken.error) == ("request", 503, "Service Unavailable")
    assert (broken.method, broken.name, broken.scenario) == ("GET", "GET /a", "s1")
    assert (broken.count, broken.share) == (10, 10 / 110)
    assert (broken.first_ms, broken.last_ms) == ((START_S + 4) * 1000, (START_S + 5) * 1000)
    assert broken.counts == [0, 0, 0, 0, 5, 5, 0, 0, 0, 0]
    assert (check.kind, check.name, check.count) == ("check", "is a book", 9)
    assert (silent.status, silent.error, silent.share) == (0, "Connection refused", 1.0)


def test_live_replayed_and_finished_runs_show_the_same(tmp_path: Path) -> None:
    run = record(tmp_path, 130)
    live = run.failures
    run.close()
    replayed = LiveRun(uuid.UUID(int=1), tmp_path, {"s1": "", "s2": ""})
    assert replayed.failures == live
    replayed.close()
    seal(tmp_path)
    rows = open_rows(tmp_path, FAILURE_METRICS)
    assert rows is not None
    finished = finished_failures(rows)
    assert (live.live, finished.live) == (True, False)
    assert finished.requests == live.requests
    assert len(live.groups[0].counts) <= STEPS
    assert len(finished.groups[0].counts) <= STEPS
    for ours, theirs in zip(live.groups, finished.groups, strict=True):
        assert sum(ours.counts) == sum(theirs.counts) == ours.count
        assert ours.model_copy(update={"counts": []}) == theirs.model_copy(update={"counts": []})


def test_a_run_of_which_all_went_well_has_none(tmp_path: Path) -> None:
    run = LiveRun(uuid.UUID(int=1), tmp_path, {"s1": ""})
    assert run.failures == no_failures(live=True)
    run.ingest(push([series("k6_http_reqs_total", 5, **OK)]), START_MS)
    assert (run.failures.requests, run.failures.groups) == (5, [])
    run.close()
    seal(tmp_path)
    rows = open_rows(tmp_path)
    assert rows is not None
    assert finished_failures(rows).groups == []


def test_a_script_that_names_every_address_costs_little() -> None:
    log = FailureLog()
    for number in range(MAX_GROUPS + 50):
        log.add(FailureKey("s1", f"http://example.org/{number}", "GET", "404"), 100, 1)
    shown = log.view(100, Requests(2000, {}))
    assert len(shown.groups) == MAX_GROUPS_SHOWN
    assert shown.groups_hidden == MAX_GROUPS - MAX_GROUPS_SHOWN
    assert shown.failed_requests == MAX_GROUPS + 50


def test_a_long_run_is_seen_in_wider_steps() -> None:
    log = FailureLog()
    for second in range(3600):
        log.add(FailureKey("s1", "GET /a", "GET", "500"), second, 2)
    group = log.view(3599, Requests(7200, {"s1": 7200})).groups[0]
    assert (group.count, group.share) == (7200, 1)
    assert 30 <= len(group.counts) <= STEPS
    assert sum(group.counts) == 7200
