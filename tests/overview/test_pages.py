from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import event

from benchwright.kit.db import now
from benchwright.loadtests import service as load_tests
from benchwright.runs import service as runs
from benchwright.runs.state import RunState
from tests.fixtures.site import Site

PLAN = (
    "name: Noon\nbase_url: http://127.0.0.1:9\nscenarios:\n"
    "- {name: a, path: /a, executor: constant-vus, duration: 5s}\n"
)


def add_load_test(site: Site, name: str = "Noon") -> uuid.UUID:
    sent = {"plan": PLAN.replace("Noon", name), "then": "save"}
    return uuid.UUID(site.send("/p/default/load-tests/new", sent).rpartition("/")[2])


def make_run(site: Site, test: uuid.UUID, *given: Any, **options: Any) -> uuid.UUID:
    """A run of this load test."""
    run_id = site.harness.make_run(*given, **options)
    with site.harness.database.write() as session:
        load_test = load_tests.get_load_test(session, test)
        runs.get_run(session, run_id).load_test_id = load_test.id
    return run_id


def test_an_empty_installation_says_where_to_begin(site: Site) -> None:
    page = site.page("/")
    form = page.select_one("form[action='/p/default/specs']")
    assert form is not None
    assert form.select_one("input[name=url]") is not None
    assert form.select_one("input[name=file][type=file]") is not None
    assert page.select_one("main a[href='/p/default/load-tests/own-script']") is not None
    assert "benchwright demo" in page.text
    assert "Running now" not in page.text


def test_the_overview_tells_running_from_ended(site: Site) -> None:
    going = site.harness.make_run(RunState.RUNNING, name="going on", age_s=3)
    site.harness.make_run(RunState.SUCCEEDED, name="over and done")
    page = site.page("/")
    active = page.select_one("#overview-active")
    assert active is not None
    assert "going on" in active.text
    assert "over and done" not in active.text
    assert "over and done" in page.text
    assert active.select_one(f"[data-run-progress='{going}']") is not None
    assert active.select_one(f"form[action='/p/default/runs/{going}/stop']") is not None


def test_the_overview_as_json(site: Site) -> None:
    site.harness.make_run(RunState.RUNNING, name="going on", age_s=3)
    body = site.client.get("/.json").json()
    assert [run["name"] for run in body["running"]["runs"]] == ["going on"]
    assert body["recent"] == []
    assert [(line["slug"], line["run_count"]) for line in body["projects"]] == [("default", 1)]


def test_a_run_that_misses_needs_attention_until_a_later_one_meets(site: Site) -> None:
    test = add_load_test(site)
    make_run(site, test, verdict="missed", name="first")
    (line,) = attention(site)
    assert line["kind"] == "missed"
    assert line["reason"].replace("\u00a0", " ") == "Search: p95 ≤ 300 ms, measured 412 ms"
    make_run(site, test, RunState.RUNNING, name="under way", age_s=2)
    assert [line["run"]["name"] for line in attention(site)] == ["first"]
    make_run(site, test, verdict="met", name="later")
    assert attention(site) == []


@pytest.mark.parametrize(
    "state, kind",
    [(RunState.FAILED, "spoiled"), (RunState.LOST, "spoiled"), (RunState.STOPPED, None)],
)
def test_a_run_that_could_not_be_carried_out_needs_attention(
    site: Site, state: RunState, kind: str | None
) -> None:
    make_run(site, add_load_test(site), state, verdict=None)
    assert [line["kind"] for line in attention(site)] == ([kind] if kind else [])


def test_a_warning_needs_attention_and_is_told(site: Site) -> None:
    test = add_load_test(site)
    warnings = ("The load generator was busy.",)
    make_run(site, test, verdict="met", warnings=warnings)
    (line,) = attention(site)
    assert (line["kind"], line["reason"]) == ("warned", "The load generator was busy.")
    assert "The load generator was busy." in site.page("/").text


def test_a_run_that_fell_silent_needs_attention(site: Site) -> None:
    run_id = site.harness.make_run(RunState.RUNNING, age_s=5)
    with site.harness.database.write() as session:
        runs.get_run(session, run_id).stale_since = now()
    assert [line["kind"] for line in attention(site)] == ["silent"]
    assert "Silent" in site.page("/").text


def test_runs_of_a_deleted_load_test_need_no_attention(site: Site) -> None:
    test = add_load_test(site)
    make_run(site, test, verdict="missed")
    site.send(f"/p/default/load-tests/{test}/delete", {})
    assert attention(site) == []


def test_projects_show_how_their_last_test_fared(site: Site) -> None:
    test = add_load_test(site)
    for _ in range(3):
        make_run(site, test, verdict="met")
    (line,) = site.client.get("/.json").json()["projects"]
    assert line["trend"] == {"load_test": "Noon", "p95_ms": [181.7] * 3}
    assert (line["load_test_count"], line["run_count"]) == (1, 3)
    assert line["last_run"]["verdict"] == "met"
    assert site.page("/").select_one("svg.sparkline title") is not None


def test_a_trend_has_the_last_twenty_runs(site: Site) -> None:
    test = add_load_test(site)
    make_run(site, test, RunState.FAILED, results=False, verdict=None)
    for _ in range(20):
        make_run(site, test)
    (line,) = site.client.get("/.json").json()["projects"]
    assert line["trend"]["p95_ms"] == [181.7] * 20


def test_the_number_of_statements_does_not_grow(site: Site) -> None:
    def count_statements() -> int:
        statements: list[str] = []
        listen = (engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        event.listen(*listen)
        site.page("/")
        event.remove(*listen)
        return len(statements)

    engine = site.harness.database.engine
    site.harness.make_run(RunState.RUNNING, age_s=3)
    make_run(site, add_load_test(site, "First"))
    few = count_statements()
    for number in range(4):
        site.send("/p/", {"name": f"Project {number}"})
        test = add_load_test(site, f"Test {number}")
        for _ in range(3):
            make_run(site, test)
    assert count_statements() == few


def test_running_now_counts_and_weighs(site: Site) -> None:
    assert site.client.get("/running.json").json() == {
        "active": 0, "queued": 0, "percent": None, "runs": [],
    }  # fmt: skip
    site.harness.make_run(RunState.QUEUED, name="waits")
    site.harness.make_run(RunState.RUNNING, name="short", age_s=30, length_s=60)
    site.harness.make_run(RunState.RUNNING, name="long", age_s=0, length_s=240)
    body = site.client.get("/running.json").json()
    assert (body["active"], body["queued"]) == (2, 1)
    assert body["percent"] == pytest.approx(10, abs=2)
    assert [run["name"] for run in body["runs"]] == ["short", "long", "waits"]


def test_names_are_text(site: Site) -> None:
    test = add_load_test(site, "'<script>alert(1)</script> \\u202eRTL " + "x" * 400 + "'")
    make_run(site, test, RunState.RUNNING, name="<b>bold</b>" * 50, age_s=3)
    make_run(site, test, name="<script>x</script>")
    page = site.page("/")
    assert page.select("main b, main script") == []
    assert "<b>bold</b>" in page.text


def attention(site: Site) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = site.client.get("/.json").json()["attention"]
    return lines
