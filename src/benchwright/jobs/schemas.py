"""What clients send and get about jobs, and what a run of one is told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchwright.jobs.plan import MAX_RUNS, MountWish, Resources, Scalar, VariableName
from benchwright.runs.schemas import RunSummary


class FrozenConfig(BaseModel):
    """The config of a run as it was at its start, whatever becomes of the stored one."""

    name: str
    """The name of its file in `inputs`."""
    stored: str | None = None
    """The stored config that it was read from."""
    blob: str
    sha256: str
    size_bytes: int


class JobSpec(BaseModel):
    """`Run.spec` of a job: everything that its workload is told, frozen at its start.

    Command and environment still hold `${{ name }}`: they are filled in when the run is launched,
    as some names stand for places that only its target knows.
    """

    image: str | None = None
    entrypoint: list[str] | None = None
    command: list[str] = []
    parameters: dict[str, Scalar] = {}
    varied: list[str] = []
    """Those of the parameters that a matrix varied."""
    config: FrozenConfig | None = None
    datasets: list[str] = []
    files: dict[str, str] = {}
    """Files in `inputs` besides the config: name → blob."""
    environment: dict[str, str] = {}
    secrets: dict[str, str] = {}
    resources: Resources = Resources()
    mounts: list[MountWish] = []
    network: str | None = None
    user: str | None = None
    working_dir: str | None = None
    pull: Literal["missing", "always", "never"] = "missing"
    success_exit_codes: list[int] = [0]
    plan_blob: str
    """The plan that the run was started with, as JSON."""
    plan_digest: str
    host: dict[str, Any] = {}
    """What was known of the host when the run was queued."""
    container_name: str | None = None
    """What an interface calls the container; `{run_id}` stands for the run's id."""
    job_info: dict[str, Any] = {}
    """What an interface documents to stand in the run's `job_info.json`."""


class PlanSource(BaseModel):
    """A plan, as `docs/jobs.md` describes it: as an object, or as a text of YAML."""

    model_config = ConfigDict(extra="forbid")

    plan: dict[str, Any] | None = None
    text: str | None = Field(None, max_length=16 * 1024 * 1024)

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.plan is None) == (self.text is None):
            raise ValueError("Give either `plan`, an object, or `text`, YAML")
        return self


Values = dict[
    VariableName, Scalar | Annotated[list[Scalar], Field(min_length=1, max_length=MAX_RUNS)]
]


class JobWrite(PlanSource):
    """A job that is kept."""

    description: str = Field("", max_length=20_000)


class JobStart(BaseModel):
    """How to start the runs of a kept job; everything may be left out."""

    model_config = ConfigDict(extra="forbid")

    parameters: Values = Field(
        {}, max_length=40, description="Other values of parameters; a list makes a matrix of one."
    )
    host: str | None = Field(None, min_length=1, max_length=200, description="Another host.")


class PlanStart(PlanSource, JobStart):
    """A plan that is run without being kept."""


class JobSummary(BaseModel):
    """A kept job as lists show it."""

    public_id: uuid.UUID
    project: str
    name: str
    description: str
    image: str | None = Field(description="null for a command of the server's own machine.")
    run_count: int = Field(description="How many runs one start makes.")
    created_at: dt.datetime
    updated_at: dt.datetime
    archived_at: dt.datetime | None


class JobView(JobSummary):
    """A kept job with its plan."""

    plan: dict[str, Any]


class StartedJobRun(BaseModel):
    """A run that was queued."""

    model_config = ConfigDict(from_attributes=True)

    public_id: uuid.UUID
    name: str
    state: str
    target: str


class StartedJob(StartedJobRun):
    """The first run that was queued, and all of them in the order of the matrix."""

    group_id: uuid.UUID | None = Field(description="Names the runs of a matrix together.")
    runs: list[StartedJobRun]


class PlanFault(BaseModel):
    """Something wrong with a plan."""

    field: str
    message: str
    line: int | None = Field(None, description="In the text, where one was sent.")


class HostGlance(BaseModel):
    """The host that would be chosen."""

    name: str
    is_reachable: bool
    problem: str
    free: int


class JobPreview(BaseModel):
    """What a plan would start, as things are now; nothing is started or kept."""

    faults: list[PlanFault]
    notes: list[str] = Field([], description="What will happen and may surprise.")
    plan: dict[str, Any] | None = Field(None, description="As it would be kept.")
    run_count: int = 0
    run_names: list[str] = Field([], description="The first few.")
    target: str | None = None
    host: HostGlance | None = None
    image: str | None = None
    command: list[str] = []
    entrypoint: list[str] | None = None
    command_line: str = Field("", description="The command of the first run as one types it.")
    environment: dict[str, str] = Field({}, description="Values of secrets are hidden.")
    parameters: dict[str, Scalar] = Field({}, description="Of the first run.")
    folders: list[str] = Field([], description="What a container sees of the shared folder.")
    config: str | None = Field(None, description="The config of the first run.")
    timeout_s: float | None = None


class GroupRun(RunSummary):
    """A run of a group with its parameters and figures."""

    parameters: dict[str, Scalar]
    results: dict[str, float]


class GroupMetric(BaseModel):
    """A figure that runs of the group report."""

    key: str
    unit: str
    better: str
    best: uuid.UUID | None = Field(description="The run that is best in it, where that is known.")


class GroupView(BaseModel):
    """Runs that were started together, one for each combination of parameters."""

    group_id: uuid.UUID
    project: str
    name: str
    job: uuid.UUID | None
    states: dict[str, int]
    parameters: list[str]
    metrics: list[GroupMetric]
    runs: list[GroupRun]
