from __future__ import annotations

import uuid

import pytest

from benchwright.runs import repository, service
from benchwright.runs.comparison import figure_change, plan_changes
from benchwright.runs.state import RunState
from benchwright.runs.workload import Fact, PlannedPart, PlanView
from tests.fixtures.site import Site
from tests.runs.views import result


def part(name: str, request: str = "GET /a", **facts: str) -> PlannedPart:
    return PlannedPart("s1", name, request, [Fact(k, v) for k, v in facts.items()])


@pytest.mark.parametrize(
    "better,this,other,effect,change",
    [
        ("lower", 120.0, 100.0, "worse", 0.2),
        ("lower", 80.0, 100.0, "better", -0.2),
        ("higher", 120.0, 100.0, "better", 0.2),
        ("higher", 100.0, 100.0, "same", 0.0),
        ("none", 120.0, 100.0, "neither", 0.2),
        ("lower", 0.1, 0.0, "worse", None),
        ("lower", 1.0, None, "neither", None),
        ("lower", None, 1.0, "neither", None),
    ],
)
def test_a_change_has_a_direction(
    better: str, this: float | None, other: float | None, effect: str, change: float | None
) -> None:
    known = result("", "m", "p95", 0)._replace(better=better)
    found = figure_change(known, this, other)
    assert found.effect == effect
    assert found.change == (pytest.approx(change) if change is not None else None)


def test_plans_are_compared_by_names() -> None:
    this = PlanView(
        [Fact("Address", "http://a"), Fact("Header", "A"), Fact("Header", "B")],
        [part("stays", Load="20/s"), part("moved", "GET /new"), part("new")],
    )
    other = PlanView(
        [Fact("Address", "http://b"), Fact("Header", "A"), Fact("Seed", "1")],
        [part("moved", "GET /old"), part("stays", Load="10/s"), part("gone", "GET /gone")],
    )
    assert [(c.scenario, c.name, c.this, c.other) for c in plan_changes(this, other)] == [
        ("", "Address", "http://a", "http://b"),
        ("", "Header", "A, B", "A"),
        ("", "Seed", None, "1"),
        ("stays", "Load", "20/s", "10/s"),
        ("moved", "Request", "GET /new", "GET /old"),
        ("new", "Scenario", "GET /a", None),
        ("gone", "Scenario", None, "GET /gone"),
    ]
    assert list(plan_changes(this, this)) == []


def test_scenarios_are_matched_by_name_and_others_are_shown(site: Site) -> None:
    def scenario(key: str, name: str) -> dict[str, str]:
        return {"key": key, "name": name, "method": "GET", "path": "/"}

    first = site.harness.make_run(scenarios=[scenario("s1", "both"), scenario("s2", "gone")])
    second = site.harness.make_run(scenarios=[scenario("s1", "new"), scenario("s2", "both")])
    found = site.client.get(f"/api/v1/runs/{second}/compare?with={first}").json()
    assert [(s["name"], s["only_in"]) for s in found["scenarios"]] == [
        ("new", "this"),
        ("both", None),
        ("gone", "other"),
    ]
    both = found["scenarios"][1]["figures"][2]
    assert (both["metric"], both["stat"]) == ("http_req_duration", "p95")
    assert both["this"] == pytest.approx(181.7 * 1.4)
    assert both["other"] == pytest.approx(181.7 * 1.2)
    assert both["effect"] == "worse"
    assert "no evidence" in found["note"]


def test_what_cannot_be_compared_is_refused(site: Site) -> None:
    run = site.harness.make_run()
    path = f"/api/v1/runs/{run}/compare"
    assert site.client.get(f"{path}?with={run}").status_code == 400
    assert site.client.get(f"{path}?with={uuid.uuid4()}").status_code == 404
    assert site.client.get(f"{path}?with=x").status_code == 422
    assert site.client.get(path).status_code == 404


def test_a_run_without_figures_can_be_compared_too(site: Site) -> None:
    measured = site.harness.make_run()
    lost = site.harness.make_run(RunState.LOST, results=False, verdict=None)
    found = site.client.get(f"/api/v1/runs/{lost}/compare?with={measured}").json()
    assert {figure["this"] for figure in found["figures"]} == {None}
    assert {figure["effect"] for figure in found["figures"]} == {"neither"}


def test_the_share_of_no_checks_is_not_compared(site: Site) -> None:
    def shown(passes: float, fails: float) -> list[str]:
        runs = [site.harness.make_run() for _ in range(2)]
        with site.harness.database.write() as session:
            for run in runs:
                repository.put_results(
                    session,
                    service.get_run(session, run).id,
                    [("", "checks", stat, value, unit, "none") for stat, value, unit in (
                        ("passes", passes, "checks"), ("fails", fails, "checks"),
                        ("rate", passes / max(passes + fails, 1), "ratio"),
                    )],
                )  # fmt: skip
        found = site.client.get(f"/api/v1/runs/{runs[1]}/compare?with={runs[0]}").json()
        return [figure["metric"] for figure in found["figures"]]

    assert "checks" not in shown(0, 0)
    assert "checks" in shown(0, 3)
