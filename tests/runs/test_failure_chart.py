from __future__ import annotations

from typing import Any, Literal

from bs4 import BeautifulSoup

from benchwright.metrics.schemas import FailureGroup, Failures
from benchwright.runs.failure_chart import MAX_LINES, draw_failures
from tests.fixtures.site import Site


def group(
    status: int | None, counts: list[int], kind: Literal["request", "check"] = "request"
) -> FailureGroup:
    return FailureGroup(
        kind=kind, scenario="s1", name="GET /a", status=status, error="x", count=sum(counts),
        share=None, first_ms=0, last_ms=1000, counts=counts,
    )  # fmt: skip


def failures(*groups: FailureGroup, **more: Any) -> Failures:
    values = {"live": False, "requests": 100, "failed_requests": 5, "failed_checks": 0,
              "start_ms": 0, "step_s": 2, "groups": list(groups), "groups_hidden": 0}  # fmt: skip
    return Failures.model_validate({**values, **more})


def lines(found: Failures) -> dict[str, str]:
    drawn = draw_failures(found)
    assert drawn is not None
    paths = BeautifulSoup(drawn.chart, "html.parser").select("path.line")
    assert [path.title.text for path in paths if path.title] == drawn.names
    return {path.title.text: str(path["d"]) for path in paths if path.title}


def test_groups_of_one_status_are_one_line_the_most_frequent_first() -> None:
    found = failures(group(404, [0, 1]), group(500, [2, 0]), group(500, [1, 3]), group(0, [1, 1]))
    assert list(lines(found)) == ["500", "no answer", "404"]
    both = lines(failures(group(500, [3, 3])))["500"]
    assert lines(found)["500"] == both


def test_rare_ones_are_one_line_together() -> None:
    found = failures(*(group(400 + place, [0, 20 - place]) for place in range(10)))
    names = list(lines(found))
    assert len(names) == MAX_LINES
    assert names[-1] == "5 others"


def test_nothing_is_drawn_of_checks_and_of_one_moment() -> None:
    assert draw_failures(failures()) is None
    assert draw_failures(failures(group(None, [1, 2], "check"), group(500, [3]))) is None


def test_the_tab_shows_it_with_a_name_for_each_line(site: Site) -> None:
    page = site.page(f"/p/default/runs/{site.harness.make_run()}?tab=failures")
    figure = page.select_one("#run-failures figure")
    assert figure is not None
    names = [item.text.strip() for item in figure.select(".line-name")]
    assert names == [title.text for title in figure.select("svg path.line title")]
    assert names
