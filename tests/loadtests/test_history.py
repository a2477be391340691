"""The history of a load test: as data on its page, and in the API."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from benchwright.loadtests.history import Limits, limits_of
from benchwright.loadtests.models import LoadTest
from benchwright.loadtests.plan import parse_plan
from benchwright.runs.history import MAX_POINTS
from benchwright.runs.models import Run
from benchwright.runs.state import RunState
from tests.fixtures.site import Site

SCENARIOS = [
    {"key": key, "name": name, "method": "GET", "path": f"/{name}"}
    for key, name in (("s1", "a"), ("s2", "b"))
]


def address(site: Site, test_id: int) -> str:
    with site.harness.database.read() as session:
        public_id = session.scalars(select(LoadTest.public_id).where(LoadTest.id == test_id)).one()
    return f"/p/default/load-tests/{public_id}"


def test_every_run_is_a_point_that_leads_to_it(site: Site) -> None:
    test_id = site.load_test()
    make = site.harness.make_run
    ids = [
        make(load_test_id=test_id, verdict="met", scenarios=SCENARIOS),
        make(load_test_id=test_id, verdict="missed", slower=1.5, scenarios=SCENARIOS),
        make(load_test_id=test_id, verdict=None, workload_digest="other", scenarios=SCENARIOS),
    ]
    make(RunState.RUNNING, load_test_id=test_id, results=False, age_s=5)
    page = site.page(address(site, test_id))
    charts = page.select("figure.history")
    assert len(charts) == 5
    dots = charts[2].select("a.history-dot")
    assert [dot["href"] for dot in dots] == [f"/p/default/runs/{run_id}" for run_id in ids]
    assert [str(dot["class"]) for dot in dots] == [
        "['history-dot', 'is-met']", "['history-dot', 'is-missed']", "['history-dot', 'is-open']",
    ]  # fmt: skip
    told = [dot.select("title")[0].text.replace("\u00a0", " ") for dot in dots]
    assert "182 ms" in told[0]
    assert "273 ms · +50 %\nTargets missed" in told[1]
    assert "plan changed" in told[2]
    assert len(charts[2].select(".history-break")) == 1
    assert "target ≤ 300" in charts[2].text.replace("\u00a0", " ")
    assert len(charts[2].select(".history-line line")) == 1
    # The same as a table, for those who read rather than look.
    assert len(page.select("#load-test-runs tbody tr")) == 4


def test_one_scenario_can_be_looked_at(site: Site) -> None:
    test_id = site.load_test()
    for _ in range(2):
        site.harness.make_run(load_test_id=test_id, scenarios=SCENARIOS)
    whole = site.page(address(site, test_id)).select("figure.history .history-last")
    one = site.page(address(site, test_id) + "?scenario=s2").select("figure.history .history-last")
    assert whole[0].text.split()[0] == "80.4"
    assert one[0].text.split()[0] == "26.8"
    site.page(address(site, test_id) + "?scenario=nonsense")
    assert site.client.get(address(site, test_id) + "?last=7").status_code == 422


def test_doubtful_figures_are_marked_and_not_judged(site: Site) -> None:
    test_id = site.load_test()
    site.harness.make_run(load_test_id=test_id, verdict="met", scenarios=SCENARIOS)
    run_id = site.harness.make_run(load_test_id=test_id, verdict="met", scenarios=SCENARIOS)
    with site.harness.database.write() as session:
        run = session.scalars(select(Run).where(Run.public_id == run_id)).one()
        run.doubts = ["dropped_iterations", "generator_busy"]
    sure, dot = (
        site.page(address(site, test_id)).select("figure.history")[0].select("a.history-dot")
    )
    assert "is-doubtful" not in sure["class"]
    assert {"is-open", "is-doubtful"} <= set(dot["class"])
    assert "iterations were dropped" in dot.text
    body = site.client.get(f"/api/v1/runs/{run_id}").json()
    assert body["doubts"] == ["dropped_iterations", "generator_busy"]


def test_without_runs_and_with_one_it_says_what_to_do(site: Site) -> None:
    test_id = site.load_test()
    assert "Press “Run now”" in site.page(address(site, test_id)).text
    site.harness.make_run(load_test_id=test_id, scenarios=SCENARIOS)
    assert "run it again" in site.page(address(site, test_id)).text


def test_the_range_is_chosen_and_capped(site: Site) -> None:
    test_id = site.load_test()
    for _ in range(21):
        site.harness.make_run(load_test_id=test_id, scenarios=[])
    page = site.page(address(site, test_id))
    assert "20 newest of 21 runs" in " ".join(page.text.split())
    assert len(page.select("figure.history")[0].select("a")) == 20
    page = site.page(address(site, test_id) + "?last=all")
    assert len(page.select("figure.history")[0].select("a")) == 21


def test_the_api_gives_the_same_points(site: Site) -> None:
    test_id = site.load_test()
    runs = [str(site.harness.make_run(load_test_id=test_id, scenarios=SCENARIOS)) for _ in range(2)]
    path = "/api/v1" + address(site, test_id).removeprefix("/p/default") + "/history"
    body = site.client.get(path).json()
    assert [point["run"] for point in body["points"]] == runs
    assert body["points"][0]["p95_ms"] == 181.7
    assert body["points"][0]["plan_changed"] is False
    one = site.client.get(path + "?scenario=s2&limit=1").json()
    assert (one["runs"], len(one["points"])) == (2, 1)
    assert one["points"][0]["requests_per_s"] == pytest.approx(80.4 / 3)
    assert site.client.get(path + f"?limit={MAX_POINTS + 1}").status_code == 422
    assert site.client.get(f"/api/v1/load-tests/{uuid.uuid4()}/history").status_code == 404


def test_a_copy_does_the_same_under_another_name(site: Site) -> None:
    first = address(site, site.load_test(name="n" * 500))
    copy = site.send(first + "/duplicate", {})
    one, two = (site.client.get(path + ".json").json() for path in (first, copy))
    assert two["plan"] == {**one["plan"], "name": two["name"]}
    assert two["name"].endswith("n (copy)")
    assert len(two["name"]) == 500
    assert (
        site.client.post("/api/v1" + first.removeprefix("/p/default") + "/duplicate").status_code
        == 201
    )
    site.send(first + "/delete", {})
    assert site.client.post(first + "/duplicate").status_code == 409


def test_the_plan_is_told_in_words(site: Site) -> None:
    rows = site.page(address(site, site.load_test()) + "?tab=plan").select("tbody tr")
    words = [cell.text.strip().replace("\u00a0", " ") for cell in rows[0].select("th, td")]
    assert words == ["a", "1 virtual user for 5 s", "p95 ≤ 300 ms, errors ≤ 1 %"]


def test_limits_are_those_that_all_scenarios_share() -> None:
    def plan(*targets: dict[str, object]) -> dict[str, object]:
        return {
            "name": "x", "base_url": "http://127.0.0.1:9", "target_tps": 20,
            "scenarios": [
                {"name": f"s{n}", "path": "/", "executor": "constant-vus", "duration": "1s", "targets": t}
                for n, t in enumerate(targets)
            ],
        }  # fmt: skip

    shared = parse_plan(
        plan({"response_time": "200ms"}, {"response_time": "200ms", "error_rate": 0.1})
    )
    assert limits_of(shared, None) == Limits(requests_per_s=20, p95_ms=200)
    assert limits_of(shared, "s2") == Limits(p95_ms=200, error_rate=0.1)
    differ = parse_plan(
        plan({"response_time": "200ms"}, {"response_time": {"stat": "p99", "ms": 9}})
    )
    assert limits_of(differ, None) == Limits(requests_per_s=20)
    assert limits_of(differ, "s2") == Limits(p99_ms=9)
    assert limits_of(None, None) == Limits()
