"""Sending the waiting messages, again and again for a day until they arrive."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpx2

from benchwright.kit.db import WriteSession, now
from benchwright.kit.errors import Problem
from benchwright.kit.fetch import explain_failure
from benchwright.kit.threads import in_thread
from benchwright.webhooks import repository
from benchwright.webhooks.models import WebhookDelivery
from benchwright.webhooks.service import forget_old_deliveries, secret_context
from benchwright.webhooks.signature import HEADER, sign

if TYPE_CHECKING:
    from benchwright.lab import Lab

logger = logging.getLogger("benchwright.webhooks")

BATCH = 20
TIMEOUT_S = 10.0
CLAIM = dt.timedelta(seconds=60)
FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 3600.0
GIVE_UP_AFTER = dt.timedelta(hours=24)
POLL_INTERVAL_S = 2.0
FORGET_INTERVAL_S = 3600.0
MAX_ERROR_LENGTH = 500


@dataclass(frozen=True)
class Parcel:
    """One message, ready to be sent; `error` is set when it could not be made ready."""

    delivery_id: int
    url: str
    event: str
    public_id: str
    body: bytes
    secret: str = field(repr=False)
    error: str = ""


@dataclass(frozen=True)
class Attempt:
    """What came of sending one message; an empty `error` means that it arrived."""

    status: int | None
    error: str


async def keep_delivering(lab: Lab) -> None:
    """Delivers what is due and forgets what is old, until it is cancelled."""
    forgotten_at: float | None = None
    while True:
        try:
            while await deliver_due(lab) == BATCH:
                pass
            if forgotten_at is None or time.monotonic() - forgotten_at > FORGET_INTERVAL_S:
                await in_thread(_forget_old, lab)
                forgotten_at = time.monotonic()
            lab.heartbeats.succeeded("webhooks")
        except Exception:
            lab.heartbeats.failed("webhooks")
            logger.exception("webhooks could not be delivered; trying again")
        await asyncio.sleep(POLL_INTERVAL_S)


def _forget_old(lab: Lab) -> None:
    with lab.database.write() as session:
        forget_old_deliveries(session)


async def deliver_due(lab: Lab, at: dt.datetime | None = None) -> int:
    """Makes one attempt for each message that is due, at most `BATCH`; returns how many.

    A message may arrive twice, if the server dies between its arrival and the note of it; the
    header `Benchwright-Delivery` is then the same.
    """
    parcels = await in_thread(_claim, lab, at or now())
    if not parcels:
        return 0
    attempts = await asyncio.gather(*(_send(lab, parcel) for parcel in parcels))
    await in_thread(_note, lab, list(zip(parcels, attempts, strict=True)), at)
    return len(parcels)


def _claim(lab: Lab, at: dt.datetime) -> list[Parcel]:
    with lab.database.read() as session:
        if not repository.any_due(session, at):
            return []
    with lab.database.write() as session:
        parcels = []
        for delivery, webhook in repository.claim_due(session, at, at + CLAIM, BATCH):
            secret = error = ""
            try:
                secret = lab.keyring.decrypt(webhook.secret, secret_context(webhook))
            except Problem as problem:
                error = problem.detail
            parcels.append(
                Parcel(
                    delivery_id=delivery.id,
                    url=webhook.url,
                    event=delivery.event,
                    public_id=str(delivery.public_id),
                    body=_body(delivery, lab.settings.server.public_url),
                    secret=secret,
                    error=error,
                )
            )
        return parcels


def _body(delivery: WebhookDelivery, public_url: str | None) -> bytes:
    message: dict[str, Any] = {
        "id": str(delivery.public_id),
        "event": delivery.event,
        "created_at": delivery.created_at.isoformat(),
        **delivery.data,
    }
    if public_url and "run" in message:
        message["run"] = message["run"] | {"url": public_url.rstrip("/") + message["run"]["path"]}
    return json.dumps(message, separators=(",", ":")).encode("ascii")


async def _send(lab: Lab, parcel: Parcel) -> Attempt:
    if parcel.error:
        return Attempt(None, parcel.error)
    try:
        request = httpx2.Request(
            "POST",
            parcel.url,
            content=parcel.body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "benchwright",
                "Benchwright-Event": parcel.event,
                "Benchwright-Delivery": parcel.public_id,
                HEADER: sign(parcel.secret, parcel.body, int(now().timestamp())),
            },
            extensions={"timeout": httpx2.Timeout(TIMEOUT_S).as_dict()},
        )
        with anyio.fail_after(TIMEOUT_S):
            response = await lab.fetcher.transport.handle_async_request(request)
            # Whatever the receiver says besides its status is of no interest.
            await response.aclose()
    except TimeoutError:
        return Attempt(None, f"no answer within {TIMEOUT_S:g} s")
    except Problem as problem:
        return Attempt(None, problem.detail)
    except httpx2.InvalidURL as error:
        return Attempt(None, f"the address is not valid: {error}")
    except httpx2.HTTPError as error:
        return Attempt(None, explain_failure(error))
    if 200 <= response.status_code < 300:
        return Attempt(response.status_code, "")
    return Attempt(response.status_code, f"answered with status {response.status_code}")


def _note(lab: Lab, results: list[tuple[Parcel, Attempt]], at: dt.datetime | None) -> None:
    with lab.database.write() as session:
        for parcel, attempt in results:
            _note_attempt(session, parcel.delivery_id, attempt, at or now())


def _note_attempt(
    session: WriteSession, delivery_id: int, attempt: Attempt, at: dt.datetime
) -> None:
    delivery = session.get(WebhookDelivery, delivery_id)
    if delivery is None:
        return  # its webhook was deleted meanwhile
    delivery.attempts += 1
    delivery.last_status = attempt.status
    delivery.last_error = attempt.error[:MAX_ERROR_LENGTH]
    delivery.next_attempt_at = None
    if not attempt.error:
        delivery.delivered_at = at
        return
    following = at + pause_after(delivery.attempts)
    if following <= delivery.created_at + GIVE_UP_AFTER:
        delivery.next_attempt_at = following


def pause_after(attempts: int, jitter: float | None = None) -> dt.timedelta:
    """The pause before the next attempt: 10 s, doubled each time up to an hour, ± 10 %."""
    pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 20))
    share = random.uniform(-0.1, 0.1) if jitter is None else jitter
    return dt.timedelta(seconds=pause_s * (1 + share))
