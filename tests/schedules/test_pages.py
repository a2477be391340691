from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from benchwright.schedules.watching import ScheduleWatcher
from tests.fixtures.site import Site

LIST = "/p/default/schedules"
FORM = {
    "name": "Nightly", "kind": "cron", "cron": "30 2 * * *", "zone": "Europe/Berlin", "once_at": "",
    "ends_at": "", "when_missed": "skip", "when_busy": "wait", "then": "save",
}  # fmt: skip


@pytest.fixture
def test_id(site: Site) -> str:
    site.load_test("Shop <b>")
    return site.last_load_test.rpartition("/")[2]


def test_a_schedule_from_the_load_test_to_its_history(site: Site, test_id: str) -> None:
    assert "No schedules" in site.page(LIST).text
    link = site.page(site.last_load_test).select_one(".actions a[href*=schedules]")
    assert link is not None
    page = site.page(str(link["href"]))
    assert "At 02:00 every day" in page.text
    address = site.send(f"{LIST}/new", {**FORM, "load_test": test_id})
    page = site.page(address)
    assert "At 02:30 every day (Europe/Berlin)" in page.text
    assert len(page.select("tbody tr")) == 5
    assert "It has not fired yet" in page.text
    lab = site.harness.installation.lab
    due = dt.datetime.fromisoformat(site.client.get(f"{address}.json").json()["next_fire_at"])
    ScheduleWatcher(lab, now=lambda _: due + dt.timedelta(hours=1)).tick()
    assert site.page(address).select_one(".badge.is-warn") is not None
    for path in (LIST, site.last_load_test):
        shown = site.page(path).find("a", href=address)
        assert shown is not None
        assert shown.text == "Nightly"
    view = json.loads(site.client.get(f"{address}.json").text)
    assert (view["state"], view["last_firing"]["outcome"]) == ("active", "missed")
    assert site.client.get(f"{LIST}.json").json()["items"][0]["public_id"] == view["public_id"]


def test_it_is_paused_resumed_changed_and_deleted(site: Site, test_id: str) -> None:
    address = site.send(f"{LIST}/new", {**FORM, "load_test": test_id})
    site.send(f"{address}/pause", {})
    assert "It is paused." in site.page(address).text
    site.send(f"{address}/resume", {})
    assert site.page(address).select_one(f"form[action='{address}/pause']")
    form = site.page(f"{address}/edit")
    assert form.select_one("input[name=cron][value='30 2 * * *']")
    once = {**FORM, "kind": "once", "once_at": "2030-05-01T08:00"}
    site.send(f"{address}/edit", once)
    assert "Once, on 2030-05-01 08:00 (Europe/Berlin)" in site.page(address).text
    site.send(f"{address}/edit", {**once, "once_at": "2001-05-01T08:00"}, status=422)
    assert "2030-05-01" in site.page(address).text
    site.send(f"{address}/delete", {})
    site.page(address, 404)


FAULTS = [
    ("cron", "0 0 30 2 *"), ("cron", ""), ("cron", "* * * * * *"), ("cron", "x" * 1999),
    ("zone", "Mars/Olympus"), ("ends_at", "2001-01-01T00:00"), ("ends_at", "soon"),
    ("once_at", ""), ("once_at", "2001-01-01T00:00"), ("once_at", "9999-12-31T23:59"),
    ("once_at", "2027-03-28T02:30"), ("when_busy", "never"), ("name", "x" * 201),
]  # fmt: skip


def test_a_fault_is_said_at_its_field(site: Site, test_id: str) -> None:
    for field, text in FAULTS:
        kind = "once" if field == "once_at" else "cron"
        fields = {**FORM, "kind": kind, field: text, "load_test": test_id}
        shown = site.send(f"{LIST}/new", fields, status=422)
        assert f'id="f-{field}-error"' in shown, (field, text)


def test_the_preview_follows_what_is_typed(site: Site, test_id: str) -> None:
    fields = {**FORM, "load_test": test_id, "cron": "0 4 * * SUN", "zone": "Asia/Seoul"}
    text = site.send(f"{LIST}/preview", fields, status=200)
    assert "At 04:00 on Sunday" in text
    assert text.count('04:00 <span class="faint">+09:00') == 5
    assert "minute cannot be read" in site.send(
        f"{LIST}/preview", {**fields, "cron": "99 * * * *"}, status=200
    )
    whole = site.send(f"{LIST}/new", {**fields, "then": "preview"}, status=200)
    assert "At 04:00 on Sunday" in whole
    assert "No schedules" in site.page(LIST).text


def test_pages_of_other_projects_do_not_show_it(site: Site, test_id: str) -> None:
    address = site.send(f"{LIST}/new", {**FORM, "load_test": test_id})
    other = site.send("/p/", {"name": "Other"})
    site.page(address.replace("/p/default/", other), 404)
    site.page(f"{other}schedules/new?load_test={test_id}", 404)


def api(site: Site, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = site.client.request(
        method, f"/api/v1/schedules{path}", json=body, headers={"Accept": "application/json"}
    )
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def test_the_interface_makes_changes_and_deletes(site: Site, test_id: str) -> None:
    wish = {"load_test": test_id, "cron": "@daily", "zone": "Asia/Seoul"}
    made = api(site, "POST", "", wish, 201)
    assert (made["name"], made["cron"], made["words"]) == (
        "Shop <b>", "0 0 * * *", "At 00:00 every day",
    )  # fmt: skip
    assert made["next_times"][0]["local"].endswith("T00:00:00+09:00")
    path = f"/{made['public_id']}"
    once = (dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).replace(microsecond=0)
    changed = api(site, "PATCH", path, {"once_at": once.isoformat(), "name": "Once"})
    assert (changed["cron"], changed["next_fire_at"]) == (
        None, once.isoformat().replace("+00:00", "Z"),
    )  # fmt: skip
    assert api(site, "POST", f"{path}/pause")["state"] == "paused"
    assert api(site, "POST", f"{path}/resume")["state"] == "active"
    assert api(site, "GET", f"{path}/firings") == {"items": [], "next_cursor": None}
    for query in ("", "?project=default", f"?load_test={test_id}"):
        assert [s["name"] for s in api(site, "GET", query)["items"]] == ["Once"]
    api(site, "DELETE", path, status=204)
    api(site, "GET", path, status=404)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"cron": "0 0 30 2 *"}, "cron"),
    ({"cron": "0 0 * * *", "once_at": "2030-01-01T00:00"}, "once_at"),
    ({}, "cron"),
    ({"once_at": "0001-01-01T00:00:00+14:00"}, "once_at"),
    ({"once_at": 10**18}, "once_at"),
    ({"cron": "0 0 * * *", "zone": "../UTC"}, "zone"),
    ({"cron": "0 0 1 1 *", "ends_at": "2001-01-01T00:00"}, "ends_at"),
    ({"cron": "1" * 1001}, "cron"),
    ({"cron": ["0"]}, "cron"),
    ({"cron": "0 0 * * *", "surprise": 1}, "surprise"),
]


def test_the_interface_names_the_field(site: Site, test_id: str) -> None:
    for body, field in REFUSED:
        for path in ("", "/preview"):
            problem = api(site, "POST", path, {"load_test": test_id, **body}, 422)
            assert [error["field"] for error in problem["errors"]] == [field], body


def test_what_cannot_start_needs_attention(site: Site, test_id: str) -> None:
    address = site.send(f"{LIST}/new", {**FORM, "load_test": test_id})
    site.send(f"{site.last_load_test}/delete", {})
    due = dt.datetime.fromisoformat(site.client.get(f"{address}.json").json()["next_fire_at"])
    ScheduleWatcher(site.harness.installation.lab, now=lambda _: due).tick()
    line = site.page("/").select_one("#overview-attention li")
    assert line is not None
    assert line.select_one(f"a[href='{address}']") is not None
    assert "It could not start once. Its load test was deleted" in line.text
    assert "It paused itself." in site.page(address).text
