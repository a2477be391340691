"""Tables of jobs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Addressable, Base, now


class Job(Addressable, Base):
    """A plan that is kept, to be run again; runs keep a frozen copy of what they were told."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_project_id_id", "project_id", "id"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    plan: Mapped[dict[str, Any]]
    """A `jobs.plan.JobPlan` as JSON."""
    updated_at: Mapped[dt.datetime] = mapped_column(default=now)
    archived_at: Mapped[dt.datetime | None]
