"""Every view of every odd run: it answers, says the right thing, and lets no name become markup."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

from benchwright.app import build_app
from benchwright.installation import open_installation
from benchwright.settings import Settings
from tests.fixtures.odd_runs import FORMULA_NAME, LONG_NAME, ODD_RUNS, SCRIPT_NAME, make_odd_runs

TABS = ("log", "failures", "results", "artifacts", "events", "script", "settings")

SAYS = {
    "no_requests": ("log", "No request was sent"),
    "very_short": ("log", "took 600\u00a0ms"),
    "many_scenarios": ("log", "The first 50 of 200 are shown"),
    "all_failed": ("failures", "Connection refused"),
    "lost": ("log", "The workload is gone and left no exit code"),
    "queued": ("log", "20\u00a0s planned"),
    "launch_failed": ("script", "The run ended before its script was written"),
    "stopped_early": ("events", "Stop asked for"),
    "timed_out": ("log", "It ran longer than its timeout of 20 s"),
    "own_script": ("settings", "STAGE=test"),
    "long_name": ("settings", "A very long name"),
    "rtl_name": ("failures", "Nothing failed"),
    "script_name": ("failures", "All 120 requests were answered as expected"),
    "formula_name": ("results", "Whole run"),
}


class OddLab:
    def __init__(self, client: TestClient, made: dict[str, uuid.UUID]) -> None:
        self.client = client
        self.made = made

    def text(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.text[:2000])
        return answer.text

    def page(self, name: str, tail: str = "") -> BeautifulSoup:
        return BeautifulSoup(self.text(f"/p/default/runs/{self.made[name]}{tail}"), "html.parser")

    def api(self, name: str, tail: str = "") -> str:
        return f"/api/v1/runs/{self.made[name]}{tail}"


@pytest.fixture(scope="module")
def odd_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OddLab]:
    data_dir: Path = tmp_path_factory.mktemp("odd") / "data"
    installation = open_installation(Settings(data_dir=data_dir))
    made = make_odd_runs(installation)
    app = build_app(installation)
    client = TestClient(
        app, base_url="http://127.0.0.1:8000", headers={"Accept": "text/html"},
        follow_redirects=False,
    )  # fmt: skip
    yield OddLab(client, made)
    installation.lab.database.dispose()


def test_each_odd_run_has_something_to_say() -> None:
    assert set(SAYS) == set(ODD_RUNS)


@pytest.mark.parametrize("name", ODD_RUNS)
def test_every_tab_answers_and_names_stay_text(odd_lab: OddLab, name: str) -> None:
    for tab in TABS:
        page = odd_lab.page(name, f"?tab={tab}")
        assert not page.select("main img, main script, main b")
        heading = page.select_one("h1")
        assert heading is not None
        assert heading.get_text() == ODD_RUNS[name].name
        chosen = page.select_one("#run-panel .tabs [aria-current=page]")
        assert chosen is not None
        assert chosen["id"] == f"tab-{tab}"


@pytest.mark.parametrize("name", ODD_RUNS)
def test_the_page_says_what_is_odd(odd_lab: OddLab, name: str) -> None:
    tab, words = SAYS[name]
    page = odd_lab.page(name, f"?tab={tab}")
    assert words in re.sub(r"[ \n]+", " ", page.get_text())


@pytest.mark.parametrize("name", ODD_RUNS)
def test_every_download_answers(odd_lab: OddLab, name: str) -> None:
    tables = ("/results.csv", "/results.json", "/results.parquet", "/series.csv", "/series.json")
    for tail in (*tables, "/series.parquet", "/report.html", "/log.txt"):
        answer = odd_lab.client.get(odd_lab.api(name, tail))
        assert answer.status_code == 200, (tail, answer.text[:500])
        header = answer.headers.get("content-disposition", "attachment")
        assert header.isascii()
        assert len(header) < 1000
    for tail in ("/failures", "/series/http_req_duration/heat-map", "/series"):
        assert odd_lab.client.get(odd_lab.api(name, tail)).status_code == 200


@pytest.mark.parametrize("name", ODD_RUNS)
def test_it_can_be_compared(odd_lab: OddLab, name: str) -> None:
    other = "very_short" if name != "very_short" else "all_failed"
    page = odd_lab.page(name, f"/compare?with={odd_lab.made[other]}")
    assert "is no evidence" in page.get_text()
    assert not page.select("main img, main script, main b")


@pytest.mark.parametrize("name", ODD_RUNS)
def test_the_report_needs_nothing_but_itself(odd_lab: OddLab, name: str) -> None:
    text = odd_lab.text(odd_lab.api(name, "/report.html"))
    report = BeautifulSoup(text, "html.parser")
    heading = report.select_one("h1")
    assert heading is not None
    assert heading.get_text() == ODD_RUNS[name].name
    assert not report.select("script, img, link, iframe, object, embed, form, base, [src], [style]")
    assert not [a for a in report.select("[href]") if not str(a["href"]).startswith("#")]
    assert "url(" not in text
    assert "@import" not in text
    sent = odd_lab.client.get(odd_lab.api(name, "/report.html")).headers["content-security-policy"]
    # What a file cannot say of itself, only the answer does.
    kept = sent.removesuffix("; frame-ancestors 'none'")
    assert kept != sent
    assert [m["content"] for m in report.select("meta[http-equiv]")] == [kept]


def test_a_run_of_which_all_failed_groups_them(odd_lab: OddLab) -> None:
    shown = odd_lab.client.get(odd_lab.api("all_failed", "/failures")).json()
    assert shown["requests"] == shown["failed_requests"] == 160
    assert [(g["status"], g["error_code"], g["count"]) for g in shown["groups"]] == [
        (0, 1212, 80),
        (0, 1212, 80),
    ]
    rows = odd_lab.page("all_failed", "?tab=failures").select(".failures tbody tr")
    assert len(rows) == 2
    assert rows[0].select_one("svg.sparkline path") is not None


def test_a_lost_run_shows_what_its_series_tell(odd_lab: OddLab) -> None:
    cells = odd_lab.page("lost").select("#run-scenarios tbody tr [data-cell=requests]")
    assert [cell.text for cell in cells] == ["60", "60"]


def test_many_scenarios_can_be_sorted_and_filtered(odd_lab: OddLab) -> None:
    page = odd_lab.page("many_scenarios", "?scenario=number 17&sort=-p95")
    assert len(page.select("#run-scenarios tbody tr")) == 12
    sorted_by = page.select_one("#run-scenarios [aria-sort]")
    assert sorted_by is not None
    assert (sorted_by["aria-sort"], sorted_by.text.strip()) == ("descending", "p95")
    assert odd_lab.page("many_scenarios", "?scenario=%00&sort=x").select_one(".empty")


def test_no_cell_of_a_table_is_a_formula(odd_lab: OddLab) -> None:
    results = list(
        csv.reader(io.StringIO(odd_lab.text(odd_lab.api("formula_name", "/results.csv"))))
    )
    assert {row[0] for row in results[1:]} == {"", f"'{FORMULA_NAME}", "'@SUM(A1)"}
    over_time = list(csv.reader(io.StringIO(odd_lab.text(odd_lab.api("long_name", "/series.csv")))))
    assert len(over_time) == 21
    assert len({len(row) for row in over_time}) == 1
    wide = list(
        csv.reader(io.StringIO(odd_lab.text(odd_lab.api("long_name", "/series.csv?step_s=5"))))
    )
    assert [row[1] for row in wide[1:]] == ["0", "5", "10", "15"]


def test_files_are_shown_in_the_page(odd_lab: OddLab) -> None:
    page = odd_lab.page("script_name", "?tab=artifacts&file=results/summary.json")
    text = page.select_one("#file-text")
    assert text is not None
    assert text.text.splitlines()[1] == '  "metrics": {},'
    for path in ("../../job_info.json", "/etc/passwd", "job_info.json", "results/missing"):
        assert (
            odd_lab.page("script_name", f"?tab=artifacts&file={path}").select_one("#file-preview")
            is None
        )


def test_a_name_of_10_000_characters_is_all_there(odd_lab: OddLab) -> None:
    assert len(LONG_NAME) == 10_000
    exported = odd_lab.client.get(odd_lab.api("script_name", "/results.json")).json()
    assert exported["run"]["name"] == SCRIPT_NAME
    assert exported["results"]


@pytest.mark.parametrize("name", ODD_RUNS)
def test_an_ended_run_without_figures_draws_nothing(odd_lab: OddLab, name: str) -> None:
    is_without = bool(odd_lab.page(name).select("run-page.has-no-figures"))
    answer = odd_lab.client.get(odd_lab.api(name, "/series")).json()
    assert is_without is (name != "queued" and not answer["times_ms"])
    assert (name != "launch_failed") or is_without
