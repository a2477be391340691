"""Tables of load tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Addressable, Base, now


class LoadTest(Addressable, Base):
    """A plan, or a user's own script (`script_blob` and what is known of it)."""

    __tablename__ = "load_test"
    __table_args__ = (Index("ix_load_test_project_id_id", "project_id", "id"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    spec_id: Mapped[int | None] = mapped_column(ForeignKey("spec.id", ondelete="SET NULL"))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    plan: Mapped[dict[str, Any] | None]
    script_blob: Mapped[str | None]
    script_details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    scenario_count: Mapped[int] = mapped_column(default=0)
    planned_duration_s: Mapped[float | None]
    updated_at: Mapped[dt.datetime] = mapped_column(default=now)
    archived_at: Mapped[dt.datetime | None]

    @property
    def is_own_script(self) -> bool:
        """Whether it is a user's own script rather than a plan."""
        return self.script_blob is not None


class LoadTestDraft(Addressable, Base):
    """A form that was put aside unfinished, as it was typed; nothing in it was checked."""

    __tablename__ = "load_test_draft"
    __table_args__ = (Index("ix_load_test_draft_project_id_id", "project_id", "id"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    load_test_id: Mapped[int | None] = mapped_column(ForeignKey("load_test.id", ondelete="CASCADE"))
    name: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now)
