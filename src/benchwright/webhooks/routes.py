"""JSON routes of webhooks; reading needs `write` too, as an address may be a secret itself."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from benchwright.access.scopes import requires
from benchwright.kit.pagination import Page, PageRequest, page_request
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.projects.service import get_project
from benchwright.webhooks import service
from benchwright.webhooks.models import WebhookDelivery
from benchwright.webhooks.schemas import (
    DeliveryView,
    WebhookCreate,
    WebhookCreated,
    WebhookUpdate,
    WebhookView,
)

router = APIRouter(
    prefix="/api/v1/projects/{slug}/webhooks",
    tags=["webhooks"],
    dependencies=[Depends(requires("write"))],
)


@router.get("")
def list_webhooks(session: ReadSessionDep, slug: str) -> list[WebhookView]:
    """Lists a project's webhooks."""
    found = service.list_webhooks(session, get_project(session, slug))
    return [WebhookView.model_validate(webhook) for webhook in found]


@router.post("", status_code=201)
def create_webhook(
    session: WriteSessionDep, lab: LabDep, response: Response, slug: str, wish: WebhookCreate
) -> WebhookCreated:
    """Adds a webhook. A secret that is made here is in this answer and never again."""
    webhook, secret = service.create_webhook(session, lab.keyring, get_project(session, slug), wish)
    response.headers["Cache-Control"] = "no-store"
    view = WebhookView.model_validate(webhook)
    return WebhookCreated.model_construct(**view.model_dump(), secret=secret)


@router.get("/{webhook_id}")
def get_webhook(session: ReadSessionDep, slug: str, webhook_id: uuid.UUID) -> WebhookView:
    """Shows a webhook without its secret."""
    webhook = service.get_webhook(session, get_project(session, slug), webhook_id)
    return WebhookView.model_validate(webhook)


@router.patch("/{webhook_id}")
def update_webhook(
    session: WriteSessionDep, lab: LabDep, slug: str, webhook_id: uuid.UUID, wish: WebhookUpdate
) -> WebhookView:
    """Changes the fields that are sent."""
    webhook = service.get_webhook(session, get_project(session, slug), webhook_id)
    service.update_webhook(session, lab.keyring, webhook, wish)
    return WebhookView.model_validate(webhook)


@router.delete("/{webhook_id}", status_code=204)
def delete_webhook(session: WriteSessionDep, slug: str, webhook_id: uuid.UUID) -> None:
    """Deletes a webhook with its messages."""
    session.delete(service.get_webhook(session, get_project(session, slug), webhook_id))


@router.post("/{webhook_id}/ping", status_code=202)
def ping_webhook(session: WriteSessionDep, slug: str, webhook_id: uuid.UUID) -> DeliveryView:
    """Sends a `ping` message; the list of deliveries shows what came of it."""
    webhook = service.get_webhook(session, get_project(session, slug), webhook_id)
    return _view(service.ping(session, webhook))


@router.get("/{webhook_id}/deliveries")
def list_deliveries(
    session: ReadSessionDep,
    slug: str,
    webhook_id: uuid.UUID,
    request: Annotated[PageRequest, Depends(page_request)],
) -> Page[DeliveryView]:
    """Lists the messages to a webhook, newest first."""
    webhook = service.get_webhook(session, get_project(session, slug), webhook_id)
    found, cursor = service.list_deliveries(session, webhook, request)
    return Page(items=[_view(delivery) for delivery in found], next_cursor=cursor)


def _view(delivery: WebhookDelivery) -> DeliveryView:
    return DeliveryView.model_validate(delivery)
