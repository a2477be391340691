"""Signing in where every sender needs a token: in, out, and what happens when the token ends."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from benchwright.access.models import ApiToken
from benchwright.kit.db import now
from tests.fixtures.served_pages import GuardedPages
from tests.services.chromium import Complaints, OpenContext


def expire(pages: GuardedPages) -> None:
    """Ends every token, as time would."""
    with pages.harness.database.write() as session:
        session.execute(update(ApiToken).values(expires_at=now() - dt.timedelta(seconds=1)))


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_in_and_out_again(
    open_context: OpenContext,
    guarded_pages: GuardedPages,
    complaints: Complaints,
    scripts: bool,
) -> None:
    page = open_context(java_script_enabled=scripts).new_page()
    wanted = guarded_pages.url + "/p/default/runs?q=noon"
    page.goto(wanted)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_label("Token")).to_be_focused()
    # Who is not known sees nothing of the lab: no search, no project, no runs.
    expect(page.get_by_role("combobox")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Main")).to_have_count(0)

    sign_in(page, guarded_pages.token[::-1])
    expect(page.get_by_role("alert")).to_contain_text("not known here")
    complaints.expect("status of 401")
    sign_in(page, guarded_pages.token)
    expect(page).to_have_url(wanted)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto(wanted)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_token_that_expires_ends_the_session(
    page: Page, guarded_pages: GuardedPages, complaints: Complaints
) -> None:
    page.goto(guarded_pages.url + "/p")
    sign_in(page, guarded_pages.token)
    expect(page.get_by_role("heading", level=1)).to_have_text("Projects")
    expire(guarded_pages)
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    sign_in(page, guarded_pages.token)
    expect(page.get_by_role("alert")).to_contain_text("expired")
    complaints.expect("status of 401")


def test_a_form_that_is_sent_too_late_is_told_where_to_sign_in(
    page: Page, guarded_pages: GuardedPages, complaints: Complaints
) -> None:
    page.goto(guarded_pages.url + "/p")
    sign_in(page, guarded_pages.token)
    page.get_by_label("Name", exact=True).fill("Web shop")
    expire(guarded_pages)
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A token is needed")
    complaints.expect("status of 401")
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
