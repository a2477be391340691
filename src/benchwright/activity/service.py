"""Tells what runs now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from benchwright.activity import repository
from benchwright.activity.schemas import ActiveRun, Activity, Loop, LoopState, Watch
from benchwright.hosts.waiting import Waiting, explain_all
from benchwright.kit.db import ReadSession, now
from benchwright.runs.models import Run
from benchwright.runs.progress import estimate_progress, refine_progress
from benchwright.runs.schemas import ProgressView
from benchwright.runs.state import RunKind, RunState
from benchwright.web import words

if TYPE_CHECKING:
    from benchwright.lab import Lab
    from benchwright.settings import Settings

SHOWN_RUNS = 200
PATIENCE = 3.0
"""A loop is late when it has not done its work for so many times as long as it takes."""
SLOWEST_ROUND_S = 30.0

TASKS = {
    "reconciler": "starts, watches and collects runs",
    "hosts": "looks whether Docker hosts answer",
    "schedules": "lets schedules fire",
    "retention": "deletes what is no longer kept",
    "webhooks": "delivers messages",
}
FURTHER_TASKS = {"opeva": "keeps job_track.json in step with the jobs"}
"""Of loops that not every server has."""


def view_activity(session: ReadSession, lab: Lab) -> Activity:
    """What runs now, the loops of this server, and who watches the schedules."""
    at = now()
    settings = lab.settings
    rows = repository.unfinished(session, SHOWN_RUNS)
    waiting = explain_all(session, [row.run for row in rows])
    return Activity(
        at=at,
        capacity=settings.executors.process.capacity,
        warn_after_s=settings.runs.warn_after_s,
        max_timeout_s=settings.runs.max_timeout_s,
        runs=[_run(row, lab, at, waiting.get(row.run.id)) for row in rows],
        total=repository.count_unfinished(session),
        loops=_loops(lab, at),
        watch=_watch(session, lab),
    )


def _run(row: repository.RunRow, lab: Lab, at: dt.datetime, waiting: Waiting | None) -> ActiveRun:
    run = row.run
    plain = (
        "public_id", "kind", "name", "state", "reason", "created_at", "started_at", "target",
        "stale_since", "warned_at", "collect_attempts", "collect_error",
    )  # fmt: skip
    is_under_way = run.state in (RunState.LAUNCHING, RunState.RUNNING)
    deadline = (
        run.started_at + dt.timedelta(seconds=run.timeout_s)
        if run.started_at is not None and is_under_way
        else None
    )
    base_url = (run.spec.get("plan") or {}).get("base_url")
    return ActiveRun(
        **{name: getattr(run, name) for name in plain},
        project=row.project,
        target_name=words.target_word(run.target),
        waiting=waiting,
        last_seen_at=_last_seen(run, dt.timedelta(seconds=lab.settings.runs.lease_s)),
        addresses=run.spec.get("addresses") or ([base_url] if base_url else []),
        driver=run.lease_owner,
        is_here=run.lease_owner == lab.owner,
        deadline_at=deadline,
        is_stopping=run.stop_reason is not None,
        progress=_progress(run, lab, at),
        next_attempt_at=run.collect_again_at if run.state is RunState.COLLECTING else None,
    )


def _progress(run: Run, lab: Lab, at: dt.datetime) -> ProgressView:
    progress = estimate_progress(run, at)
    if run.kind is not RunKind.JOB or run.state is not RunState.RUNNING:
        return progress
    return refine_progress(progress, lab.progress.look(run.public_id), at)


def _last_seen(run: Run, lease: dt.timedelta) -> dt.datetime | None:
    """When its target last answered: it is not noted each time, but its driver renews the lease."""
    if run.stale_since is not None or run.lease_until is None or run.state is RunState.QUEUED:
        return run.stale_since
    return run.lease_until - lease


def _loops(lab: Lab, at: dt.datetime) -> list[Loop]:
    successes, failures = lab.heartbeats.last_successes, lab.heartbeats.failures
    pauses = _pauses(lab.settings)
    loops = []
    for name in [*TASKS, *sorted({*successes, *failures} - {*TASKS})]:
        last = dt.datetime.fromtimestamp(successes[name], dt.UTC) if name in successes else None
        loops.append(
            Loop(
                name=name,
                task=TASKS.get(name) or FURTHER_TASKS.get(name, ""),
                state=_state(last, at, pauses.get(name, SLOWEST_ROUND_S), failures.get(name, 0)),
                last_success_at=last,
                failures=failures.get(name, 0),
            )
        )
    return loops


def _state(last: dt.datetime | None, at: dt.datetime, pause_s: float, failures: int) -> LoopState:
    if last is None:
        return "late" if failures else "waiting"
    is_late = (at - last).total_seconds() > PATIENCE * (pause_s + SLOWEST_ROUND_S)
    return "late" if is_late else "well"


def _pauses(settings: Settings) -> dict[str, float]:
    return {
        "reconciler": settings.runs.poll_interval_s,
        "hosts": settings.hosts.probe_interval_s,
        "schedules": settings.schedules.poll_interval_s,
        "retention": settings.retention.interval_s,
    }


def _watch(session: ReadSession, lab: Lab) -> Watch:
    watch = repository.schedule_watch(session)
    return Watch(
        driver=watch.owner if watch else None,
        is_here=watch is not None and watch.owner == lab.owner,
        seen_at=watch.seen_at if watch else None,
        next_fire_at=repository.next_firing(session),
    )
