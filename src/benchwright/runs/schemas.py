"""What clients send and get about runs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, NotRequired

from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from benchwright.kit.unicode import STORABLE
from benchwright.runs.state import RunKind, RunState, StopReason
from benchwright.runs.workload import Better


class ProgressView(BaseModel):
    """How far a run is; times are null where its length is not known."""

    percent: float | None
    elapsed_s: float
    remaining_s: float | None
    stage: str = ""
    """What the workload says that it does."""
    facts: list[str] = []
    """What the workload has counted: `episode 3 of 10`."""


class BeforeView(BaseModel):
    """The figures of the run of the same load test that measured something before."""

    public_id: uuid.UUID
    requests_per_s: float | None
    response_time_p95_ms: float | None
    error_rate: float | None
    same_workload: bool
    """Whether both runs were told to do the same."""


class RunSummary(BaseModel):
    """A run as lists show it; its figures are those of the whole run, once it has ended."""

    model_config = ConfigDict(from_attributes=True)

    public_id: uuid.UUID
    project: str
    kind: RunKind
    name: str
    state: RunState
    reason: str
    verdict: str | None
    stale_since: dt.datetime | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    planned_duration_s: float | None
    progress: ProgressView
    pinned: bool
    target: str
    load_test: uuid.UUID | None
    load_test_name: str | None = None
    tags: list[str] = []
    duration_s: float | None = None
    requests_per_s: float | None = None
    response_time_p95_ms: float | None = None
    error_rate: float | None = None
    before: BeforeView | None = None
    doubts: list[str] = []
    """Why the figures are not comparable with those of other runs."""
    stored_bytes: int = 0


class VerdictView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    subject: str
    judgement: str
    method: str
    method_version: str
    inputs: dict[str, Any]
    created_at: dt.datetime


class RunView(RunSummary):
    """A run with all that is small about it."""

    note: str = ""
    stop_reason: StopReason | None
    exit_code: int | None
    timeout_s: float
    warnings: list[str]
    verdicts: list[VerdictView]
    scenarios: list[dict[str, Any]]


class RunEventView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    seq: int
    at: dt.datetime
    type: str
    from_state: str | None
    to_state: str | None
    message: str
    data: dict[str, Any]


class ResultView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    benchmark: str
    metric: str
    stat: str
    value: float
    unit: str
    better: Better


class ArtifactView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    path: str
    media_type: str
    size_bytes: int
    created_at: dt.datetime


MAX_BATCH = 100_000
MAX_NOTE = 10_000
_Name = Annotated[str, Field(max_length=200, pattern=STORABLE)]


@with_config(ConfigDict(extra="forbid"))
class ResultWrite(TypedDict):
    """One scalar that a client adds to a run.

    A dictionary, not a model: batches are large, and each costs a third of the time this way.
    """

    benchmark: NotRequired[_Name]
    metric: Annotated[str, Field(min_length=1, max_length=200, pattern=STORABLE)]
    stat: NotRequired[Annotated[str, Field(min_length=1, max_length=40, pattern=STORABLE)]]
    value: Annotated[float, Field(allow_inf_nan=False)]
    unit: NotRequired[Annotated[str, Field(max_length=40, pattern=STORABLE)]]
    better: NotRequired[Better]


class ResultBatch(BaseModel):
    """Scalars to add; one with the same benchmark, metric and stat replaces the earlier.

    What is left out of one is `""` for `benchmark` and `unit`, `value` for `stat` and `none` for
    `better`.
    """

    model_config = ConfigDict(extra="forbid")

    results: Annotated[list[ResultWrite], Field(max_length=MAX_BATCH)]


class ResultsWritten(BaseModel):
    """How many scalars were written."""

    written: int


class RunUpdate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=500)
    pinned: bool | None = None
    tags: list[Annotated[str, Field(max_length=500)]] | None = Field(None, max_length=100)
    note: str | None = Field(None, max_length=MAX_NOTE)


class RunsDeletion(BaseModel):
    """Which runs to delete."""

    model_config = ConfigDict(extra="forbid")

    ids: list[uuid.UUID] = Field(min_length=1, max_length=500)


class RunsDeleted(BaseModel):
    """What became of the runs of a deletion; those under way and pinned ones stay."""

    deleted: int
    pinned: int
    under_way: int
    unknown: int


class LogLines(BaseModel):
    """Whole lines of a log; `before=offset` reads what stands above, `after=next_offset` below."""

    offset: int
    next_offset: int
    size: int
    first_line: int = Field(description="Number of the first line, from 1.")
    text: str


class LogTimes(BaseModel):
    """When lines of a log were printed; empty where that was not noted."""

    first_line: int
    times_ms: list[int | None] = Field(
        description="Unix time of each line from the first, null where unknown."
    )
    error_lines: list[int] = Field(description="Numbers of the lines that came on stderr.")


class LogFileView(BaseModel):
    """A log of a run; the one without a name is what its workload printed."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    size_bytes: int


class LogMatches(BaseModel):
    """Where something stands in a log."""

    count: int = Field(description="Lines that match.")
    lines: list[int] = Field(description="Their numbers, the first 10,000 of them.")
    size: int = Field(description="Bytes that were searched.")


class LogPart(BaseModel):
    """A piece of a log; ask again from `next_offset` for what follows."""

    offset: int
    next_offset: int
    size: int
    text: str
    is_complete: bool
