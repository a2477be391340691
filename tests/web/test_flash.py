from __future__ import annotations

import base64
import json
from http.cookies import SimpleCookie
from typing import Any

import pytest
from fastapi import Request, Response
from hypothesis import given
from hypothesis import strategies as st

from benchwright.web.flash import COOKIE, MAX_TEXT_LENGTH, flash, read_flash
from tests.fixtures.site import Site


def pack(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def request_with(cookie: str, mode: str = "navigate") -> Request:
    headers = [(b"cookie", cookie.encode("latin-1")), (b"sec-fetch-mode", mode.encode())]
    return Request({"type": "http", "path": "/", "headers": headers})


@given(st.text(), st.sampled_from(["good", "bad", "warn", ""]))
def test_any_text_arrives_within_what_a_cookie_holds(text: str, tone: str) -> None:
    response = Response()
    flash(response, text, tone)
    header = response.headers["set-cookie"]
    assert len(header) < 4096
    assert "HttpOnly" in header
    assert "samesite=lax" in header.lower()
    value = SimpleCookie(header)[COOKIE].value
    arrived = read_flash(request_with(f"{COOKIE}={value}"))
    assert arrived is not None
    assert arrived.tone == tone
    assert len(arrived.text) <= MAX_TEXT_LENGTH
    if len(text) <= MAX_TEXT_LENGTH:
        assert arrived.text == text


def test_a_long_text_is_cut_where_one_sees_it() -> None:
    response = Response()
    flash(response, "🐎" * 10_000)
    assert len(response.headers["set-cookie"]) < 4096
    arrived = read_flash(request_with(response.headers["set-cookie"].partition(";")[0]))
    assert arrived is not None
    assert arrived.text.endswith("🐎…")


@pytest.mark.parametrize(
    "value",
    ["", "%", "====", "e30", "A" * 5000, pack([]), pack({"text": 1, "tone": "good"}),
     pack({"text": "x", "tone": "is-bad onclick"}), pack({"text": "x"}), pack("[" * 500)],
)  # fmt: skip
def test_what_others_wrote_into_the_cookie_says_nothing(site: Site, value: str) -> None:
    site.client.cookies.set(COOKIE, value)
    page = site.page("/about")
    assert page.select_one(".toast") is None


def test_a_message_is_shown_once_and_as_text(site: Site) -> None:
    site.client.cookies.set(
        COOKIE, pack({"text": "<b>Gone</b>", "tone": "good"}), domain="127.0.0.1"
    )
    toast = site.page("/about").select_one(".toast.is-good")
    assert toast is not None
    assert "<b>Gone</b>" in toast.text
    assert site.page("/about").select_one(".toast") is None


def test_a_part_that_a_script_loads_takes_no_message() -> None:
    waiting = f"{COOKIE}={pack({'text': 'Saved', 'tone': 'good'})}"
    assert read_flash(request_with(waiting, mode="cors")) is None
    assert read_flash(request_with(waiting)) is not None


def test_a_secret_that_was_stored_and_forgotten_is_told(site: Site) -> None:
    to = site.send("/p/default/secrets", {"name": "API_TOKEN", "value": "a value"})
    toast = site.page(to).select_one(".toast")
    assert toast is not None
    assert "API_TOKEN" in toast.text
    to = site.send("/p/default/secrets/API_TOKEN/delete", {})
    toast = site.page(to).select_one(".toast")
    assert toast is not None
    assert "forgotten" in toast.text
