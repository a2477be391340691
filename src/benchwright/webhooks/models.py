"""Tables of webhooks and of the messages that wait for delivery."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Addressable, Base


class Webhook(Addressable, Base):
    """An address that is told of a project's events; its signing secret is encrypted."""

    __tablename__ = "webhook"

    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), index=True
    )
    url: Mapped[str]
    secret: Mapped[str]
    events: Mapped[list[str]]
    enabled: Mapped[bool] = mapped_column(default=True)


class WebhookDelivery(Addressable, Base):
    """One message to one webhook, written in the transaction of its event.

    `next_attempt_at` is null when nothing is left to do: it was delivered, or given up.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_next_attempt_at", "next_attempt_at"),
        Index("ix_webhook_delivery_webhook_id_id", "webhook_id", "id"),
    )

    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    event: Mapped[str]
    data: Mapped[dict[str, Any]]
    next_attempt_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[dt.datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str] = mapped_column(default="")

    @property
    def state(self) -> Literal["pending", "delivered", "failed"]:
        """How far it is."""
        if self.delivered_at is not None:
            return "delivered"
        return "failed" if self.next_attempt_at is None else "pending"
