"""Looking through the documents of another system."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect

from benchwright.sources.connections import SourceConnections
from tests.browser.axe import all_violations
from tests.fixtures.mongodb import TestDatabase
from tests.fixtures.served_pages import ServedPages
from tests.services.chromium import Complaints

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def sources(mongodb: TestDatabase, served_pages: ServedPages) -> Iterator[ServedPages]:
    """Pages that show a house of which much is known."""
    mongodb.insert(
        "House 1",
        *(
            {
                "timestamp": NOON + dt.timedelta(minutes=n), "load": n + 0.125,
                "sessions": [{"charger_id": f"AC{n}", "soc": 0.5}], "note": "A long remark. " * 20,
                **{f"column_{c}": c for c in range(12)},
            }
            for n in range(70)
        ),
    )  # fmt: skip
    lab = served_pages.harness.installation.lab
    lab.sources = SourceConnections(mongodb.settings())

    async def close() -> None:
        await lab.sources.aclose()

    served_pages.harness.app.add_api_route("/close-sources", close, methods=["POST"])
    yield served_pages
    httpx2.post(f"{served_pages.url}/close-sources", timeout=60).raise_for_status()


def test_documents_are_found_by_time_and_opened(page: Page, sources: ServedPages) -> None:
    page.goto(f"{sources.url}/p/default/")
    page.get_by_role("link", name="Data sources").click()
    page.get_by_role("link", name="House 1").click()
    rows = page.locator("table.documents tbody tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("13:09:00")

    page.get_by_label("From (UTC)").fill("2026-03-01T12:00")
    page.get_by_label("until before").fill("2026-03-01T12:03")
    page.get_by_label("Order", exact=True).select_option("oldest")
    page.get_by_role("button", name="Show").click()
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("0.125")
    assert "from=2026-03-01T12" in page.url
    rows.first.locator("summary", has_text="charger_id").click()
    expect(rows.first.get_by_text('"charger_id": "AC0"')).to_be_visible()

    page.get_by_role("link", name="JSON", exact=True).click()
    expect(page.get_by_role("region", name="Documents as JSON")).to_contain_text('"load": 2.125')
    with page.expect_download() as download:
        page.get_by_text("Download", exact=True).click()
        page.get_by_role("link", name="NDJSON").click()
    assert download.value.suggested_filename.endswith(".ndjson")

    page.get_by_role("link", name="Whenever").click()
    page.get_by_role("link", name="Table", exact=True).click()
    page.get_by_role("link", name="Next page").click()
    expect(rows).to_have_count(20)


def test_documents_are_there_for_all(
    page: Page, sources: ServedPages, complaints: Complaints
) -> None:
    house = f"{sources.url}/p/default/sources/living_lab/House%201"
    found = []
    for address in (
        f"{sources.url}/p/default/sources", house, f"{house}?view=json", f"{house}?from=noon",
    ):  # fmt: skip
        page.goto(address)
        found += [f"{address}: {what}" for what in all_violations(page)]
    complaints.expect("status of 422")
    assert not found, "\n" + "\n".join(found)
