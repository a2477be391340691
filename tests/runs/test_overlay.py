from __future__ import annotations

import json
import uuid

import pytest

from benchwright.kit.errors import Invalid, NotFound
from benchwright.runs import overlay, service
from benchwright.runs.state import RunState
from tests.fixtures.site import Site
from tests.web.harness import HOSTILE

RUNS = "/p/default/runs"


def path_of(run_id: uuid.UUID, *others: object, page: str = "overlay") -> str:
    return f"{RUNS}/{run_id}/{page}?with={','.join(map(str, others))}"


@pytest.mark.parametrize("texts", [[], [""], [","], [" , "]])
def test_no_ids_are_none(texts: list[str]) -> None:
    assert overlay.read_ids(texts) == []


def test_ids_come_in_one_text_or_in_several_each_once() -> None:
    a, b, c = (uuid.uuid4() for _ in range(3))
    assert overlay.read_ids([f"{a}, {b}", str(c), str(a)]) == [a, b, c]
    assert overlay.read_ids([str(a)] * 500) == [a]


@pytest.mark.parametrize("text", ["x", "1", f"{uuid.uuid4()}x", "\0", "9" * 100_000])
def test_what_is_no_id_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(Invalid, match="is not the id of a run") as refusal:
        overlay.read_ids([text])
    assert refusal.value.errors[0]["field"] == "with"
    assert len(refusal.value.detail) < 200


def test_more_than_eight_runs_are_refused() -> None:
    ids = [str(uuid.uuid4()) for _ in range(1000)]
    assert len(overlay.read_ids(ids[:7])) == 7
    for several in (ids[:8], [",".join(ids)]):
        with pytest.raises(Invalid, match="8 runs at most"):
            overlay.read_ids(several)


def test_a_run_that_the_project_has_not_is_named(site: Site) -> None:
    mine = site.harness.make_run()
    elsewhere = site.client.post("/api/v1/projects", json={"name": "Elsewhere"}).json()["slug"]
    with site.harness.database.write() as session:
        run = service.get_run(session, mine)
        from benchwright.projects import service as projects

        stranger = service.create_run(
            session, project_id=projects.get_project(session, elsewhere).id, kind=run.kind,
            name="theirs", spec={}, planned_duration_s=1, timeout_s=1,
        )  # fmt: skip
        for run_id in (uuid.uuid4(), stranger.public_id):
            with pytest.raises(NotFound, match=str(run_id)):
                overlay.find_others(session, run, [run_id])
        assert overlay.find_others(session, run, [mine]) == []
        theirs = stranger.public_id
    for unknown in (uuid.uuid4(), theirs):
        for kind in ("overlay", "overlay.json"):
            assert site.client.get(path_of(mine, unknown, page=kind)).status_code == 404
    assert site.client.get(path_of(mine, "nonsense", page="overlay.json")).status_code == 422


def test_all_begin_at_zero_in_the_step_of_the_longest(site: Site) -> None:
    long, short = site.harness.make_run(length_s=1200), site.harness.make_run(length_s=20)
    found = site.client.get(f"/api/v1/runs/{long}/overlay?with={short}").json()
    one, two = (run["series"] for run in found["runs"])
    assert [run["run"]["public_id"] for run in found["runs"]] == [str(long), str(short)]
    assert one["seconds"][0] == two["seconds"][0] == 0
    assert one["step_s"] == two["step_s"] == 4
    assert len(one["seconds"]) <= 301
    for series in (one, two):
        for column in ("requests_per_s", "failed_per_s", "p50_ms", "p95_ms", "p99_ms"):
            assert len(series["columns"][column]) == len(series["seconds"])
    assert found == site.client.get(path_of(long, short, page="overlay.json")).json()


def test_figures_are_measured_by_the_first(site: Site) -> None:
    first = site.harness.make_run()
    slower = site.harness.make_run(slower=1.5)
    found = site.client.get(f"/api/v1/runs/{first}/overlay?with={slower}").json()["runs"]
    (p95,) = (
        f for f in found[1]["figures"] if (f["metric"], f["stat"]) == ("http_req_duration", "p95")
    )
    assert p95["change"] == pytest.approx(0.5)
    assert p95["effect"] == "worse"
    assert all(f["difference"] in (0, None) for f in found[0]["figures"])
    page = site.page(path_of(first, slower))
    rows = page.select("#overlay tbody tr")
    assert "+50" in rows[1].text
    assert not rows[0].select(".delta")
    assert [len(row.select("svg.series-line")) for row in rows] == [1, 1]


def test_the_page_reads_well_whatever_became_of_the_runs(site: Site) -> None:
    make = site.harness.make_run
    done = make(name=HOSTILE)
    others = [
        make(RunState.RUNNING, results=False), make(RunState.QUEUED, results=False, verdict=None),
        make(RunState.LOST, results=False, verdict=None), make(scenarios=[], results=False),
    ]  # fmt: skip
    page = site.page(path_of(done, *others, others[0], done))
    assert len(page.select("#overlay tbody tr")) == 5
    assert not page.select("main img")
    notice = page.select_one("#overlay .notice")
    assert notice is not None
    assert "Run 2 is under way" in notice.text
    assert "Run 4 left no final figures" in notice.text
    chart = page.select_one("run-overlay")
    assert chart is not None
    assert chart["data-live"] == "true"
    names = json.loads(str(chart["data-runs"]))
    assert [one["key"] for one in names] == ["r0", "r1", "r2", "r3", "r4"]
    assert len({one["name"] for one in names}) == 5
    assert names[1]["name"] == "2 · Shop at noon"
    assert site.client.get(str(chart["data-source"])).status_code == 200


def test_runs_are_added_by_a_form_left_out_and_made_the_measure(site: Site) -> None:
    one, two, three = (site.harness.make_run(name=name) for name in ("first", "second", "third"))
    page = site.page(f"{RUNS}/{one}/overlay")
    assert [box["value"] for box in page.select("[name=with]")] == [str(three), str(two)]
    page = site.page(f"{RUNS}/{one}/overlay?q=seco")
    assert [box["value"] for box in page.select("[name=with]")] == [str(two)]
    assert "No other run has this text" in site.page(f"{RUNS}/{one}/overlay?q=nothing").text
    answer = site.client.get(f"{RUNS}/{one}/overlay?with={two}&with={three}&q=")
    assert answer.headers["location"] == path_of(one, two, three)
    page = site.page(path_of(one, two, three))
    menus = [[str(a["href"]) for a in menu.select("a")] for menu in page.select("#overlay .menu")]
    quoted = [[address.replace("%2C", ",") for address in menu] for menu in menus]
    assert quoted == [
        [path_of(two, one, three), path_of(one, three)],
        [path_of(three, one, two), path_of(one, two)],
    ]


def test_the_page_of_a_run_lays_others_over_it(site: Site) -> None:
    run, other = site.harness.make_run(), site.harness.make_run(name="the other")
    page = site.page(f"{RUNS}/{run}?with={other}")
    assert len(page.select("run-page run-overlay live-chart")) == 4
    assert "the other" in page.select("#overlay tbody tr")[1].text
    assert not site.page(f"{RUNS}/{run}").select("run-overlay")
    assert site.client.get(f"{RUNS}/{run}?with={uuid.uuid4()}").status_code == 404
