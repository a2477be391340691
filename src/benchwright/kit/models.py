"""Tables that belong to no subject."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Base, now


class IdempotentAnswer(Base):
    """The first answer to one key; `status` is null only inside the transaction that fills it."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (UniqueConstraint("principal", "route", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    principal: Mapped[str]
    route: Mapped[str]
    key: Mapped[str]
    request_hash: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[str] = mapped_column(default="")
    location: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
