from __future__ import annotations

import uuid

from benchwright.runs.comparison import FigureChange
from benchwright.runs.comparison_pages import change_line
from benchwright.web.figures import NO_BREAK as N
from tests.fixtures.site import Site
from tests.web.harness import HOSTILE


def compare_path(run_id: uuid.UUID, other: uuid.UUID | None = None) -> str:
    query = f"?with={other}" if other else ""
    return f"/p/default/runs/{run_id}/compare{query}"


def change(this: float | None, other: float | None, unit: str, **more: object) -> FigureChange:
    values: dict[str, object] = {
        "metric": "http_req_duration", "stat": "p95", "unit": unit, "better": "lower",
        "this": this, "other": other,
        "difference": None if this is None or other is None else this - other,
        "change": None if this is None or not other else this / other - 1,
        "effect": "worse", **more,
    }  # fmt: skip
    return FigureChange.model_validate(values)


def test_changes_read_as_people_say_them() -> None:
    line = change_line(change(120, 100, "ms"))
    assert (line.name, line.difference, line.share) == (
        "Response time, p95", f"+20.0{N}ms", f"+20{N}%",
    )  # fmt: skip
    assert (line.tone, line.effect) == ("bad", "worse")
    line = change_line(change(0.02, 0.03, "ratio", effect="better"))
    assert line.difference == f"\N{MINUS SIGN}1.0{N}pp"
    assert change_line(change(5000, 100, "ms")).share == f"×{N}50"
    assert change_line(change(None, 100, "ms", effect="neither")).difference == ""


def test_two_runs_stand_side_by_side(site: Site) -> None:
    first, second = site.harness.make_run(name="first"), site.harness.make_run(name="second")
    page = site.page(compare_path(second, first))
    assert [a.text for a in page.select(".compared tbody tr:first-child a")] == ["second", "first"]
    names = [head.text for head in page.select("section[aria-labelledby=figures-title] tbody th")]
    assert "Response time, p95" in names
    lines = page.select_one("run-overlay")
    assert lines is not None
    assert "this run" in str(lines["data-runs"])
    assert str(lines["data-source"]).endswith(f"{second}/overlay?with={first}")
    assert "is no evidence" in page.text
    assert "load, targets and scenarios are the same" in page.text
    assert len(page.select("#scenarios tbody tr")) == 4
    chosen = page.select_one("#f-with option[selected]")
    assert chosen is not None
    assert chosen["value"] == str(first)
    assert site.client.get(f"/p/default/runs/{second}/compare.json?with={first}").json() == (
        site.client.get(f"/api/v1/runs/{second}/compare?with={first}").json()
    )


def test_without_a_run_before_one_can_be_chosen(site: Site) -> None:
    other, run = site.harness.make_run(), site.harness.make_run()
    page = site.page(compare_path(run))
    assert "Nothing to compare with yet" in page.text
    values = [option["value"] for option in page.select("#f-with option")]
    assert values == [str(other)]
    assert site.client.get(f"/p/default/runs/{run}/compare.json").status_code == 404


def test_names_are_data(site: Site) -> None:
    scenarios = [{"key": "s1", "name": HOSTILE, "method": "GET", "path": "/"}]
    first = site.harness.make_run(name=HOSTILE, scenarios=scenarios)
    second = site.harness.make_run(name=HOSTILE)
    page = site.page(compare_path(second, first))
    assert not page.select("main img")
    assert HOSTILE in page.text


def test_many_scenarios_are_cut_off(site: Site) -> None:
    many = [{"key": f"s{i}", "name": f"n{i}", "method": "GET", "path": "/"} for i in range(1, 151)]
    first, second = (site.harness.make_run(scenarios=many) for _ in range(2))
    page = site.page(compare_path(second, first))
    assert len(page.select("#scenarios tbody tr")) == 100
    link = page.select_one("#scenarios .table-foot a")
    assert link is not None
    assert len(site.page(str(link["href"])).select("#scenarios tbody tr")) == 150
