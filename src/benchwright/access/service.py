"""Rules of tokens."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Sequence

from benchwright.access import browser_session, repository
from benchwright.access.models import ApiToken
from benchwright.access.principal import Principal, Scope
from benchwright.access.token_text import is_token_text, new_token_text
from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import Invalid, NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.kit.secrets import Keyring

PURPOSE = "token"
HINT_LENGTH = 4
USE_NOTED_EVERY = dt.timedelta(minutes=5)
MAX_NAME_LENGTH = 100


def create_token(
    session: WriteSession,
    keyring: Keyring,
    name: str,
    scopes: Iterable[Scope],
    expires_at: dt.datetime | None = None,
) -> tuple[ApiToken, str]:
    """Adds a token; its text, the second of the pair, can never be read again."""
    granted = sorted({Scope(scope).value for scope in scopes})
    errors = []
    if not granted:
        errors.append({"field": "scopes", "message": "name at least one scope"})
    if not name.strip() or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        message = f"1 to {MAX_NAME_LENGTH} printable characters"
        errors.append({"field": "name", "message": message})
    if expires_at is not None and expires_at <= now():
        errors.append({"field": "expires_at", "message": "this time has passed"})
    if errors:
        raise Invalid("The token was not made.", errors)
    text = new_token_text()
    token = ApiToken(
        name=name.strip(),
        hash=_hash(keyring.derive(PURPOSE), text),
        key_id=keyring.key_id,
        hint=text[-HINT_LENGTH:],
        scopes=granted,
        expires_at=expires_at,
    )
    repository.add(session, token)
    return token, text


def find_valid_token(session: ReadSession, keyring: Keyring, text: str) -> ApiToken | None:
    """The token of this text, unless it is unknown, expired or revoked."""
    if not is_token_text(text):
        return None
    hashes = [_hash(key, text) for key in keyring.derive_all(PURPOSE)]
    return _usable(repository.token_by_hash(session, hashes))


def find_session_token(session: ReadSession, keyring: Keyring, cookie: str) -> ApiToken | None:
    """The token that a browser's session began with, while both last."""
    token_id = browser_session.unseal(keyring, cookie, now())
    if token_id is None or repository.has_ended(session, browser_session.fingerprint(cookie)):
        return None
    return _usable(repository.token_by_id(session, token_id))


def end_session(session: WriteSession, keyring: Keyring, cookie: str) -> None:
    """Ends a browser's session, for copies of its cookie too; a forged one changes nothing."""
    at = now()
    if browser_session.unseal(keyring, cookie, at) is not None:
        fingerprint = browser_session.fingerprint(cookie)
        repository.note_ended(session, fingerprint, at, at + browser_session.LIFETIME)


def principal_for(token: ApiToken) -> Principal:
    """Who sends a request with this token."""
    scopes = frozenset(Scope(scope) for scope in token.scopes)
    return Principal(key=f"token:{token.id}", scopes=scopes, token_id=token.id)


def is_valid(session: ReadSession, principal: Principal) -> bool:
    """Whether a sender that was let in would be let in now: its token may have ended since."""
    if principal.token_id is None:
        return True
    return _usable(session.get(ApiToken, principal.token_id)) is not None


def use_is_due(token: ApiToken, keyring: Keyring, text: str | None) -> bool:
    """Whether `note_use` has something to write: at most every five minutes for one token."""
    used_at = token.last_used_at
    old_key = text is not None and token.key_id != keyring.key_id
    return old_key or used_at is None or now() - used_at > USE_NOTED_EVERY


def note_use(
    session: WriteSession, keyring: Keyring, token_id: int, text: str | None = None
) -> None:
    """Remembers that a token was used; with its text also moves it to the newest key."""
    token = session.get(ApiToken, token_id)
    if token is None:
        return
    token.last_used_at = now()
    if text is not None and token.key_id != keyring.key_id:
        token.hash, token.key_id = _hash(keyring.derive(PURPOSE), text), keyring.key_id


def list_tokens(
    session: ReadSession, request: PageRequest
) -> tuple[Sequence[ApiToken], str | None]:
    """One page of the tokens that are not revoked, newest first."""
    return repository.tokens_page(session, request)


def revoke_token(session: WriteSession, public_id: uuid.UUID) -> None:
    """Ends a token and all browser sessions that began with it."""
    token = repository.token_by_id(session, public_id)
    if token is None or token.revoked_at is not None:
        raise NotFound("There is no such token; it may have been revoked before.")
    token.revoked_at = now()


def count_tokens_of_old_keys(session: ReadSession, keyring: Keyring) -> int:
    """How many tokens end when all keys but the first are taken out."""
    old = keyring.key_ids - {keyring.key_id}
    return repository.count_usable_tokens(session, old, now())


def _usable(token: ApiToken | None) -> ApiToken | None:
    if token is None or token.revoked_at is not None:
        return None
    if token.expires_at is not None and token.expires_at <= now():
        return None
    return token


def _hash(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("ascii"), hashlib.sha256).hexdigest()
