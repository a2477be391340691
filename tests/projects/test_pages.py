from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from benchwright.runs.state import RunState
from tests.fixtures.site import Site
from tests.overview.test_pages import add_load_test, make_run


def test_an_empty_project_asks_for_a_document(site: Site) -> None:
    page = site.page("/p/default/")
    assert page.select_one("form[action='/p/default/specs'] input[name=url]") is not None


def test_a_project_shows_what_belongs_to_it(site: Site) -> None:
    spec = site.add_spec()
    site.harness.make_run(name="last night")
    page = site.page("/p/default/")
    links = {str(a["href"]) for a in page.select("main a")}
    assert spec in links
    assert "/p/default/load-tests/new" in links
    assert "last night" in page.text


def test_a_load_test_stands_with_how_it_fared(site: Site) -> None:
    test = add_load_test(site, "Fared")
    add_load_test(site, "Never ran")
    make_run(site, test, verdict="met")
    last = make_run(site, test, verdict="missed")
    rows = site.page("/p/default/").select("#project-tests tbody tr")
    assert [row.select_one("th").text.strip() for row in rows] == ["Never ran", "Fared"]  # type: ignore[union-attr]  # it is there
    assert "none" in rows[0].text
    assert rows[0].select("svg.sparkline") == []
    link = rows[1].select_one(f"a[href='/p/default/runs/{last}']")
    assert link is not None
    assert "Targets missed" in link.text
    assert rows[1].select_one("svg.sparkline") is not None
    assert rows[1].select_one(f"form[action='/p/default/load-tests/{test}/run'] button") is not None


def test_all_projects_with_what_they_hold(site: Site) -> None:
    site.send("/p/", {"name": "Web shop", "description": "What sells"})
    make_run(site, add_load_test(site), RunState.RUNNING, age_s=2)
    page = site.page("/p")
    rows = [" ".join(row.text.split()) for row in page.select("tbody tr")]
    assert [row.split(" ")[0] for row in rows] == ["Default", "Web"]
    assert "Running" in rows[0]
    assert "What sells" in rows[1]
    assert [link.text for link in site.page("/p?q=SELLS").select("tbody th a")] == ["Web shop"]
    assert "No project matches" in site.page("/p?q=zzz").text
    body = site.client.get("/p.json?q=shop").json()
    assert [(item["slug"], item["run_count"]) for item in body["items"]] == [("web-shop", 0)]


def test_a_new_project_has_its_own_page(site: Site) -> None:
    assert site.send("/p/", {"name": "Web shop"}) == "/p/web-shop/"
    page = site.page("/p/web-shop/")
    assert page.h1 is not None
    assert page.h1.text == "Load tests"
    assert [crumb.text for crumb in page.select(".crumbs li")] == ["Web shop"]
    assert page.select_one("nav a[href='/p/web-shop/runs']") is not None


def test_a_project_needs_a_name_of_its_own(site: Site) -> None:
    page = BeautifulSoup(site.send("/p/", {"name": " "}, status=422), "html.parser")
    assert page.select_one("#f-name[aria-invalid=true]") is not None
    site.send("/p/", {"name": "Web shop"})
    assert "exists already" in site.send("/p/", {"name": "Web shop"}, status=409)
    site.send("/p/", {"name": "x" * 10_000}, status=422)


def test_a_project_as_json(site: Site) -> None:
    body = site.client.get("/p/default.json").json()
    assert body == site.client.get("/api/v1/projects/default").json()
    assert body == site.client.get("/p/default/settings.json").json()


def test_settings_are_changed(site: Site) -> None:
    path = "/p/default/settings"
    sent = {"name": "Main", "description": "a\r\nb", "retention_days": "30"}
    assert site.send(path, sent) == path
    body = site.client.get("/p/default.json").json()
    assert (body["name"], body["description"], body["retention_days"]) == ("Main", "a\nb", 30)
    site.send(path, {**sent, "retention_days": " "})
    assert site.client.get("/p/default.json").json()["retention_days"] is None


@pytest.mark.parametrize(
    "sent, field",
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a", "retention_days": "soon"}, "retention_days"),
        ({"name": "a", "retention_days": "0"}, "retention_days"),
        ({"name": "a\0b"}, "name"),
    ],
)
def test_a_wrong_setting_is_told_at_its_field(site: Site, sent: dict[str, str], field: str) -> None:
    page = BeautifulSoup(site.send("/p/default/settings", sent, status=422), "html.parser")
    assert page.select_one(f"#f-{field}[aria-invalid=true]") is not None
    assert site.client.get("/p/default.json").json()["name"] == "Default"


def test_deleting_says_what_goes_with_it(site: Site) -> None:
    site.send("/p/", {"name": "Web shop"})
    site.send("/p/web-shop/secrets", {"name": "TOKEN", "value": "x"})
    dialog = site.page("/p/web-shop/settings").select_one("#delete-project")
    assert dialog is not None
    assert "Web shop" in dialog.text
    assert "1 secret" in dialog.text
    assert site.send("/p/web-shop/delete", {}) == "/p"
    site.page("/p/web-shop/", status=404)


def test_a_project_that_holds_something_cannot_be_deleted(site: Site) -> None:
    add_load_test(site)
    page = site.page("/p/default/settings")
    assert page.select_one("#delete-project") is None
    assert "The default project always exists." in page.text
    assert "always exists" in site.send("/p/default/delete", {}, status=409)
