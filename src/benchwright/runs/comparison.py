"""Two runs side by side: what was measured, and what they were told to do differently."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from benchwright.kit.db import ReadSession
from benchwright.kit.errors import BadRequest, NotFound
from benchwright.lab import Lab
from benchwright.runs import lookup_repository, panels, repository, service
from benchwright.runs.models import Run
from benchwright.runs.repository import ResultRow
from benchwright.runs.schemas import RunSummary, RunView
from benchwright.runs.state import RunKind
from benchwright.runs.workload import Better, Fact, PlanView

Effect = Literal["better", "worse", "same", "neither"]
OnlyIn = Literal["this", "other"]

WHOLE_RUN = (
    ("http_reqs", "rate"), ("http_req_duration", "med"), ("http_req_duration", "p95"),
    ("http_req_duration", "p99"), ("http_req_duration", "max"), ("http_req_failed", "rate"),
    ("checks", "rate"), ("http_reqs", "count"), ("dropped_iterations", "count"),
    ("data_received", "rate"), ("data_sent", "rate"), ("vus_max", "max"),
)  # fmt: skip
"""What is compared of the whole run, in the order of interest."""
OF_SCENARIOS = (
    ("http_reqs", "rate"), ("http_req_duration", "med"), ("http_req_duration", "p95"),
    ("http_req_duration", "p99"), ("http_req_failed", "rate"),
)  # fmt: skip
MAX_RESULTS = 500
"""Of two jobs that are compared."""
NO_EVIDENCE = (
    "One run of each is no evidence: two runs of the same differ as well. "
    "Repeat both before you conclude anything."
)


class FigureChange(BaseModel):
    """A figure of both runs; `change` is relative to the other run (0.1 for 10 % more)."""

    benchmark: str = Field(
        "", description="What of a job was measured, where it tells several apart."
    )
    metric: str
    stat: str
    unit: str
    better: Better
    this: float | None
    other: float | None
    difference: float | None
    change: float | None
    effect: Effect = Field(description="By the metric's direction only, without any statistics.")


class ScenarioChange(BaseModel):
    """A scenario of both runs, matched by name, or of one of them."""

    name: str
    request: str
    only_in: OnlyIn | None
    figures: list[FigureChange]


class PlanChange(BaseModel):
    """Something that the two runs were told differently; null where only one says it."""

    scenario: str = Field(description="Name of the scenario; empty for the whole plan.")
    name: str
    this: str | None
    other: str | None


class Comparison(BaseModel):
    """Two runs side by side."""

    this: RunSummary
    other: RunSummary
    figures: list[FigureChange]
    scenarios: list[ScenarioChange]
    plan: list[PlanChange]
    note: str = NO_EVIDENCE


class _Measured:
    """A run with its results by benchmark, metric and stat."""

    def __init__(self, session: ReadSession, run: Run, view: RunView) -> None:
        self.view = view
        stored = repository.list_results(session, run)
        self.results = {(r.benchmark, r.metric, r.stat): r for r in stored}
        self.scenarios: dict[str, Mapping[str, Any]] = {}
        for scenario in view.scenarios or self._selectors():
            # Of scenarios with the same name the first counts: nothing tells them apart.
            self.scenarios.setdefault(scenario.get("name", scenario["key"]), scenario)

    def get(self, benchmark: str | None, metric: str, stat: str) -> ResultRow | None:
        """None also for a share of no checks at all, which k6 says is 0."""
        if benchmark is None:
            return None
        counts = [self.results.get((benchmark, metric, s)) for s in ("passes", "fails")]
        if stat == "rate" and all(count is not None and count.value == 0 for count in counts):
            return None
        return self.results.get((benchmark, metric, stat))

    def _selectors(self) -> list[dict[str, str]]:
        """Scripts of one's own have no scenarios that are known, but submetrics."""
        names = dict.fromkeys(benchmark for benchmark, *_ in self.results if benchmark)
        return [{"key": name, "name": name} for name in names]


def compare_runs(
    session: ReadSession, lab: Lab, run: Run, other_id: uuid.UUID | None
) -> Comparison | None:
    """Compares with another run, or with the one of the same load test that measured before.

    None if there is no such run; raises `BadRequest` for the run itself.
    """
    view = service.view_run(session, run)
    chosen = other_id or _before(session, run, view)
    if chosen is None:
        return None
    if chosen == run.public_id:
        raise BadRequest("A run cannot be compared with itself; choose another one.")
    other = service.get_run(session, chosen)
    if other.project_id != run.project_id:
        raise NotFound(f"There is no run {chosen} in this project.")
    ours = _Measured(session, run, view)
    theirs = _Measured(session, other, service.view_run(session, other))
    are_jobs = run.kind is other.kind is RunKind.JOB
    plans = (panels.view_plan(lab, run), panels.view_plan(lab, other))
    return Comparison(
        this=ours.view,
        other=theirs.view,
        figures=list(
            _all_figures(ours, theirs) if are_jobs else _figures(ours, theirs, "", "", WHOLE_RUN)
        ),
        scenarios=[] if are_jobs else list(_scenarios(ours, theirs)),
        plan=list(plan_changes(*plans)),
    )


def _before(session: ReadSession, run: Run, view: RunView) -> uuid.UUID | None:
    if run.kind is RunKind.JOB:
        found = lookup_repository.find_job_run_before(session, run) if run.job_id else None
        return found.public_id if found else None
    return view.before.public_id if view.before else None


def _all_figures(ours: _Measured, theirs: _Measured) -> Iterator[FigureChange]:
    """Every result of either run: what a job measures is its own affair."""
    for key in list(dict.fromkeys([*ours.results, *theirs.results]))[:MAX_RESULTS]:
        mine, its = ours.results.get(key), theirs.results.get(key)
        known = mine or its
        if known is not None:
            change = figure_change(known, mine.value if mine else None, its.value if its else None)
            yield change.model_copy(update={"benchmark": known.benchmark})


def plan_changes(this: PlanView, other: PlanView) -> Iterator[PlanChange]:
    """What differs between two plans; scenarios are matched by name."""
    yield from _fact_changes("", this.facts, other.facts)
    ours = {part.name: part for part in reversed(this.parts)}
    theirs = {part.name: part for part in reversed(other.parts)}
    for part in this.parts:
        if ours[part.name] is not part:
            continue
        found = theirs.get(part.name)
        if found is None:
            yield PlanChange(scenario=part.name, name="Scenario", this=part.request, other=None)
            continue
        if part.request != found.request:
            yield PlanChange(
                scenario=part.name, name="Request", this=part.request, other=found.request
            )
        yield from _fact_changes(part.name, part.facts, found.facts)
    for part in other.parts:
        if part.name not in ours and theirs[part.name] is part:
            yield PlanChange(scenario=part.name, name="Scenario", this=None, other=part.request)


def _fact_changes(
    scenario: str, this: Sequence[Fact], other: Sequence[Fact]
) -> Iterator[PlanChange]:
    ours, theirs = _by_name(this), _by_name(other)
    for name in dict.fromkeys([*ours, *theirs]):
        mine, its = ours.get(name), theirs.get(name)
        if mine != its:
            yield PlanChange(scenario=scenario, name=name, this=mine, other=its)


def _by_name(facts: Sequence[Fact]) -> dict[str, str]:
    """Several facts of the same name, such as headers, count as one list."""
    found: dict[str, str] = {}
    for name, value in facts:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _scenarios(ours: _Measured, theirs: _Measured) -> Iterator[ScenarioChange]:
    for name in dict.fromkeys([*ours.scenarios, *theirs.scenarios]):
        mine, its = ours.scenarios.get(name), theirs.scenarios.get(name)
        shown = mine or its or {}
        yield ScenarioChange(
            name=name,
            request=f"{shown.get('method', '')} {shown.get('path', '')}".strip(),
            only_in="other" if mine is None else "this" if its is None else None,
            figures=list(
                _figures(
                    ours,
                    theirs,
                    mine["key"] if mine else None,
                    its["key"] if its else None,
                    OF_SCENARIOS,
                    keep=True,
                )
            ),
        )


def _figures(
    ours: _Measured,
    theirs: _Measured,
    our_key: str | None,
    their_key: str | None,
    wanted: Sequence[tuple[str, str]],
    *,
    keep: bool = False,
) -> Iterator[FigureChange]:
    """The wanted figures that one of the runs has, or all of them."""
    for metric, stat in wanted:
        mine, its = ours.get(our_key, metric, stat), theirs.get(their_key, metric, stat)
        known = mine or its
        if known is not None:
            yield figure_change(known, mine.value if mine else None, its.value if its else None)
        elif keep:
            yield FigureChange(
                metric=metric, stat=stat, unit="", better="none", this=None, other=None,
                difference=None, change=None, effect="neither",
            )  # fmt: skip


def figure_change(known: ResultRow, this: float | None, other: float | None) -> FigureChange:
    """The difference of two values of a figure, and whether it is for the better."""
    difference = change = None
    effect: Effect = "neither"
    if this is not None and other is not None and math.isfinite(this - other):
        difference = this - other
        change = difference / other if other > 0 else None
        if not difference:
            effect = "same"
        elif known.better != "none":
            effect = "better" if (difference < 0) is (known.better == "lower") else "worse"
    values = {
        "metric": known.metric, "stat": known.stat, "unit": known.unit, "better": known.better,
        "this": this, "other": other, "difference": difference, "change": change,
        "effect": effect,
    }  # fmt: skip
    return FigureChange.model_validate(values)
