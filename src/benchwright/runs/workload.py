"""What a kind of run brings along: how it is prepared, read and explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from pydantic import BaseModel

from benchwright.executors.port import ContainerPlan
from benchwright.kit.db import ReadSession
from benchwright.runs.models import Run
from benchwright.runs.state import RunState

if TYPE_CHECKING:
    from benchwright.lab import Lab

Doubt = Literal["dropped_iterations", "generator_busy", "no_answer", "cut_short"]
"""Why a run's figures are not comparable with those of another run of the same workload."""
Better = Literal["lower", "higher", "none"]


class ResultValue(BaseModel):
    """One scalar; `benchmark` is the scenario's key, empty for the whole run."""

    benchmark: str = ""
    metric: str
    stat: str
    value: float
    unit: str = ""
    better: Better = "none"


@dataclass(frozen=True)
class Judgement:
    """A verdict to be stored; `subject` is `run` or names the target that was judged."""

    subject: str
    judgement: Literal["met", "missed", "unknown"]
    method: str
    method_version: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class IngestAddress:
    """Where and with which token a workload pushes its figures."""

    url: str
    token: str = field(repr=False)
    samples_url: str | None = None
    """Where it also writes its raw samples in line protocol, if anybody wants them."""


@dataclass(frozen=True)
class Launch:
    """The command of a workload; `secrets` are the values that must not reach the log."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Sequence[str] = field(default=(), repr=False)
    container: ContainerPlan | None = None
    name: str | None = None
    """What it is called on its target, where an interface documents that."""


@dataclass(frozen=True)
class ExitMeaning:
    """What an exit code says: the outcome if nobody asked the run to stop, and in words."""

    outcome: RunState
    reason: str


@dataclass(frozen=True)
class Collected:
    """What was read from a run's folder after its workload ended."""

    results: Sequence[ResultValue] = ()
    judgements: Sequence[Judgement] = ()
    warnings: Sequence[str] = ()
    doubts: Sequence[Doubt] = ()
    meaning: ExitMeaning | None = None
    """What the exit code means for this very run, where its own plan or report says so."""


@dataclass(frozen=True)
class LiveFigures:
    """What was measured beside the workload's own report, for its verdicts and warnings."""

    generator_cpu_max: float | None = None
    """Highest share (0..1) of all processors that the load generator's machine was busy."""
    generator_is_busy: bool = False
    """Whether that was so for long enough to spoil the measured times."""
    dropped_iterations: int | None = None
    auto_stop: Mapping[str, Any] | None = None
    """What the auto-stop rule that ended the run was judged by."""
    warnings: Sequence[str] = ()


class Workload(Protocol):
    """One per kind of run; `prepare` and `collect` may be called again after a crash."""

    def prepare(
        self, session: ReadSession, run: Run, folder: Path, ingest: IngestAddress
    ) -> Launch:
        """Writes `folder/inputs` and says what to execute."""
        ...

    def collect(self, run: Run, folder: Path, live: LiveFigures) -> Collected:
        """Reads `folder/results`; a missing or broken report is a warning, not an error."""
        ...

    def explain_exit(self, exit_code: int) -> ExitMeaning:
        """What the exit code of this kind of workload means."""
        ...


class Fact(NamedTuple):
    """Something about a plan in words."""

    name: str
    value: str


@dataclass(frozen=True)
class PlannedPart:
    """One scenario as planned; `points` are corners of its load: (seconds, load in `unit`)."""

    key: str
    name: str
    request: str
    facts: Sequence[Fact]
    unit: str = ""
    points: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class PlanView:
    """What a run was told to do, for people."""

    facts: Sequence[Fact]
    parts: Sequence[PlannedPart] = ()


class Description(Protocol):
    """One per kind of run: says in words what its frozen `spec` holds."""

    def view_plan(self, spec: Mapping[str, Any]) -> PlanView:
        """The plan as facts; what cannot be read is left out."""
        ...

    def write_plan(self, lab: Lab, run: Run) -> str:
        """The plan as text that starts the same again; empty where there is none to show."""
        ...

    def has_changed(self, session: ReadSession, run: Run) -> bool:
        """Whether what the run was started from would start another plan now."""
        ...
