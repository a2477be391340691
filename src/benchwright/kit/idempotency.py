"""`Idempotency-Key`: a POST that is sent again gets the first answer and starts nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import CursorResult, delete, select
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import BadRequest, Conflict, Invalid
from benchwright.kit.models import IdempotentAnswer
from benchwright.kit.requests import route_path, state_of

LIFETIME = dt.timedelta(hours=24)
REPLAYED_HEADER = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


@dataclass(frozen=True)
class IdempotentRequest:
    """What tells a repeated request from a new one; `key` is None when none was sent."""

    principal: str
    route: str
    key: str | None
    request_hash: str


async def _idempotent_request(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Any text of your own; the same request sent again with it within 24 h "
            "gets the first answer."
        ),
    ] = None,
) -> IdempotentRequest:
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise BadRequest("An Idempotency-Key has 1 to 200 visible ASCII characters.")
    digest = hashlib.sha256(request.url.query.encode() + b"\n" + await request.body())
    principal = getattr(state_of(request.scope).get("principal"), "key", "anonymous")
    return IdempotentRequest(
        principal=principal,
        route=f"{request.method} {route_path(request.scope)}",
        key=idempotency_key,
        request_hash=digest.hexdigest(),
    )


Idempotent = Annotated[IdempotentRequest, Depends(_idempotent_request)]
"""For routes with a JSON body (a form's stream is gone by the time that this reads it)."""


def answer_once(
    session: WriteSession,
    request: IdempotentRequest,
    work: Callable[[], BaseModel],
    *,
    status: int = 201,
    location: Callable[[BaseModel], str] | None = None,
) -> Response:
    """Does the work and keeps its answer with the key, in the session's one transaction.

    A repetition gets the kept answer with `Idempotency-Replayed: true`; the same key with another
    body is refused. One that comes while the first is still at work waits for it: for the write
    lock on SQLite, for the unique index on PostgreSQL. When the work raises, nothing is kept.
    """
    row = None
    if request.key is not None:
        row = _claim(session, request)
        if row.status is not None:
            return _repeat(row, request)
    answer = work()
    body = answer.model_dump_json()
    address = location(answer) if location else None
    if row is not None:
        row.status, row.body, row.location = status, body, address
        session.flush()
    return _answer(status, body, address, replayed=False)


def kept_answer(session: ReadSession, request: IdempotentRequest) -> Response | None:
    """The answer that a repetition gets, before anything is looked at that may have changed since.

    For routes that check much before they write: what was started is not undone by a target or
    a disk that would refuse it now.
    """
    found = _find(session, request) if request.key is not None else None
    if found is None or found.status is None or _has_expired(found):
        return None
    return _repeat(found, request)


def forget_expired(session: WriteSession, at: dt.datetime | None = None) -> int:
    """Deletes answers older than a day and says how many."""
    limit = (at or now()) - LIFETIME
    statement = delete(IdempotentAnswer).where(IdempotentAnswer.created_at < limit)
    return cast("CursorResult[None]", session.execute(statement)).rowcount


def _claim(session: WriteSession, request: IdempotentRequest) -> IdempotentAnswer:
    found = _find(session, request)
    if found is not None and _has_expired(found):
        session.delete(found)
        session.flush()
        found = None
    if found is None:
        row = IdempotentAnswer(
            principal=request.principal,
            route=request.route,
            key=request.key,
            request_hash=request.request_hash,
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            found = _find(session, request)
        else:
            return row
    if found is None or found.status is None:
        raise Conflict("A request with this Idempotency-Key is at work; ask again in a moment.")
    return found


def _has_expired(row: IdempotentAnswer) -> bool:
    return row.created_at < now() - LIFETIME


def _repeat(row: IdempotentAnswer, request: IdempotentRequest) -> Response:
    assert row.status is not None
    if row.request_hash != request.request_hash:
        raise Invalid("This Idempotency-Key was sent before with another body; take a new key.")
    return _answer(row.status, row.body, row.location, replayed=True)


def _find(session: ReadSession, request: IdempotentRequest) -> IdempotentAnswer | None:
    return session.scalar(
        select(IdempotentAnswer).where(
            IdempotentAnswer.principal == request.principal,
            IdempotentAnswer.route == request.route,
            IdempotentAnswer.key == request.key,
        )
    )


def _answer(status: int, body: str, location: str | None, *, replayed: bool) -> Response:
    response = Response(body, status, media_type="application/json")
    if location is not None:
        response.headers["Location"] = location
    if replayed:
        response.headers[REPLAYED_HEADER] = "true"
    return response
