"""Table of the reports that wait for MLflow, or have arrived there."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Base, now

ReportState = Literal["pending", "reported", "given up"]


class MlflowReport(Base):
    """The report of one run, written in the transaction that ended it.

    `next_attempt_at` is null when nothing is left to do: it arrived, or was given up.
    """

    __tablename__ = "mlflow_report"
    __table_args__ = (Index("ix_mlflow_report_next_attempt_at", "next_attempt_at"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    next_attempt_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    reported_at: Mapped[dt.datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    experiment_id: Mapped[str | None]
    mlflow_run_id: Mapped[str | None]
    """Known before the report is complete, so that a second attempt goes on with it."""
    by_workload: Mapped[bool] = mapped_column(default=False)
    """Whether the workload made the run of MLflow itself."""
    note: Mapped[str] = mapped_column(default="")
    """What of the run could not be reported."""

    @property
    def state(self) -> ReportState:
        """How far it is."""
        if self.reported_at is not None:
            return "reported"
        return "given up" if self.next_attempt_at is None else "pending"
