"""A message for the next page: a form was handled, and the page that it leads to says so once."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from fastapi import Request, Response

COOKIE = "benchwright_flash"
TONES = frozenset({"good", "bad", "warn", ""})
MAX_TEXT_LENGTH = 300
_LIFETIME_S = 60
_MAX_COOKIE_LENGTH = 3000


class Flash(NamedTuple):
    """A message and its tone."""

    text: str
    tone: str


def flash(response: Response, text: str, tone: str = "good") -> None:
    """Shows `text` as a toast on the next page; what is too long for a cookie is cut."""
    if len(text) > MAX_TEXT_LENGTH:
        text = text[: MAX_TEXT_LENGTH - 1] + "…"
    # UTF-8 with replacement: half a surrogate pair is no reason to fail.
    content = json.dumps({"text": text, "tone": tone}, ensure_ascii=False).encode(errors="replace")
    value = base64.urlsafe_b64encode(content).decode()
    response.set_cookie(COOKIE, value, max_age=_LIFETIME_S, path="/", httponly=True, samesite="lax")


def read_flash(request: Request) -> Flash | None:
    """The message that waits for this request; a script that loads a part of a page takes none."""
    value = request.cookies.get(COOKIE)
    if value is None or request.headers.get("sec-fetch-mode", "navigate") != "navigate":
        return None
    return _parse(value) if len(value) <= _MAX_COOKIE_LENGTH else Flash("", "")


def clear_flash(response: Response) -> None:
    """Makes sure that it is shown once."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")


def _parse(value: str) -> Flash:
    """Anyone can write a cookie: what is not as we write it, says nothing."""
    try:
        content: Any = json.loads(base64.b64decode(value, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return Flash("", "")
    if not isinstance(content, dict):
        return Flash("", "")
    text, tone = content.get("text"), content.get("tone")
    if not isinstance(text, str) or not isinstance(tone, str) or tone not in TONES:
        return Flash("", "")
    return Flash(text.encode(errors="replace").decode()[:MAX_TEXT_LENGTH], tone)
