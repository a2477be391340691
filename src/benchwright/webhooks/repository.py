"""All SQL about webhooks and their deliveries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import cast

from sqlalchemy import CursorResult, delete, func, select

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.pagination import PageRequest, fetch_page
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.runs.state import UNFINISHED
from benchwright.webhooks.models import Webhook, WebhookDelivery


def find(session: ReadSession, project_id: int, public_id: uuid.UUID) -> Webhook | None:
    """The webhook of this id in this project."""
    return session.scalar(
        select(Webhook).where(Webhook.project_id == project_id, Webhook.public_id == public_id)
    )


def list_webhooks(session: ReadSession, project_id: int) -> Sequence[Webhook]:
    """All webhooks of a project, oldest first."""
    return session.scalars(
        select(Webhook).where(Webhook.project_id == project_id).order_by(Webhook.id)
    ).all()


def count(session: ReadSession, project_id: int) -> int:
    """How many webhooks a project has."""
    query = select(func.count()).select_from(Webhook).where(Webhook.project_id == project_id)
    return session.scalar(query) or 0


def project_slug(session: ReadSession, project_id: int) -> str:
    """The slug of a project that exists."""
    return session.scalars(select(Project.slug).where(Project.id == project_id)).one()


def previous_verdict(session: ReadSession, run: Run) -> str | None:
    """The verdict of the last run before this one of the same load test that has one."""
    if run.load_test_id is None:
        return None
    return session.scalar(
        select(Run.verdict)
        .where(
            Run.load_test_id == run.load_test_id,
            Run.id < run.id,
            Run.verdict.is_not(None),
            Run.state.not_in(UNFINISHED),
        )
        .order_by(Run.id.desc())
        .limit(1)
    )


def deliveries_page(
    session: ReadSession, webhook: Webhook, request: PageRequest
) -> tuple[Sequence[WebhookDelivery], str | None]:
    """One page of the messages to a webhook, newest first."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    return fetch_page(session, query, WebhookDelivery.id, request)


def any_due(session: ReadSession, at: dt.datetime) -> bool:
    """Whether a message waits for delivery now."""
    query = (
        select(WebhookDelivery.id)
        .join(Webhook)
        .where(WebhookDelivery.next_attempt_at <= at, Webhook.enabled.is_(True))
        .limit(1)
    )
    return session.scalar(query) is not None


def claim_due(
    session: WriteSession, at: dt.datetime, until: dt.datetime, limit: int
) -> list[tuple[WebhookDelivery, Webhook]]:
    """Messages to deliver now; no other server takes them before `until`."""
    query = (
        select(WebhookDelivery, Webhook)
        .join(Webhook)
        .where(WebhookDelivery.next_attempt_at <= at, Webhook.enabled.is_(True))
        .order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.id)
        .limit(limit)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    claimed = [(delivery, webhook) for delivery, webhook in session.execute(query)]
    for delivery, _ in claimed:
        delivery.next_attempt_at = until
    return claimed


def delete_older(session: WriteSession, limit: dt.datetime) -> int:
    """Deletes messages from before `limit` for which nothing is left to do; how many."""
    statement = delete(WebhookDelivery).where(
        WebhookDelivery.created_at < limit, WebhookDelivery.next_attempt_at.is_(None)
    )
    return cast("CursorResult[None]", session.execute(statement)).rowcount


def all_webhooks(session: ReadSession) -> Sequence[Webhook]:
    """The webhooks of all projects."""
    return session.scalars(select(Webhook).order_by(Webhook.id)).all()
