"""The signature of a message: `Benchwright-Signature: t=<Unix time>,v1=<hex HMAC-SHA256>`."""

from __future__ import annotations

import hashlib
import hmac
import re

HEADER = "Benchwright-Signature"
TOLERANCE_S = 300
_VALUE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)


def sign(secret: str, body: bytes, at_s: int) -> str:
    """The header's value for a body sent at `at_s` (Unix time in seconds)."""
    return f"t={at_s},v1={_digest(secret, body, at_s)}"


def verify(secret: str, body: bytes, header: str, at_s: int) -> bool:
    """Whether the header fits the body and is no older, or newer, than five minutes."""
    match = _VALUE.fullmatch(header)
    if match is None or abs(at_s - int(match[1])) > TOLERANCE_S:
        return False
    return hmac.compare_digest(_digest(secret, body, int(match[1])), match[2])


def _digest(secret: str, body: bytes, at_s: int) -> str:
    message = f"{at_s}.".encode("ascii") + body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
