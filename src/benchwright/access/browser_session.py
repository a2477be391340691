"""The cookie of a browser that signed in with a token."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
import uuid

from starlette.requests import cookie_parser

from benchwright.kit.secrets import Keyring

LIFETIME = dt.timedelta(days=30)
PURPOSE = "browser session"
_VALUE = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})", re.ASCII)


def cookie_name(*, secure: bool) -> str:
    """The cookie's name; `__Host-` keeps other hosts of a domain from planting one."""
    return "__Host-benchwright" if secure else "benchwright_session"


def seal(keyring: Keyring, token_id: uuid.UUID, at: dt.datetime) -> str:
    """The cookie's value: the token's id, the time and a nonce, signed. It ends with the token."""
    payload = f"{token_id.hex}.{int(at.timestamp())}.{secrets.token_hex(8)}"
    return f"{payload}.{_sign(keyring.derive(PURPOSE), payload)}"


def unseal(keyring: Keyring, value: str, at: dt.datetime) -> uuid.UUID | None:
    """The id of the token that began the session; None if it is forged or over."""
    match = _VALUE.fullmatch(value)
    if match is None:
        return None
    payload = f"{match[1]}.{match[2]}.{match[3]}"
    signatures = [_sign(key, payload) for key in keyring.derive_all(PURPOSE)]
    if not any(hmac.compare_digest(signature, match[4]) for signature in signatures):
        return None
    age_s = at.timestamp() - int(match[2])
    return uuid.UUID(match[1]) if age_s < LIFETIME.total_seconds() else None


def read_cookie(header: str, *, secure: bool) -> str | None:
    """The session's value in a Cookie header."""
    return cookie_parser(header).get(cookie_name(secure=secure))


def fingerprint(value: str) -> str:
    """What is kept of a session that was signed out of; nobody can sign in with it."""
    return hashlib.sha256(value.encode("ascii")).hexdigest()


def _sign(key: bytes, payload: str) -> str:
    digest = hmac.new(key, payload.encode("ascii"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
