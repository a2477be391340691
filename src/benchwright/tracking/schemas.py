"""What is told of the report of a run."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, Field


class ReportView(BaseModel):
    """The report of a run to MLflow; `last_error` says why the last attempt failed."""

    state: Literal["pending", "reported", "given up"]
    attempts: int
    next_attempt_at: dt.datetime | None
    reported_at: dt.datetime | None
    last_error: str
    experiment_id: str | None
    mlflow_run_id: str | None
    by_workload: bool = Field(
        description="Whether the workload made the run of MLflow, and results were added to it."
    )
    url: str | None = Field(description="Where people find it.")
    note: str = Field(description="What could not be reported.")
