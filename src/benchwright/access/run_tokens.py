"""Tokens with which a workload writes to its own run and to nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from benchwright.kit.secrets import Keyring

PREFIX = "bw_run_"
PURPOSE = "run token"


def issue_run_token(keyring: Keyring, run_id: UUID) -> str:
    """The token of the run with this public id; nothing is stored, each call gives the same."""
    return _token(keyring.derive(PURPOSE), run_id)


def check_run_token(keyring: Keyring, run_id: UUID, token: str) -> bool:
    """Whether `token` belongs to this run, under any key of the ring; takes constant time."""
    given = token.encode("utf-8", "replace")
    matches = [
        hmac.compare_digest(_token(key, run_id).encode("ascii"), given)
        for key in keyring.derive_all(PURPOSE)
    ]
    return any(matches)


def _token(key: bytes, run_id: UUID) -> str:
    digest = hmac.new(key, run_id.bytes, hashlib.sha256).digest()
    return PREFIX + base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
