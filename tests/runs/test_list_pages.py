"""The list of runs as a page and as JSON."""

from __future__ import annotations

import uuid

import pytest

from benchwright.runs import list_pages, service
from benchwright.runs.list_columns import COOKIE
from benchwright.runs.schemas import RunUpdate
from benchwright.runs.state import RunState
from tests.fixtures.site import Site
from tests.web.harness import HOSTILE

RUNS = "/p/default/runs"


def names(site: Site, query: str = "") -> list[str]:
    return [a.text for a in site.page(RUNS + query).select("#runs tbody th a")]


def tag(site: Site, run_id: uuid.UUID, *tags: str, note: str | None = None) -> None:
    with site.harness.database.write() as session:
        run = service.get_run(session, run_id)
        service.update_run(session, run, RunUpdate(tags=list(tags), note=note))


def test_filters_stand_in_the_address(site: Site) -> None:
    site.harness.make_run(name="alpha")
    beta = site.harness.make_run(RunState.LOST, name="beta", results=False)
    tag(site, beta, "nightly", note="the disk was full")
    assert names(site, "?q=ALP") == ["alpha"]
    assert names(site, "?q=disk") == ["beta"]
    assert names(site, "?state=lost") == ["beta"]
    assert names(site, "?state=lost&state=succeeded") == ["beta", "alpha"]
    assert names(site, "?verdict=missed") == ["alpha"]
    assert names(site, "?verdict=none&verdict=met") == ["beta"]
    assert names(site, "?tag=nightly") == ["beta"]
    assert names(site, "?tag=nightly&tag=other") == []
    assert names(site, "?min_p95_ms=100&max_p95_ms=200&min_requests_per_s=80") == ["alpha"]
    assert names(site, "?max_p95_ms=100") == []
    assert names(site, "?kind=load_test&target=local") == ["beta", "alpha"]
    assert "No run matches" in site.page(RUNS + "?q=nothing").text
    # What a form sends of its empty fields.
    assert names(site, "?q=&state=&min_p95_ms=&started_from=&sort=") == ["beta", "alpha"]


def test_times_narrow_by_whole_days(site: Site) -> None:
    site.harness.make_run(age_s=3600)
    assert len(names(site, "?started_from=2020-01-01&started_to=9000-01-01")) == 1
    assert names(site, "?started_to=2020-01-01") == []
    run = site.client.get(RUNS + ".json").json()["items"][0]
    day = run["started_at"][:10]
    assert len(names(site, f"?started_from={day}&started_to={day}")) == 1
    assert names(site, f"?started_from={day}T23:59:59.999Z&started_to={day}T00:00:00Z") == []


@pytest.mark.parametrize(
    "query",
    [
        "state=no-such-state", "sort=spec", "min_p95_ms=NaN", "min_p95_ms=-1", "limit=0",
        "load_test=x", "started_from=0001-01-01", "started_to=9999-12-31T23:59:59-12:00",
        "q=%00", "tag=%00", "q=" + "x" * 201, "verdict=good", "&".join(["state=lost"] * 51),
    ],
)  # fmt: skip
def test_nonsense_is_refused_clearly(site: Site, query: str) -> None:
    assert site.client.get(f"{RUNS}?{query}").status_code == 422
    assert site.client.get(f"{RUNS}.json?{query}").status_code == 422


@pytest.mark.parametrize("cursor", ["x", "%20", "W10", "WyItcDk1IiwxLDFd", "e30", "9" * 300])
def test_a_cursor_of_another_list_is_refused(site: Site, cursor: str) -> None:
    assert site.client.get(f"{RUNS}?cursor={cursor}").status_code == 400


def test_the_next_page_keeps_the_filter_and_the_order(site: Site) -> None:
    for number in range(3):
        site.harness.make_run(name="alpha", slower=1 + number)
    page = site.page(RUNS + "?q=alpha&limit=2&sort=-p95")
    link = page.select_one("a[rel=next]")
    assert link is not None
    assert "q=alpha" in str(link["href"])
    rows = site.page(str(link["href"])).select("#runs tbody tr")
    assert ["182" in row.text for row in rows] == [True]


def test_a_page_has_so_many_rows_at_most_and_leads_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_pages, "MAX_ROWS", 2)
    for name in ("one", "two", "three"):
        site.harness.make_run(name=name)
    page = site.page(f"{RUNS}?limit=200")
    assert [a.text for a in page.select("#runs tbody th a")] == ["three", "two"]
    following = page.select_one("a[rel=next]")
    assert following is not None
    rest = site.page(str(following["href"]))
    assert [a.text for a in rest.select("#runs tbody th a")] == ["one"]


def test_facets_count_and_toggle(site: Site) -> None:
    test_id = site.load_test()
    site.harness.make_run(load_test_id=test_id)
    site.harness.make_run(load_test_id=test_id, verdict="met")
    lost = site.harness.make_run(RunState.LOST, results=False, verdict=None)
    tag(site, lost, "nightly")
    page = site.page(RUNS + "?verdict=missed")
    choices = {
        (menu.select("summary")[0].text.strip(), choice.select(".clip-line")[0].text): (
            choice.select(".count")[0].text,
            str(choice["href"]),
        )
        for menu in page.select(".narrowing details.menu")
        for choice in menu.select("a.choice")
    }
    # A facet counts what its own other choices would bring, and the others what is left.
    assert choices["Verdict", "Targets met"][0] == "1"
    assert choices["Verdict", "No verdict"][0] == "1"
    assert choices["State", "Completed"][0] == "1"
    assert ("State", "Lost") not in choices
    assert choices["Verdict", "Targets missed"][1] == RUNS
    assert "verdict=missed&verdict=met" in choices["Verdict", "Targets met"][1]
    assert choices["Load test", "Noon"][0] == "1"
    chips = page.select(".chip")
    assert [str(chip["href"]) for chip in chips] == [RUNS]
    assert "1 run" in page.select_one(".total").text  # type: ignore[union-attr]  # it is there
    assert "Tag" in [s.text.strip() for s in site.page(RUNS).select(".narrowing summary")]


def test_columns_are_chosen_and_remembered(site: Site) -> None:
    site.harness.make_run()
    page = site.page(RUNS + "?columns=p95&columns=load_test&columns=nonsense")
    assert [th.text.strip() for th in page.select("#runs thead th")][1:] == [
        "Run",
        "p95",
        "Load test",
    ]
    assert site.client.cookies[COOKIE] == "p95.load_test"
    page = site.page(RUNS)
    assert [th.text.strip() for th in page.select("#runs thead th")][1:] == [
        "Run",
        "p95",
        "Load test",
    ]
    site.client.cookies.clear()
    site.client.cookies[COOKIE] = "../../etc;nothing"
    assert len(site.page(RUNS).select("#runs thead th")) > 5


def test_heads_sort_and_turn_round(site: Site) -> None:
    site.harness.make_run(name="b")
    site.harness.make_run(name="A", slower=2)
    site.harness.make_run(RunState.QUEUED, name="c")
    assert names(site, "?sort=name") == ["A", "b", "c"]
    assert names(site, "?sort=-p95") == ["A", "b", "c"]
    assert names(site, "?sort=p95") == ["b", "A", "c"]
    assert names(site, "?sort=created") == ["b", "A", "c"]
    page = site.page(RUNS + "?sort=-p95")
    sorted_by = page.select_one("th[aria-sort]")
    assert sorted_by is not None
    assert (sorted_by.text.strip(), sorted_by["aria-sort"]) == ("p95", "descending")
    assert str(sorted_by.a["href"]) == RUNS + "?sort=p95"  # type: ignore[index]  # it is a link


def test_lists_show_the_figures_that_matter(site: Site) -> None:
    site.harness.make_run()
    site.harness.make_run(RunState.FAILED, results=False, verdict=None)
    rows = site.page(RUNS).select("#runs tbody tr")
    cells = [[cell.text.replace("\u00a0", " ") for cell in row.select("td.number")] for row in rows]
    assert cells == [["–", "–", "–", "30 s"], ["80.4", "182 ms", "0 %", "30 s"]]


def test_changes_since_the_run_before_are_told(site: Site) -> None:
    test_id = site.load_test()
    site.harness.make_run(load_test_id=test_id)
    site.harness.make_run(RunState.FAILED, load_test_id=test_id, results=False, verdict=None)
    site.harness.make_run()  # of no load test
    site.harness.make_run(load_test_id=test_id, slower=1.5)
    site.harness.make_run(load_test_id=test_id, workload_digest="another")
    site.harness.make_run(load_test_id=test_id, workload_digest="another", slower=1.01)
    rows = site.page(RUNS).select("#runs tbody tr")
    found = [
        [
            (d.text.rpartition(": ")[2].replace("\u00a0", " "), d["class"][1:])
            for d in row.select(".since")
        ]
        for row in rows
    ]
    assert found[0] == [("−1 %", []), ("+1 %", [])]
    assert found[1] == [("+50 %", []), ("−33 %", [])]  # another plan: told without colour
    assert found[2] == [("−33 %", ["is-bad"]), ("+50 %", ["is-bad"])]
    assert found[3:] == [[], [], []]


def test_runs_under_way_show_what_they_do_now(site: Site) -> None:
    run_id = site.harness.make_run(RunState.RUNNING, results=False, age_s=20)
    row = site.page(RUNS).select_one("tr[data-live]")
    assert row is not None
    assert row.select_one("[data-cell=requests]").text.strip() not in ("", "–")  # type: ignore[union-attr]  # it is there
    fresh = site.page(f"{RUNS}/rows?run={run_id}&columns=p95&columns=state")
    assert [
        cell["data-cell"] for cell in fresh.select(f"tr[data-run='{run_id}'] td[data-cell]")
    ] == ["state", "p95"]
    assert site.client.get(f"{RUNS}/rows").status_code == 422
    assert not site.page(f"{RUNS}/rows?run={uuid.uuid4()}").select("tr")


def test_names_and_tags_are_data(site: Site) -> None:
    run_id = site.harness.make_run(name=HOSTILE)
    tag(site, run_id, HOSTILE.replace(",", "")[:50])
    for address in (RUNS, f"{RUNS}?tag=%3Cimg%3E&q=%3Cimg%20src%3Dx%3E", f"{RUNS}/{run_id}"):
        assert not site.page(address).find_all("img")


def test_json_twin_takes_the_same_parameters(site: Site) -> None:
    test_id = site.load_test()
    for slower in (1, 3, 2):
        site.harness.make_run(load_test_id=test_id, slower=slower)
    query = "?sort=-p95&limit=2&verdict=missed"
    twin = site.client.get(RUNS + ".json" + query).json()
    assert twin == site.client.get("/api/v1/runs" + query + "&project=default").json()
    assert [round(run["response_time_p95_ms"] / 181.7) for run in twin["items"]] == [3, 2]
    assert twin["items"][0]["load_test_name"] == "Noon"
    assert twin["items"][0]["before"]["same_workload"] is True
    rest = site.client.get(RUNS + ".json" + query + "&cursor=" + twin["next_cursor"]).json()
    assert [round(run["response_time_p95_ms"] / 181.7) for run in rest["items"]] == [1]
    assert rest["next_cursor"] is None
