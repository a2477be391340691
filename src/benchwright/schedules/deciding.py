"""What becomes of a firing, as functions of what is known of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from benchwright.kit.db import WriteSession
from benchwright.loadtests.starting import PreparedRun
from benchwright.runs.models import Run
from benchwright.runs.transitions import record
from benchwright.schedules.models import Outcome, Schedule, ScheduleFiring, WhenBusy, WhenMissed
from benchwright.schedules.repository import BusyRun
from benchwright.schedules.targets import hosts_of, hosts_of_run, is_same_target
from benchwright.schedules.views import local_words
from benchwright.setting_groups import ScheduleSettings

SINGLE_LINES = 10
"""How many missed firings in a row have a line of their own; those before share one."""


class Decision(NamedTuple):
    """What becomes of a firing, and why; `run` is what to start."""

    outcome: Outcome
    reason: str = ""
    run: PreparedRun | None = None


def wants_run(
    schedule: Schedule, last: dt.datetime, at: dt.datetime, settings: ScheduleSettings
) -> bool:
    """Whether the last firing that is due is to start a run: on time, or late by wish."""
    is_on_time = (at - last).total_seconds() <= settings.grace_s
    return is_on_time or schedule.when_missed is WhenMissed.RUN_LATE


def decide(
    schedule: Schedule, run: PreparedRun | None, fault: str, unfinished: Iterable[BusyRun]
) -> Decision:
    """Start, wait, skip or fail; a run that cannot start at all fails, busy target or not."""
    if run is None:
        return Decision(Outcome.FAILED, fault)
    busy = busy_run(schedule, run, unfinished)
    if busy is None:
        return Decision(Outcome.STARTED, run=run)
    reason = f"Its target was busy: the run “{busy.name[:100]}” ({busy.public_id}) had not ended"
    waits = schedule.when_busy is WhenBusy.WAIT
    return Decision(Outcome.WAITING if waits else Outcome.SKIPPED, reason)


def busy_run(
    schedule: Schedule, run: PreparedRun | None, unfinished: Iterable[BusyRun]
) -> BusyRun | None:
    """The first of the unfinished runs that loads the same target."""
    if run is None:
        return None
    hosts = hosts_of(run.spec.addresses)
    for other in unfinished:
        others = hosts_of_run(other.spec)
        if is_same_target(hosts, schedule.load_test_id, others, other.load_test_id):
            return other
    return None


def missed_lines(
    missed: Sequence[dt.datetime],
    newest: dt.datetime,
    at: dt.datetime,
    unwatched_since: dt.datetime | None,
) -> Iterator[dict[str, Any]]:
    """The values of lines for missed firings; very many at once share the first line."""
    older, single = missed[:-SINGLE_LINES], missed[-SINGLE_LINES:]
    if older:
        reason = _missed_words(older[-1], newest, at, unwatched_since)
        yield _line(older[0], older[-1], len(older), reason)
    for time in single:
        yield _line(time, time, 1, _missed_words(time, newest, at, unwatched_since))


def _line(first: dt.datetime, last: dt.datetime, count: int, reason: str) -> dict[str, Any]:
    return {
        "fire_at": first,
        "last_fire_at": last,
        "fire_count": count,
        "outcome": Outcome.MISSED,
        "reason": reason,
    }


def _missed_words(
    time: dt.datetime, newest: dt.datetime, at: dt.datetime, unwatched_since: dt.datetime | None
) -> str:
    if unwatched_since is not None and unwatched_since < time:
        return f"No server watched the schedules {_span(unwatched_since, at)}"
    if time < newest:
        return "The next firing was due before this one could start"
    return f"It was only looked at {(at - time).total_seconds():.0f} s after its time"


def late_words(time: dt.datetime, at: dt.datetime, unwatched_since: dt.datetime | None) -> str:
    """Why a run was started after its time."""
    late = f"Started {(at - time).total_seconds():.0f} s late"
    if unwatched_since is not None and unwatched_since < time:
        return f"{late}: no server watched the schedules {_span(unwatched_since, at)}"
    return late


def _span(since: dt.datetime, until: dt.datetime) -> str:
    return f"from {since:%Y-%m-%d %H:%M:%S} to {until:%Y-%m-%d %H:%M:%S} UTC"


def tell(schedule: Schedule, time: dt.datetime) -> str:
    """A time as the clocks of the schedule's zone show it."""
    return local_words(time, ZoneInfo(schedule.zone))


def record_start(
    session: WriteSession, run: Run, schedule: Schedule, firing: ScheduleFiring
) -> None:
    """Notes in the run's history what started it."""
    record(
        session,
        run,
        "schedule",
        f"Started by the schedule “{schedule.name}” for {tell(schedule, firing.fire_at)}",
        data={"schedule": str(schedule.public_id), "fire_at": firing.fire_at.isoformat()},
    )
