"""How schedules and their firings are told to others."""

from __future__ import annotations

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

from benchwright.loadtests.models import LoadTest
from benchwright.schedules.models import Schedule
from benchwright.schedules.repository import Context, FiringRow
from benchwright.schedules.schemas import (
    FiringView,
    NextTime,
    SchedulePreview,
    ScheduleState,
    ScheduleSummary,
    ScheduleView,
)
from benchwright.schedules.timing import Timing, shortest_gap_s, tell_cron
from benchwright.web.figures import duration

SHOWN_TIMES = 5


def preview(timing: Timing, load_test: LoadTest | None, at: dt.datetime) -> SchedulePreview:
    """When it fires, in words and in the next five times."""
    length_s = load_test.planned_duration_s if load_test is not None else None
    return SchedulePreview(
        words=words_of(timing),
        next_times=next_times(timing, at),
        warnings=_warnings(timing, length_s, at),
    )


def summarise(schedule: Schedule, context: Context) -> ScheduleSummary:
    """A schedule as lists show it."""
    timing = Timing(ZoneInfo(schedule.zone), schedule.cron, schedule.once_at, schedule.ends_at)
    return ScheduleSummary(
        public_id=schedule.public_id,
        project=context.project,
        load_test=context.load_test.public_id,
        load_test_name=context.load_test.name,
        name=schedule.name,
        state=state_of(schedule),
        cron=schedule.cron,
        once_at=schedule.once_at,
        zone=schedule.zone,
        ends_at=schedule.ends_at,
        words=words_of(timing),
        when_missed=schedule.when_missed,
        when_busy=schedule.when_busy,
        next_fire_at=schedule.next_fire_at,
        paused_at=schedule.paused_at,
        pause_reason=schedule.pause_reason,
        failures=schedule.failures,
        last_firing=firing_view(context.last) if context.last else None,
        created_at=schedule.created_at,
        updated_at=schedule.updated_at,
    )


def view(schedule: Schedule, context: Context, at: dt.datetime) -> ScheduleView:
    """Everything about a schedule but its history."""
    timing = Timing(ZoneInfo(schedule.zone), schedule.cron, schedule.once_at, schedule.ends_at)
    return ScheduleView(
        **summarise(schedule, context).model_dump(),
        next_times=next_times(timing, at),
        warnings=_warnings(timing, context.load_test.planned_duration_s, at),
    )


def firing_view(row: FiringRow) -> FiringView:
    """What became of a firing."""
    firing = row.firing
    return FiringView(
        public_id=firing.public_id,
        fire_at=firing.fire_at,
        last_fire_at=firing.last_fire_at,
        count=firing.fire_count,
        outcome=firing.outcome,
        reason=firing.reason,
        run=row.run_id,
        run_state=row.run_state,
        decided_at=firing.decided_at,
    )


def state_of(schedule: Schedule) -> ScheduleState:
    """Whether it will fire."""
    if schedule.paused_at is not None:
        return "paused"
    return "active" if schedule.next_fire_at is not None else "done"


def words_of(timing: Timing) -> str:
    """When it fires, for people."""
    if timing.cron is not None:
        words = tell_cron(timing.cron)
    elif timing.once_at is not None:
        words = f"Once, on {local_words(timing.once_at, timing.zone)}"
    else:
        words = "Never"
    if timing.ends_at is not None:
        words += f", until {local_words(timing.ends_at, timing.zone)}"
    return words


def local_words(at: dt.datetime, zone: ZoneInfo) -> str:
    """A time as the clocks of a zone show it."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} ({zone.key})"


def next_times(timing: Timing, at: dt.datetime) -> list[NextTime]:
    """The firings to come, as many as are shown."""
    times = itertools.islice(timing.after(at), SHOWN_TIMES)
    return [NextTime(at=time, local=time.astimezone(timing.zone)) for time in times]


def _warnings(timing: Timing, length_s: float | None, at: dt.datetime) -> list[str]:
    warnings = []
    gap_s = shortest_gap_s(timing, at)
    if length_s is not None and gap_s is not None and length_s >= gap_s:
        warnings.append(
            f"The load test takes {duration(length_s)}, and two firings are only "
            f"{duration(gap_s)} apart: while one runs, the next finds its target busy."
        )
    times = itertools.islice(timing.after(at), SHOWN_TIMES)
    offsets = {time.astimezone(timing.zone).utcoffset() for time in times}
    if len(offsets) > 1:
        warnings.append(
            "The clocks are changed between these times; "
            "the schedule keeps to the time that they show."
        )
    return warnings
