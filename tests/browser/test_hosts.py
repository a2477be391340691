"""Adding a machine, trying it first, draining it and taking it away again."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.fixtures.served_pages import ServedPages
from tests.hosts.daemon import fake_daemon
from tests.hosts.harness import add_host, add_run
from tests.services.chromium import OpenContext


def test_a_machine_is_tried_added_drained_and_removed(
    page: Page, served_pages: ServedPages
) -> None:
    with fake_daemon() as address:
        page.goto(served_pages.url + "/p/default/hosts")
        page.get_by_role("link", name="Add a host").click()
        page.get_by_label("Name", exact=True).fill("gpu-1")
        page.get_by_label("Labels").fill("gpu=a100")
        page.get_by_label("Address of its Docker daemon").fill("gpu-1:2375")
        page.get_by_role("button", name="Test the connection").click()
        expect(page.get_by_role("status").filter(has_text="Address: Write unix")).to_be_visible()
        page.get_by_label("Address of its Docker daemon").fill(address)
        page.get_by_role("button", name="Test the connection").click()
        expect(page.get_by_text("It answers: Docker 29.1.0 on fake-1.")).to_be_visible()
        expect(page.get_by_label("Labels")).to_have_value("gpu=a100")
        page.get_by_role("button", name="Add host").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("gpu-1")
        expect(page.get_by_text("Nothing was left over.")).to_be_visible()
        page.get_by_role("button", name="Check now").click()
        expect(page.locator("#host-title")).to_contain_text("Ready")
        expect(page.get_by_text("bridge, opeva_network")).to_be_visible()
        page.get_by_role("button", name="Drain").click()
        expect(page.locator("#host-title")).to_contain_text("Drained")
        page.get_by_role("button", name="Resume").click()

    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#host-title")).to_contain_text("Out of reach")
    expect(page.get_by_text("Is Docker running there?").first).to_be_visible()
    page.get_by_text("Remove…").click()
    dialog = page.get_by_role("dialog", name="Remove the host “gpu-1”?")
    dialog.get_by_role("button", name="Remove gpu-1").click()
    expect(page).to_have_url(re.compile("/p/default/hosts$"))
    expect(page.locator(".host")).to_have_count(1)


def test_a_phone_shows_hosts_without_scrolling_sideways(
    open_context: OpenContext, served_pages: ServedPages
) -> None:
    database = served_pages.harness.database
    add_host(
        database, "a-very-long-name-of-a-host-that-somebody-chose-without-mercy-1",
        address="tcp://a-very-long-name.of-a-machine.in-a-deep-domain.example.org:23751",
        labels={"a" * 63: "b" * 200}, problem="x" * 300, note="n" * 300,
    )  # fmt: skip
    target = "docker:a-very-long-name-of-a-host-that-somebody-chose-without-mercy-1"
    add_run(database, target, name="r" * 300)
    page = open_context(viewport={"width": 375, "height": 800}).new_page()
    for path in ("", f"/{target.removeprefix('docker:')}", "/new"):
        page.goto(f"{served_pages.url}/p/default/hosts{path}")
        assert page.locator("html").evaluate("e => e.scrollWidth") <= 375, path


def test_what_runs_on_a_host_shows_by_itself(page: Page, served_pages: ServedPages) -> None:
    page.goto(served_pages.url + "/p/default/hosts")
    expect(page.get_by_text("Nothing runs there.")).to_be_visible()
    add_run(served_pages.harness.database, "docker:local", name="Begun meanwhile")
    expect(page.get_by_role("link", name="Begun meanwhile")).to_be_visible(timeout=60_000)
