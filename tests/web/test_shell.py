from __future__ import annotations

import pytest

from benchwright.web.shell import PROJECT_GROUPS, SHORTCUTS, current_entry
from tests.fixtures.site import Site


@pytest.mark.parametrize(
    "path, key",
    [
        ("/p/shop/", "project"),
        ("/p/shop/load-tests/new", "project"),
        ("/p/shop/specs", "specs"),
        ("/p/shop/specs/7/endpoints/8", "specs"),
        ("/p/shop/runs/9", "runs"),
        ("/p/shop/secrets", "secrets"),
        ("/p/shop/settings", "settings"),
        ("/p/shopping/runs", ""),
        ("/p/shop/specsheets", ""),
        ("/", ""),
    ],
)
def test_a_page_belongs_to_an_entry(path: str, key: str) -> None:
    assert current_entry(path, "shop") == key


def test_every_entry_leads_to_a_page_that_marks_it(site: Site) -> None:
    for group in PROJECT_GROUPS:
        for entry in group.entries:
            page = site.page(entry.path.format(project="default"))
            marked = page.select(".nav [aria-current=page]")
            assert [link.text.strip() for link in marked] == [entry.text]


def test_every_shortcut_leads_to_a_page(site: Site) -> None:
    paths = [shortcut.path.format(project="default") for shortcut in SHORTCUTS if shortcut.path]
    assert len(paths) >= 8
    for path in paths:
        site.page(path)


def test_shortcuts_do_not_hide_each_other() -> None:
    keys = [shortcut.keys for shortcut in SHORTCUTS]
    assert len(set(keys)) == len(keys)
    begin_pairs = {pair.split(" ")[0] for pair in keys if " " in pair}
    assert begin_pairs.isdisjoint(keys)


def test_pages_outside_of_a_project_stay_in_the_last_one(site: Site) -> None:
    site.send("/p/", {"name": "Web shop (“new”)"})
    assert nav_project(site, "/about") == ("Default", "/p/default/runs")
    site.page("/p/web-shop-new/runs")
    for path in ("/", "/about", "/p", "/search?q=x"):
        assert nav_project(site, path) == ("Web shop (“new”)", "/p/web-shop-new/runs")
    site.send("/p/web-shop-new/delete", {})
    site.page("/p/web-shop-new/", status=404)
    assert nav_project(site, "/about") == ("Default", "/p/default/runs")


@pytest.mark.parametrize("value", ["", ".", "../x.Y", "UPPER", "shop.%FF", "a" * 4000, "shop.<b>"])
def test_a_forged_cookie_breaks_nothing(site: Site, value: str) -> None:
    site.client.cookies.set("benchwright_project", value)
    page = site.page("/about")
    assert page.select(".switcher b") == []


def nav_project(site: Site, path: str) -> tuple[str, str]:
    page = site.page(path)
    name = page.select_one(".switcher summary")
    runs = page.select_one(".nav a[href$='/runs']")
    assert name is not None
    assert runs is not None
    return str(name["title"]), str(runs["href"])
