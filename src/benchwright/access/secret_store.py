"""Stored secrets of projects: written and used, never shown."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

from benchwright.access import repository
from benchwright.access.models import Secret
from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import Invalid, NotFound
from benchwright.kit.secrets import Keyring

NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,99}", re.ASCII)
MAX_VALUE_BYTES = 64 * 1024


def write_secret(
    session: WriteSession, keyring: Keyring, project_id: int, name: str, value: str
) -> Secret:
    """Keeps `value` encrypted under `name`, in place of what was there."""
    if not NAME.fullmatch(name):
        message = "1 to 100 of A-Z, 0-9 and _, no digit first: it becomes an environment variable"
        raise Invalid("The secret was not stored.", [{"field": "name", "message": message}])
    if not value or len(value.encode()) > MAX_VALUE_BYTES or "\0" in value:
        message = f"1 to {MAX_VALUE_BYTES} bytes, none of them zero"
        raise Invalid("The secret was not stored.", [{"field": "value", "message": message}])
    written = {
        "ciphertext": keyring.encrypt(value, _context(project_id, name)),
        "fingerprint": _fingerprint(keyring, project_id, value),
        "updated_at": now(),
    }
    return repository.put_secret(session, project_id, name, written)


def read_secret(session: ReadSession, keyring: Keyring, project_id: int, name: str) -> str:
    """The value, for a run's environment only; raises `NotFound` with what to do."""
    secret = _find(session, project_id, name)
    return keyring.decrypt(secret.ciphertext, _context(project_id, name))


def list_secrets(session: ReadSession, project_id: int) -> Sequence[Secret]:
    """The names of a project's secrets and when they were written."""
    return repository.list_secrets(session, project_id)


def delete_secret(session: WriteSession, project_id: int, name: str) -> None:
    """Forgets a secret; raises `NotFound`."""
    session.delete(_find(session, project_id, name))


def rotate_secrets(session: WriteSession, keyring: Keyring) -> int:
    """Encrypts anew what an old key encrypted and says how many; that key can then go."""
    rotated = 0
    for secret in repository.all_secrets(session):
        if keyring.needs_rotation(secret.ciphertext):
            context = _context(secret.project_id, secret.name)
            value = keyring.decrypt(secret.ciphertext, context)
            secret.ciphertext = keyring.encrypt(value, context)
            secret.fingerprint = _fingerprint(keyring, secret.project_id, value)
            rotated += 1
    return rotated


def _find(session: ReadSession, project_id: int, name: str) -> Secret:
    secret = repository.find_secret(session, project_id, name)
    if secret is None:
        raise NotFound(
            f"The project has no secret {name[:100]!r}; store one with "
            "PUT /api/v1/projects/{slug}/secrets/{name}."
        )
    return secret


def _context(project_id: int, name: str) -> str:
    return f"project:{project_id}:secret:{name}"


def _fingerprint(keyring: Keyring, project_id: int, value: str) -> str:
    # Keyed, so that nobody can try guesses against it; per project, so that it links nothing.
    key = keyring.derive("secret fingerprint")
    message = f"{project_id}\0{value}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:12]
