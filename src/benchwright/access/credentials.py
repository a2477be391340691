"""Reading what a request shows to prove who sends it."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qs

from starlette.datastructures import Headers

from benchwright.access import run_tokens, token_text

PREFIXES = (token_text.PREFIX, run_tokens.PREFIX)


def credential(headers: Headers) -> str | None:
    """One of our tokens in the Authorization header, as text; None if there is none.

    Besides `Bearer`: `Token` as InfluxDB clients write it, and `Basic` with the token as password
    (or as user name), for programs that know nothing else.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    value = value.strip()
    match scheme.lower():
        case "bearer" | "token":
            candidates = [value]
        case "basic":
            candidates = _basic(value)
        case _:
            candidates = []
    return next((text for text in candidates if text.startswith(PREFIXES)), None)


def query_credential(query: bytes) -> str | None:
    """One of our tokens as the password (`p`) or user (`u`) of an address, as InfluxDB 1.x has it."""
    try:
        values = parse_qs(query.decode("latin-1"), max_num_fields=50)
    except ValueError:  # too many fields
        return None
    candidates = [text for name in ("p", "u") for text in values.get(name, ())]
    return next((text for text in candidates if text.startswith(PREFIXES)), None)


def _basic(value: str) -> list[str]:
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return []
    return [password, user]
