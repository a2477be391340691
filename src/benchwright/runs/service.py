"""Rules of runs: creating, finding, stopping, adding results, deleting."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import Conflict, NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.projects.models import Project
from benchwright.runs import list_repository, repository, tag_repository
from benchwright.runs.list_repository import RunLine
from benchwright.runs.listing import NEWEST, Sort
from benchwright.runs.models import Run, RunEvent
from benchwright.runs.progress import estimate_progress
from benchwright.runs.repository import ResultRow
from benchwright.runs.run_filter import RunFilter
from benchwright.runs.schemas import (
    ArtifactView,
    ResultBatch,
    ResultView,
    RunEventView,
    RunSummary,
    RunUpdate,
    RunView,
    VerdictView,
)
from benchwright.runs.state import RunKind, RunState, StopReason
from benchwright.runs.tag_names import MAX_TAGS, clean_tags
from benchwright.runs.transitions import record

TAGGED_AT_ONCE = 500
"""Databases limit how many parameters a statement has."""


def create_run(  # noqa: PLR0913  # the columns of a row, by keyword
    session: WriteSession,
    *,
    project_id: int,
    kind: RunKind,
    name: str,
    spec: dict[str, Any],
    planned_duration_s: float | None,
    timeout_s: float,
    home: str | None = None,
    target: str = "local",
    load_test_id: int | None = None,
    job_id: int | None = None,
    group_id: uuid.UUID | None = None,
    workload_digest: str | None = None,
    warnings: Sequence[str] = (),
    public_id: uuid.UUID | None = None,
    lease_owner: str | None = None,
    lease_until: dt.datetime | None = None,
) -> Run:
    """Queues a run; with a lease only its holder will launch it.

    `home` is the installation whose machine and folders it needs, if it needs one.
    """
    run = Run(
        public_id=public_id or uuid.uuid4(),
        project_id=project_id,
        load_test_id=load_test_id,
        job_id=job_id,
        group_id=group_id,
        target=target,
        workload_digest=workload_digest,
        kind=kind,
        name=name,
        spec=spec,
        home=home,
        state=RunState.QUEUED,
        reason="Waiting for a place on its target",
        planned_duration_s=planned_duration_s,
        timeout_s=timeout_s,
        warnings=list(warnings),
        lease_owner=lease_owner,
        lease_until=lease_until,
        last_event_seq=0,
        created_at=now(),
    )
    session.add(run)
    session.flush()
    record(session, run, "state", run.reason, to_state=RunState.QUEUED)
    return run


def get_run(session: ReadSession, public_id: uuid.UUID, project: Project | None = None) -> Run:
    """The run of this id; raises `NotFound`, also for one of another project than this."""
    run = repository.find(session, public_id)
    if run is None or (project is not None and run.project_id != project.id):
        raise NotFound(f"There is no run {public_id}; it may have been deleted.")
    return run


def note(session: WriteSession, public_id: uuid.UUID, type_: str, messages: Sequence[str]) -> None:
    """Adds what happened beside its states to the history of a run, if it is still there."""
    run = repository.find(session, public_id)
    if run is not None:
        for message in messages:
            record(session, run, type_, message)


def list_runs(
    session: ReadSession, narrow: RunFilter, request: PageRequest, sort: Sort = NEWEST
) -> tuple[list[RunSummary], str | None]:
    """One page of runs, newest first unless asked otherwise, and the cursor of the next."""
    lines, cursor = list_repository.page(session, narrow, request, sort)
    at = now()
    return [RunSummary.model_validate(_summary(line, at)) for line in lines], cursor


def summarise_runs(session: ReadSession, runs: Sequence[Run]) -> list[RunSummary]:
    """These runs as lists show them, in this order."""
    at = now()
    lines = list_repository.lines(session, [run.id for run in runs])
    return [RunSummary.model_validate(_summary(line, at)) for line in lines]


def view_run(session: ReadSession, run: Run) -> RunView:
    """Everything small about a run."""
    (line,) = list_repository.lines(session, [run.id])
    verdicts = [VerdictView.model_validate(v) for v in repository.list_verdicts(session, run)]
    return RunView.model_validate(
        {
            **_summary(line, now()),
            "note": run.note,
            "stop_reason": run.stop_reason,
            "exit_code": run.exit_code,
            "timeout_s": run.timeout_s,
            "warnings": run.warnings,
            "verdicts": verdicts,
            "scenarios": run.spec.get("scenarios", []),
        }
    )


def _summary(line: RunLine, at: dt.datetime) -> dict[str, Any]:
    run, before = line.run, line.before
    return {
        **run._asdict(),
        "project": line.project,
        "progress": estimate_progress(run, at),
        "load_test": line.load_test.public_id if line.load_test else None,
        "load_test_name": line.load_test.name if line.load_test else None,
        "tags": list(line.tags),
        "before": before and {
            **before._asdict(),
            "same_workload": before.workload_digest == run.workload_digest,
        },
    }  # fmt: skip


def list_results(session: ReadSession, run: Run) -> list[ResultRow]:
    """All scalars of a run, in a stable order."""
    return repository.list_results(session, run)


def whole_run_values(session: ReadSession, public_id: uuid.UUID) -> dict[tuple[str, str], float]:
    """The scalars of a whole run by metric and stat."""
    return repository.whole_run_values(session, public_id)


def view_results(session: ReadSession, run: Run) -> list[ResultView]:
    """All scalars of a run as they are told to others."""
    return [ResultView.model_validate(row) for row in repository.list_results(session, run)]


def view_artifacts(session: ReadSession, run: Run) -> list[ArtifactView]:
    """The files that a run left behind, by path."""
    return [ArtifactView.model_validate(row) for row in repository.list_artifacts(session, run)]


def view_events(session: ReadSession, run: Run, after: int, limit: int) -> list[RunEventView]:
    """What happened to a run behind the event `after`, in order."""
    events = repository.list_events(session, run.id, after, limit)
    return [RunEventView.model_validate(event) for event in events]


def request_stop(
    session: WriteSession, run: Run, reason: StopReason, detail: str
) -> RunEvent | None:
    """Records that the run shall end; asking again changes nothing.

    Raises `Conflict` for a run that has ended.
    """
    # Its driver may be about to tell of it, too: one after the other, and of the state that is true then.
    session.flush()
    session.refresh(run, with_for_update=True)
    if run.state.is_final:
        raise Conflict(f"The run has ended already: it {_SAID[run.state]}.")
    if run.stop_reason is not None or run.state is RunState.COLLECTING:
        return None
    run.stop_reason, run.stop_detail, run.stop_requested_at = reason, detail, now()
    return record(session, run, "stop", detail, data={"reason": reason.value})


def collect_again(session: WriteSession, run: Run) -> None:
    """Has collecting tried again at once; raises `Conflict` where nothing waits for that."""
    if run.state is not RunState.COLLECTING:
        raise Conflict("The run is not collecting its results.")
    run.collect_again_at = None
    session.flush()


_SAID = {
    RunState.SUCCEEDED: "succeeded",
    RunState.FAILED: "failed",
    RunState.STOPPED: "was stopped",
    RunState.TIMED_OUT: "timed out",
    RunState.LOST: "is lost",
}


def update_run(session: WriteSession, run: Run, wish: RunUpdate) -> None:
    """Changes what a user says of a run: its name, its note, its tags, and whether it is kept."""
    if wish.name is not None:
        run.name = wish.name
    if wish.pinned is not None:
        run.pinned = wish.pinned
    if wish.note is not None:
        run.note = wish.note.strip()
    if wish.tags is not None:
        tag_repository.replace(session, run, clean_tags(wish.tags))


def tag_runs(session: WriteSession, narrow: RunFilter, tags: Sequence[str], *, add: bool) -> int:
    """Adds tags to all runs that match, or takes them away; how many runs that were.

    Raises `Conflict` where a run would have too many, and changes nothing then.
    """
    last = done = 0
    while ids := list_repository.pick_ids(session, narrow, TAGGED_AT_ONCE, after_id=last):
        if not add:
            tag_repository.remove(session, ids, tags)
        else:
            tag_repository.add(session, ids, tags)
            if tag_repository.count_most(session, ids) > MAX_TAGS:
                raise Conflict(f"A run has {MAX_TAGS} tags at most, and one would have more.")
        last, done = ids[-1], done + len(ids)
    return done


def add_results(session: WriteSession, run: Run, batch: ResultBatch) -> int:
    """Adds a client's scalars to a run; returns how many."""
    rows = [
        (
            r.get("benchmark", ""),
            r["metric"],
            r.get("stat", "value"),
            r["value"],
            r.get("unit", ""),
            r.get("better", "none"),
        )
        for r in batch.results
    ]
    repository.put_results(session, run.id, rows)
    return len(rows)


def delete_run(session: WriteSession, run: Run) -> None:
    """Deletes the rows of a finished run; its folder is the caller's, after the commit."""
    if not run.state.is_final:
        raise Conflict("The run has not ended; stop it first.")
    if run.pinned:
        raise Conflict("The run is pinned, so that it is kept; unpin it first.")
    session.delete(run)
