"""What clients send and get about load tests, and what a run of one is told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from benchwright.loadtests.profile import Estimate
from benchwright.loadtests.scenarios import Name
from benchwright.loadtests.values import SecretName, Variable

ScriptKind = Literal["generated", "own"]


class ScenarioRef(BaseModel):
    """A scenario of a generated script, as metrics and pages name it."""

    key: str
    name: str
    method: str
    path: str


class RunSpec(BaseModel):
    """`Run.spec` of a load test: everything that its workload is told, frozen at its start."""

    script_kind: ScriptKind
    script_blob: str
    script_name: str = "script.js"
    files: dict[str, str] = {}
    """Further files of a user's own script: name → blob."""
    plan: dict[str, Any] | None = None
    scenarios: list[ScenarioRef] = []
    planned_iterations: int | None = None
    """How many iterations make the run, where their number and not time decides its length."""
    environment: dict[str, str] = {}
    secrets: list[str] = []
    """Names of stored secrets, each given to k6 as the environment variable of its name."""
    addresses: list[str] = []
    """Base addresses that the load goes to; those of a user's own script are not known."""
    auto_stop: list[dict[str, Any]] = []
    """Arguments of `metrics.rules.AutoStopRule`, scenarios by key."""
    influxdb: bool = True
    """Whether raw samples also go to InfluxDB, where the settings name one."""


class PlanWrite(BaseModel):
    """A plan, as `docs/load-tests.md` describes it; its errors name fields from the plan on."""

    model_config = ConfigDict(extra="forbid")

    plan: dict[str, Any]


class LoadTestWrite(PlanWrite):
    description: str = Field("", max_length=20_000)


class OwnScript(BaseModel):
    """A user's own script: what it is given besides its files."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: str = Field("", max_length=20_000)
    environment: dict[Variable, Annotated[str, Field(max_length=10_000)]] = Field(
        {}, max_length=200
    )
    secrets: list[SecretName] = Field([], max_length=100)


class RunStart(BaseModel):
    """How to start a run; everything may be left out."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=500)
    repeat: int = Field(
        1, ge=1, le=100, description="Runs to queue; a comparison needs several of the same test."
    )
    influxdb: bool = Field(
        True,
        description="Whether raw samples also go to the InfluxDB of the settings, if they name one; they cost k6 processor time.",
    )


class LoadTestSummary(BaseModel):
    """A load test as lists show it."""

    public_id: uuid.UUID
    project: str
    name: str
    description: str
    kind: ScriptKind
    scenario_count: int
    planned_duration_s: float | None
    created_at: dt.datetime
    updated_at: dt.datetime
    archived_at: dt.datetime | None


class OwnScriptView(BaseModel):
    """What is known of a user's own script."""

    script_name: str
    files: list[str]
    environment: dict[str, str]
    secrets: list[str]
    max_vus: int | None
    warnings: list[str]


class LoadTestView(LoadTestSummary):
    """A load test with its plan, or with what is known of its script."""

    plan: dict[str, Any] | None
    estimate: Estimate | None
    script: OwnScriptView | None


class DraftSummary(BaseModel):
    """A form that was put aside unfinished, as lists show it; it is no load test yet."""

    public_id: uuid.UUID
    project: str
    name: str
    load_test_id: uuid.UUID | None
    """The load test that is being edited, if it is not a new one."""
    created_at: dt.datetime
    updated_at: dt.datetime


class DraftView(DraftSummary):
    """A draft with the texts of its fields, by name; nothing in it was checked."""

    fields: dict[str, str]


class Preview(BaseModel):
    """A script before it is run, and what it will do."""

    script: str
    estimate: Estimate
    secrets: list[str]
    scenarios: list[ScenarioRef]


class StartedRun(BaseModel):
    """A run that was queued."""

    model_config = ConfigDict(from_attributes=True)

    public_id: uuid.UUID
    name: str
    state: str
    planned_duration_s: float | None


class StartedRuns(StartedRun):
    """The first run that was queued, and all of them in their order."""

    runs: list[StartedRun]
