"""Tables of projects."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Addressable, Base


class Project(Addressable, Base):
    __tablename__ = "project"

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    retention_days: Mapped[int | None]
    retention_bytes: Mapped[int | None] = mapped_column(BigInteger)
