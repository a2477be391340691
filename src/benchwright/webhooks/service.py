"""Rules of webhooks: who is told what."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import BadRequest, Conflict, Invalid, NotFound
from benchwright.kit.networks import split_url
from benchwright.kit.pagination import PageRequest
from benchwright.kit.secrets import Keyring
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.webhooks import repository
from benchwright.webhooks.events import PING, Event, run_message
from benchwright.webhooks.models import Webhook, WebhookDelivery
from benchwright.webhooks.schemas import WebhookCreate, WebhookUpdate

MAX_PER_PROJECT = 20
KEPT = dt.timedelta(days=30)


def announce_run(session: WriteSession, run: Run) -> None:
    """Tells of a run that ended and, if its verdict is not the last one's, of that too."""
    enqueue(session, run, Event.RUN_ENDED)
    previous = repository.previous_verdict(session, run)
    if previous is not None and run.verdict is not None and previous != run.verdict:
        enqueue(session, run, Event.VERDICT_CHANGED, previous_verdict=previous)


def announce_long_run(session: WriteSession, run: Run, detail: str) -> None:
    """Tells of a run that goes on for longer than expected of any."""
    enqueue(session, run, Event.RUN_LONG, warning=detail)


def enqueue(session: WriteSession, run: Run, event: Event, **more: Any) -> None:
    """Writes one message for each webhook that asks for the event, in this transaction."""
    wanted = [
        webhook
        for webhook in repository.list_webhooks(session, run.project_id)
        if webhook.enabled and event.value in webhook.events
    ]
    if not wanted:
        return
    data = run_message(run, repository.project_slug(session, run.project_id), **more)
    for webhook in wanted:
        _add(session, webhook, event.value, data)


def ping(session: WriteSession, webhook: Webhook) -> WebhookDelivery:
    """Has a message sent that means nothing, to see whether it arrives."""
    if not webhook.enabled:
        raise Conflict("The webhook is switched off; switch it on first.")
    return _add(session, webhook, PING, {"webhook": str(webhook.public_id)})


def create_webhook(
    session: WriteSession, keyring: Keyring, project: Project, wish: WebhookCreate
) -> tuple[Webhook, str | None]:
    """Adds a webhook; the second of the pair is the secret, if it was made here."""
    _check_url(wish.url)
    if repository.count(session, project.id) >= MAX_PER_PROJECT:
        raise Conflict(f"A project has {MAX_PER_PROJECT} webhooks at most; delete one first.")
    made = None if wish.secret else f"bw_whsec_{secrets.token_urlsafe(32)}"
    secret = wish.secret.get_secret_value() if wish.secret else made or ""
    webhook = Webhook(
        public_id=uuid.uuid4(),
        project_id=project.id,
        url=wish.url,
        events=_values(wish.events),
        enabled=wish.enabled,
    )
    webhook.secret = keyring.encrypt(secret, secret_context(webhook))
    session.add(webhook)
    session.flush()
    return webhook, made


def update_webhook(
    session: WriteSession, keyring: Keyring, webhook: Webhook, wish: WebhookUpdate
) -> None:
    """Changes the fields that were sent."""
    if wish.url is not None:
        _check_url(wish.url)
        webhook.url = wish.url
    if wish.events is not None:
        webhook.events = _values(wish.events)
    if wish.secret is not None:
        secret = wish.secret.get_secret_value()
        webhook.secret = keyring.encrypt(secret, secret_context(webhook))
    if wish.enabled is not None:
        webhook.enabled = wish.enabled
    session.flush()


def get_webhook(session: ReadSession, project: Project, public_id: uuid.UUID) -> Webhook:
    """The webhook of this id; raises `NotFound`."""
    webhook = repository.find(session, project.id, public_id)
    if webhook is None:
        raise NotFound(f"The project has no webhook {public_id}.")
    return webhook


def list_webhooks(session: ReadSession, project: Project) -> Sequence[Webhook]:
    """All webhooks of a project."""
    return repository.list_webhooks(session, project.id)


def list_deliveries(
    session: ReadSession, webhook: Webhook, request: PageRequest
) -> tuple[Sequence[WebhookDelivery], str | None]:
    """One page of a webhook's messages, newest first, and the cursor of the next."""
    return repository.deliveries_page(session, webhook, request)


def forget_old_deliveries(session: WriteSession, at: dt.datetime | None = None) -> int:
    """Deletes messages older than 30 days for which nothing is left to do; how many."""
    return repository.delete_older(session, (at or now()) - KEPT)


def rotate_webhook_secrets(session: WriteSession, keyring: Keyring) -> int:
    """Encrypts anew what an old key encrypted; how many secrets that were."""
    old = [w for w in repository.all_webhooks(session) if keyring.needs_rotation(w.secret)]
    for webhook in old:
        webhook.secret = keyring.rotate(webhook.secret, secret_context(webhook))
    return len(old)


def secret_context(webhook: Webhook) -> str:
    """What a webhook's encrypted secret is bound to."""
    return f"webhook:{webhook.public_id}:secret"


def _add(
    session: WriteSession, webhook: Webhook, event: str, data: dict[str, Any]
) -> WebhookDelivery:
    delivery = WebhookDelivery(
        webhook_id=webhook.id, event=event, data=data, next_attempt_at=now(), attempts=0
    )
    session.add(delivery)
    session.flush()
    return delivery


def _values(events: Sequence[Event]) -> list[str]:
    return [event.value for event in dict.fromkeys(events)]


def _check_url(url: str) -> None:
    try:
        split_url(url)
    except BadRequest as problem:
        raise Invalid(
            "The webhook was not stored.", [{"field": "url", "message": problem.detail}]
        ) from None
