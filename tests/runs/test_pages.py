from __future__ import annotations

import datetime as dt
import json
import uuid

import pytest

from benchwright.kit.db import now
from benchwright.runs import service
from benchwright.runs.state import RunState
from tests.fixtures.site import Site
from tests.web.harness import HOSTILE


def path_of(run_id: uuid.UUID) -> str:
    return f"/p/default/runs/{run_id}"


@pytest.mark.parametrize("state", list(RunState))
def test_every_state_has_a_page(site: Site, state: RunState) -> None:
    run_id = site.harness.make_run(state, results=state is RunState.SUCCEEDED, age_s=5)
    page = site.page(path_of(run_id))
    assert page.h1 is not None
    assert page.h1.text == "Shop at noon"
    live = page.select_one("run-page")
    assert live is not None
    assert live["data-live"] == str(not state.is_final).lower()
    can_be_stopped = not state.is_final and state is not RunState.COLLECTING
    assert bool(page.select_one(f"form[action='{path_of(run_id)}/stop']")) is can_be_stopped


def test_the_figures_are_asked_for_with_the_page(site: Site) -> None:
    run_id = site.harness.make_run()
    page = site.page(path_of(run_id))
    asked = page.select_one("link[rel=preload][as=fetch]")
    live = page.select_one("run-page")
    assert asked is not None
    assert live is not None
    assert asked["href"] == live["data-series"] == f"/api/v1/runs/{run_id}/series?points=600"
    assert asked.has_attr("crossorigin")
    assert site.client.get(str(asked["href"])).json()["live"] is False


def test_names_are_data_wherever_they_stand(site: Site) -> None:
    run_id = site.harness.make_run(name=HOSTILE)
    for tab in ("log", "results", "script", "settings", "events", "artifacts"):
        page = site.page(f"{path_of(run_id)}?tab={tab}")
        assert not page.find_all("img")
        assert [heading.text for heading in page.find_all("h1")] == [HOSTILE]
    live = page.select_one("run-page")
    assert live is not None
    assert json.loads(str(live["data-scenarios"]))[3]["name"] == HOSTILE


def test_an_ended_run_shows_exact_figures_and_targets(site: Site) -> None:
    page = site.page(path_of(site.harness.make_run()))
    value = page.select_one("[data-figure=requests] [data-value]")
    assert value is not None
    assert value.text == "80.4"
    rows = page.select("#run-scenarios tbody tr")
    assert len(rows) == 4
    assert rows[2].select_one(".target.is-bad") is not None
    assert "412" in rows[2].text
    figures_part = page.select_one("#run-figures")
    assert figures_part is not None
    assert figures_part["data-exact"] == "true"


def test_a_run_that_waits_for_long_says_so_once(site: Site) -> None:
    run_id = site.harness.make_run(RunState.QUEUED, results=False)
    # One that was created a moment ago lies in the future, so that a slow machine changes nothing.
    for waits_s, words in ((60, 1), (-60, 0)):
        with site.harness.database.write() as session:
            run = service.get_run(session, run_id)
            run.created_at = now() - dt.timedelta(seconds=waits_s)
        page = site.page(path_of(run_id))
        assert len(page.select(".waiting-figures")) == words
        assert len(page.select("run-page.is-waiting")) == words


def test_charts_of_scenarios_are_for_several(site: Site) -> None:
    one = [{"key": "s1", "name": "only", "method": "GET", "path": "/"}]
    for scenarios, kinds in ((one, 0), (None, 2)):
        page = site.page(path_of(site.harness.make_run(scenarios=scenarios)))
        assert len(page.select("live-chart[kind^=scenario_]")) == kinds
        assert len(page.select(".charts.is-main live-chart")) == 2


def test_a_lost_run_says_so(site: Site) -> None:
    page = site.page(path_of(site.harness.make_run(RunState.LOST, results=False, verdict=None)))
    notice = page.select_one(".notice")
    assert notice is not None
    assert "Because the test says so" in notice.text


def test_a_run_without_scenarios_reads_well(site: Site) -> None:
    page = site.page(path_of(site.harness.make_run(scenarios=[], results=False, log="")))
    assert not page.select("#run-scenarios table")


def test_two_hundred_scenarios(site: Site) -> None:
    many = [
        {"key": f"s{i}", "name": f"scenario {i}", "method": "GET", "path": f"/{i}"}
        for i in range(1, 201)
    ]
    page = site.page(path_of(site.harness.make_run(scenarios=many)))
    assert len(page.select("#run-scenarios tbody tr")) == 50
    foot = page.select_one("#run-scenarios .table-foot a")
    assert foot is not None
    everything = site.page(str(foot["href"]))
    assert len(everything.select("#run-scenarios tbody tr")) == 200
    live = page.select_one("run-page")
    assert live is not None
    assert len(json.loads(str(live["data-scenarios"]))) == 200


def test_the_log_stands_in_the_page(site: Site) -> None:
    run_id = site.harness.make_run(log="<b>one</b>\ntwo\n")
    log = site.page(path_of(run_id)).select_one(".log")
    assert log is not None
    assert log.text == "<b>one</b>\ntwo\n"


def test_stopping_records_the_wish_and_shows_the_run(site: Site) -> None:
    run_id = site.harness.make_run(RunState.RUNNING, age_s=3)
    assert site.send(path_of(run_id) + "/stop", {}) == path_of(run_id)
    button = site.page(path_of(run_id)).select_one("#run-stop")
    assert button is not None
    assert button.has_attr("disabled")
    # A second press, or one that comes too late, is no error.
    assert site.send(path_of(run_id) + "/stop", {}) == path_of(run_id)
    assert site.send(path_of(site.harness.make_run()) + "/stop", {})


def test_a_run_out_of_reach_can_be_given_up(site: Site) -> None:
    run_id = site.harness.make_run(RunState.RUNNING, age_s=60)
    action = path_of(run_id) + "/give-up"
    assert not site.page(path_of(run_id)).select(f"form[action='{action}']")
    with site.harness.database.write() as session:
        run = service.get_run(session, run_id)
        run.stale_since, run.target = now(), "docker:lab-2"
    dialog = site.page(path_of(run_id)).select_one(f"dialog:has(form[action='{action}'])")
    assert dialog is not None
    for said in ("Give up on the run “Shop at noon”?", "still be running on lab-2", "left over"):
        assert said in dialog.text
    assert site.send(action, {}) == path_of(run_id)
    page = site.page(path_of(run_id) + "?tab=events")
    assert not page.select(f"form[action='{action}']")
    assert "It was given up on" in page.text
    panel = page.select_one("#run-panel")
    assert panel is not None
    assert "Given up" in panel.text


def test_giving_up_comes_too_late_where_the_target_answers(site: Site) -> None:
    run_id = site.harness.make_run(RunState.RUNNING, age_s=60)
    assert site.send(path_of(run_id) + "/give-up", {}) == path_of(run_id)
    assert "Not given up: The target of the run is not out of reach" in site.page(
        path_of(run_id)
    ).text.replace("\n", " ")
    with site.harness.database.read() as session:
        assert not service.get_run(session, run_id).given_up


def test_a_run_belongs_to_its_project(site: Site) -> None:
    run_id = site.harness.make_run()
    site.send("/p/", {"name": "Other"})
    site.page(f"/p/other/runs/{run_id}", status=404)


def test_json_twins(site: Site) -> None:
    run_id = site.harness.make_run()
    body = site.client.get(path_of(run_id) + ".json").json()
    assert body == site.client.get(f"/api/v1/runs/{run_id}").json()
    listed = site.client.get("/p/default/runs.json").json()
    assert [run["public_id"] for run in listed["items"]] == [str(run_id)]


def test_the_script_can_be_downloaded(site: Site) -> None:
    answer = site.client.get(path_of(site.harness.make_run()) + "/script.js")
    assert answer.text.startswith("export default")
    assert "attachment" in answer.headers["content-disposition"]
