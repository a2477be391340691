"""Every page in both themes and on a phone, looked at by axe; and with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from benchwright.kit.db import now
from benchwright.runs.state import RunState
from tests.fixtures.served_pages import ServedPages
from tests.fixtures.site import Site
from tests.hosts.harness import add_host, add_run
from tests.services.chromium import Complaints, OpenContext

Theme = Literal["light", "dark"]


THEMES: tuple[Theme, ...] = ("light", "dark")


def fail() -> None:
    raise RuntimeError("as the test wants it")


def walk(pages: ServedPages) -> Iterator[tuple[str, str]]:
    """A page of each kind by its name: first those of an empty installation, then it is filled."""
    empty = {
        "no schedules": "/p/default/schedules",
        "no jobs": "/p/default/jobs",
        "no configs": "/p/default/configs",
        "no datasets": "/p/default/datasets",
        "no sources": "/p/default/sources",
        "start": "/",
        "empty project": "/p/default/",
        "empty runs": "/p/default/runs",
    }
    yield from empty.items()
    yield from fill(pages).items()


def fill(pages: ServedPages) -> dict[str, str]:
    """The address of a page of each kind, by name."""
    harness = pages.harness
    site = Site(harness, harness.client())
    if not any(getattr(route, "path", "") == "/broken" for route in harness.app.routes):
        harness.app.add_api_route("/broken", fail)
    spec = site.add_spec()
    endpoints = site.endpoints(spec)
    new = "/p/default/load-tests/new?" + "&".join(f"endpoint={e}" for e in endpoints.values())
    plan = (
        "name: Noon\nbase_url: http://127.0.0.1:9\nscenarios:\n"
        "- {name: a, path: /a, executor: constant-vus, duration: 5s}\n"
    )
    other = site.send("/p/", {"name": "Other"})
    site.send("/p/default/secrets", {"name": "API_TOKEN", "value": "a value"})
    test = site.send("/p/default/load-tests/new", {"plan": plan, "then": "save"})
    draft = site.send("/p/default/load-tests/new", {"name": "For later", "then": "draft"})
    runs = {
        f"run {state}": f"/p/default/runs/{harness.make_run(state, age_s=20, results=with_results)}"
        for state, with_results in (
            (RunState.QUEUED, False), (RunState.RUNNING, False), (RunState.SUCCEEDED, True),
            (RunState.FAILED, False), (RunState.LOST, False),
        )
    }  # fmt: skip
    done = runs["run succeeded"]
    tabs = {
        f"tab {t}": f"{done}?tab={t}"
        for t in ("failures", "results", "events", "script", "settings")
    }
    other_run = harness.make_run(name="Another run")
    tested = site.load_test()
    for slower in (1, 1.5):
        harness.make_run(load_test_id=tested, name="Listed", slower=slower)
    schedule = site.send(
        "/p/default/schedules/new",
        {
            "load_test": site.last_load_test.rpartition("/")[2],
            "zone": "Asia/Seoul",
            "cron": "@daily",
        },
    )
    job = "name: Fit\ncommand: [echo, '${{ lr }}']\nmatrix: {lr: [0.1, 0.2]}\n"
    kept = site.send("/p/default/jobs/new", {"plan": job, "edited": "text", "then": "save"})
    jobs = {
        "jobs": "/p/default/jobs", "job": kept, "plan of a job": f"{kept}?tab=plan",
        "new job": "/p/default/jobs/new?example=container", "edit job": f"{kept}/edit",
        "group": site.send(f"{kept}/run", {"p.lr": "0.1, 0.2, 0.3"}),
    }  # fmt: skip
    hosts = "/p/default/hosts"
    add_host(
        harness.database, "gpu-1", address="ssh://a@b", labels={"gpu": "a100"}, is_exclusive=True,
        facts={"processors": 8, "memory_bytes": 10**10, "warnings": ["No swap limit"]},
    )  # fmt: skip
    add_host(harness.database, "away", unreachable_since=now(), problem="Start Docker.")
    add_run(harness.database, "docker:away", name="Waits")
    config = site.send(
        "/p/default/configs/new",
        {"name": "a.yaml", "text": "simulator: {dataset_path: ./x}\nrate: 1e-4\n"},
    )
    site.send("/p/default/configs/new", {"name": "broken.yaml", "text": "a: [", "then": "keep"})
    files = [
        ("files", ("shop/schema.json", b'{"a": {"b": [1, "text", null]}}')),
        ("files", ("shop/a.csv", b"time,load\n1,2\n")),
    ]
    dataset = site.client.post("/p/default/datasets/upload", files=files).headers["location"]
    return {
        "hosts": hosts, "host": f"{hosts}/gpu-1", "host away": f"{hosts}/away", "new host": f"{hosts}/new",
        "edit host": f"{hosts}/gpu-1/edit", "left over": f"{hosts}/away/left-over",
        "configs": "/p/default/configs", "config": config, "new config": "/p/default/configs/new",
        "edit config": config.replace("/view", "/edit"), "broken config": "/p/default/configs/broken.yaml/view",
        "datasets": "/p/default/datasets", "new dataset": "/p/default/datasets/new",
        "dataset": dataset, "preview": f"{dataset}?file=a.csv",
        **runs, **tabs, **jobs, "activity": "/activity", "schedule": schedule, "schedules": "/p/default/schedules", "edit schedule": f"{schedule}/edit", "compared": f"{done}/compare?with={other_run}",
        "overlay": f"{done}/overlay?with={other_run}", "run with another": f"{done}?with={other_run}",
        "not compared": f"{done}/compare", "secrets": "/p/default/secrets", "no secrets": f"{other}secrets",
        "suggested": f"{spec}?suggested=1", "revision": f"{spec}/revisions/1",
        "using": f"/p/default/load-tests/using?endpoint={endpoints['POST /items']}",
        "spec": spec, "new load test": new, "load test": test,
        "endpoint": f"{spec}/endpoints/{endpoints['POST /items']}", "edit": f"{test}/edit",
        "edit as text": f"{test}/edit?text=true", "draft": draft, "add to draft": f"{new.partition('?')[0]}?draft={draft.rpartition('/')[2]}",
        "own script": "/p/default/load-tests/own-script", "docs": "/docs", "stream in": "/p/default/stream-in", "sign in": "/sign-in",
        "error 404": "/p/nowhere/", "error 422": "/p/default/runs?limit=none",
        "error 500": "/broken", "design": "/design", "choose": "/p/default/load-tests/new", "new spec": "/p/default/specs/new",
        "runs": "/p/default/runs", "narrowed runs": "/p/default/runs?verdict=missed&q=s&sort=-p95",
        "history": site.last_load_test, "plan in words": f"{site.last_load_test}?tab=plan", "about": "/about", "overview": "/", "projects": "/p",
        "specs": "/p/default/specs", "settings": "/p/default/settings", "project": "/p/default/",
        "other settings": f"{other}settings", "search": "/search?q=noon", "found nothing": "/search?q=zz",
    }  # fmt: skip


DESKTOP, DOUBLED, PHONE = 1440, 720, 390
"""At 200 % a window of 1440 pixels has room for 720. A page is loaded once for all widths."""
CONTRAST = "color-contrast"
AS_SEEN: tuple[tuple[Theme, dict[str, Any]], ...] = (
    ("light", {}),
    ("dark", {"runOnly": [CONTRAST]}),
)
"""Of what axe looks at, the theme has a say in contrasts alone."""
SETTLED = """() => Promise.all(document.getAnimations()
  .filter(a => a instanceof CSSTransition).map(a => a.finished.catch(() => 0)))"""
"""Colours that change slowly are looked at when they have changed."""


def violations(page: Page, within: str = "html", **options: Any) -> list[str]:
    """What axe finds in a part of a page; its script is put into each page once.

    Some rules are about pages as wholes: they hold where the part is all of `html`.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(SETTLED)
    # Nothing is fetched for the two rules that look into style sheets and films: no page has any.
    options |= {"resultTypes": ["violations"], "preload": False}
    run = "([within, options]) => axe.run(within, options).then(all => all.violations)"
    found = page.evaluate(run, [within, options])
    return [summary(violation) for violation in found]


def violations_in_both_themes(page: Page, within: str = "html") -> list[str]:
    found = []
    for theme, options in AS_SEEN:
        page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {what}" for what in violations(page, within, **options)]
    page.emulate_media(color_scheme="light")
    return found


def test_axe_finds_what_is_wrong(page: Page) -> None:
    page.set_content("<p style='color: #eee; background: #fff'>faint</p><img src='data:,'>")
    found = "".join(violations(page, rules={CONTRAST: {"enabled": False}}))
    assert all(rule in found for rule in ("document-title", "html-has-lang", "image-alt"))
    assert CONTRAST not in found
    assert [CONTRAST in what for what in violations_in_both_themes(page)].count(True) == 2
    assert "document-title" not in "".join(violations(page, "p"))


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_axe_finds_nothing(page: Page, served_pages: ServedPages, complaints: Complaints) -> None:
    found = []
    for name, path in walk(served_pages):
        page.set_viewport_size({"width": DESKTOP, "height": 900})
        page.goto(served_pages.url + path)
        wait_until_drawn(page, name)
        if name.startswith("error"):
            complaints.expect(f"status of {name[-3:]}")
        seen = violations_in_both_themes(page)
        seen += sideways(page)
        page.set_viewport_size({"width": DOUBLED, "height": 450})
        seen += sideways(page)
        page.set_viewport_size({"width": PHONE, "height": 800})
        seen += sideways(page)
        # Colours are the same there; what only a phone shows is looked at on one page for all.
        seen += violations(page, rules={CONTRAST: {"enabled": False}})
        if name == "runs":
            page.get_by_role("button", name="Menu").click()
            seen += violations_in_both_themes(page)
        found += [f"{name}: {what}" for what in seen]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_what_opens_above_a_page(
    open_context: OpenContext, served_pages: ServedPages, width: int
) -> None:
    page = open_context(viewport={"width": width, "height": 900}).new_page()
    page.goto(served_pages.url + "/design")
    for opener in (
        page.get_by_role("button", name="Open a dialog"),
        page.locator("summary", has_text="Delete this load test"),
        page.locator("summary", has_text="More").first,
    ):
        opener.click()
        # The page below is looked at by itself.
        above = "dialog[open], .menu[open]"
        expect(page.locator(above)).to_be_visible()
        assert violations_in_both_themes(page, above) == []
        assert not sideways(page)
        page.keyboard.press("Escape")


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_a_plan_with_all_its_parts_open(
    open_context: OpenContext, served_pages: ServedPages, complaints: Complaints, width: int
) -> None:
    page = open_context(viewport={"width": width, "height": 900}).new_page()
    page.goto(served_pages.url + fill(served_pages)["new load test"])
    states = {
        "open": "document.querySelectorAll('.plan details').forEach((d) => { d.open = true; })",
        "rows": "document.querySelectorAll('row-list fieldset > .button').forEach((b) => b.click())",
        "stages": """document.querySelectorAll('.scenario select[data-choice]').forEach((choice) => {
            if (choice.name.endsWith('.executor')) choice.value = 'ramping-vus';
            choice.dispatchEvent(new Event('change', {bubbles: true}));
        })""",
        "token": "document.getElementById('f-setup').click()",
        "script": "document.getElementById('tab-script').click()",
    }
    found = []
    for name, action in states.items():
        page.evaluate(action)
        page.wait_for_timeout(300)
        found += [f"{name}: {what}" for what in sideways(page)]
    page.get_by_label("Base address").fill("nowhere")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    complaints.expect("422")
    page.evaluate(states["open"])
    page.get_by_label("Requests carry").select_option("header")
    found += violations_in_both_themes(page)
    page.get_by_role("button", name="New secret").click()
    found += [f"dialog: {what}" for what in violations(page)]
    assert not found, "\n" + "\n".join(found)


MOVING = """
() => document.getAnimations()
  // One that a scroll drives moves as far as the reader scrolls.
  .filter(a => a.timeline instanceof DocumentTimeline)
  .map(a => [a.effect.getTiming().duration, a.effect.getTiming().iterations])
"""


def test_nothing_moves_where_that_is_not_wanted(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    moving = {}
    for wish in ("no-preference", "reduce"):
        page = open_context(reduced_motion=wish).new_page()
        page.goto(served_pages.url + "/design")
        page.get_by_role("button", name="Open a dialog").click()
        moving[wish] = [
            (duration, iterations)
            for duration, iterations in page.evaluate(MOVING)
            # JSON has no infinity.
            if iterations is None or duration > 1 or iterations > 1
        ]
    assert moving["no-preference"]
    assert not moving["reduce"]


@pytest.mark.parametrize("theme", THEMES)
def test_forced_colours_keep_what_colours_said(
    open_context: OpenContext, served_pages: ServedPages, theme: str
) -> None:
    page = open_context(color_scheme=theme, forced_colors="active").new_page()
    page.goto(served_pages.url + "/design")
    for part in (".badge", ".method", ".notice", "#controls .button", ".progress"):
        edge = page.locator(part).first.evaluate(
            "e => [getComputedStyle(e).borderTopStyle, getComputedStyle(e).borderTopWidth]"
        )
        assert edge == ["solid", "1px"], part
    series = page.locator(".places line").evaluate_all(
        "all => all.map(e => getComputedStyle(e).stroke)"
    )
    assert len(set(series[:8])) == 8
    checked = page.locator(".check input").nth(1)
    assert checked.evaluate("e => getComputedStyle(e).appearance") == "auto"


def wait_until_drawn(page: Page, name: str) -> None:
    page.wait_for_load_state("load")
    if name.startswith("run "):
        expect(page.locator("live-chart > *").first).to_be_attached(timeout=20_000)
    if name in {"edit as text", "own script"}:
        expect(page.locator(".cm-content")).to_be_visible(timeout=20_000)
    if name == "docs":
        expect(page.locator(".opblock").first).to_be_visible()


SIDEWAYS = """
() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.checkVisibility())
    .slice(-3).map(e => "wider than the window: " + e.outerHTML.slice(0, 120))
    .concat(["wider than the window"])
"""


def sideways(page: Page) -> list[str]:
    """What makes the page wider than its window."""
    found: list[str] = page.evaluate(SIDEWAYS)
    return found


def summary(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['impact']}: {violation['id']}: {nodes}"


def test_the_keyboard_reaches_the_content_first(page: Page, served_pages: ServedPages) -> None:
    page.goto(served_pages.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Address of the OpenAPI document")).to_be_focused()


def test_one_gets_out_of_the_editor(page: Page, served_pages: ServedPages) -> None:
    page.goto(served_pages.url + fill(served_pages)["edit as text"])
    page.locator(".cm-content").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".cm-content")).not_to_be_focused()
