"""Rules of schedules: making, changing, pausing them, and telling when they fire."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import Conflict, FieldError, Invalid, NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.loadtests import service as loadtests
from benchwright.loadtests.models import LoadTest
from benchwright.schedules import repository, views
from benchwright.schedules.models import Outcome, Schedule, WhenBusy, WhenMissed
from benchwright.schedules.schemas import (
    FiringView,
    SchedulePreview,
    SchedulePreviewRequest,
    ScheduleSummary,
    ScheduleTiming,
    ScheduleUpdate,
    ScheduleView,
    ScheduleWrite,
)
from benchwright.schedules.timing import (
    BadTiming,
    Timing,
    parse_cron,
    parse_zone,
    resolve,
    shortest_gap_s,
)
from benchwright.setting_groups import ScheduleSettings

T = TypeVar("T")

MAX_PER_PROJECT = 200
PAUSED_WHILE_WAITING = "The schedule was paused while it waited"


def get_schedule(
    session: ReadSession, public_id: uuid.UUID, project_id: int | None = None
) -> Schedule:
    """The schedule of this id; raises `NotFound`, also for one of another project than this."""
    found = repository.find(session, public_id)
    if found is None or (project_id is not None and found.project_id != project_id):
        raise NotFound(f"There is no schedule {public_id}; it may have been deleted.")
    return found


def load_test_of(session: ReadSession, schedule: Schedule) -> LoadTest:
    """The load test that a schedule starts."""
    return session.get_one(LoadTest, schedule.load_test_id)


def usual_zone(session: ReadSession, project_id: int) -> str:
    """The time zone that the project's last schedule was made for."""
    return repository.last_zone(session, project_id) or "UTC"


def list_schedules(
    session: ReadSession,
    request: PageRequest,
    *,
    project_id: int | None = None,
    load_test_id: int | None = None,
) -> tuple[list[ScheduleSummary], str | None]:
    """One page of schedules, newest first, and the cursor of the next."""
    found, cursor = repository.page(session, project_id, load_test_id, request)
    known = repository.contexts(session, found)
    return [views.summarise(schedule, known[schedule.id]) for schedule in found], cursor


def view_schedule(session: ReadSession, schedule: Schedule) -> ScheduleView:
    """Everything about a schedule but its history."""
    context = repository.contexts(session, [schedule])[schedule.id]
    return views.view(schedule, context, now())


def list_firings(
    session: ReadSession, schedule: Schedule, request: PageRequest
) -> tuple[list[FiringView], str | None]:
    """One page of what became of the firings, the last first, and the cursor of the next."""
    rows, cursor = repository.firings_page(session, schedule, request)
    return [views.firing_view(row) for row in rows], cursor


def preview(
    session: ReadSession, settings: ScheduleSettings, wish: SchedulePreviewRequest
) -> SchedulePreview:
    """When such a schedule would fire; raises `Invalid` that names each field."""
    load_test = loadtests.get_load_test(session, wish.load_test) if wish.load_test else None
    return views.preview(check_timing(settings, wish, now()), load_test, now())


def create_schedule(
    session: WriteSession, settings: ScheduleSettings, load_test: LoadTest, wish: ScheduleWrite
) -> Schedule:
    """Adds a schedule; raises `Invalid` that names each field, `Conflict` if there are too many."""
    loadtests.refuse_archived(load_test)
    at = now()
    timing = check_timing(settings, wish, at)
    if repository.count(session, load_test.project_id) >= MAX_PER_PROJECT:
        raise Conflict(f"A project has {MAX_PER_PROJECT} schedules at most; delete one first.")
    schedule = Schedule(
        public_id=uuid.uuid4(),
        project_id=load_test.project_id,
        load_test_id=load_test.id,
        name=_name(wish.name or load_test.name[:200]),
        cron=timing.cron,
        once_at=timing.once_at,
        zone=timing.zone.key,
        ends_at=timing.ends_at,
        when_missed=wish.when_missed,
        when_busy=wish.when_busy,
        paused_at=at if wish.paused else None,
        pause_reason="",
        next_fire_at=None if wish.paused else timing.next_after(at),
        failures=0,
        created_at=at,
        updated_at=at,
    )
    session.add(schedule)
    session.flush()
    return schedule


def update_schedule(
    session: WriteSession, settings: ScheduleSettings, schedule: Schedule, wish: ScheduleUpdate
) -> None:
    """Changes the fields that were sent; a new timing counts from now on."""
    at = now()
    sent = wish.model_fields_set
    schedule = _locked(session, schedule)
    if wish.name is not None:
        schedule.name = _name(wish.name)
    schedule.when_missed = WhenMissed(wish.when_missed or schedule.when_missed)
    schedule.when_busy = WhenBusy(wish.when_busy or schedule.when_busy)
    if sent & {"cron", "once_at", "zone", "ends_at"}:
        cron, once_at = schedule.cron, schedule.once_at
        if sent & {"cron", "once_at"}:
            cron, once_at = wish.cron, wish.once_at
        merged = ScheduleTiming(
            cron=cron,
            once_at=once_at,
            zone=wish.zone or schedule.zone,
            ends_at=wish.ends_at if "ends_at" in sent else schedule.ends_at,
        )
        if _differs(schedule, merged):
            timing = check_timing(settings, merged, at)
            schedule.cron, schedule.once_at = timing.cron, timing.once_at
            schedule.zone, schedule.ends_at = timing.zone.key, timing.ends_at
            if schedule.paused_at is None:
                schedule.next_fire_at = timing.next_after(at)
    schedule.updated_at = at
    session.flush()


def pause_schedule(session: WriteSession, schedule: Schedule, reason: str = "") -> None:
    """Lets it fire no more; a firing that waits for its target is given up. Again changes nothing."""
    schedule = _locked(session, schedule)
    if schedule.paused_at is not None:
        return
    schedule.paused_at, schedule.pause_reason = now(), reason
    schedule.next_fire_at = None
    waiting = repository.waiting_of(session, schedule.id)
    if waiting is not None:
        waiting.outcome, waiting.reason = Outcome.SKIPPED, PAUSED_WHILE_WAITING
        waiting.decided_at = now()
    session.flush()


def resume_schedule(session: WriteSession, schedule: Schedule) -> None:
    """Lets it fire again, from now on: what fell into the pause is not made up for."""
    schedule = _locked(session, schedule)
    if schedule.paused_at is None:
        return
    following = timing_of(schedule).next_after(now())
    if following is None:
        raise Conflict("No firing is left: its time, or its end, has passed. Change it first.")
    schedule.paused_at, schedule.pause_reason, schedule.failures = None, "", 0
    schedule.next_fire_at = following
    session.flush()


def delete_schedule(session: WriteSession, schedule: Schedule) -> None:
    """Deletes a schedule with its history; the runs that it started stay."""
    session.delete(_locked(session, schedule))
    session.flush()


def forget_old_firings(session: WriteSession, settings: ScheduleSettings) -> int:
    """Deletes what became of firings longer ago than is kept; how many lines."""
    return repository.forget_firings(session, now() - dt.timedelta(days=settings.history_days))


def timing_of(schedule: Schedule) -> Timing:
    """When a stored schedule fires."""
    return Timing(ZoneInfo(schedule.zone), schedule.cron, schedule.once_at, schedule.ends_at)


def check_timing(settings: ScheduleSettings, wish: ScheduleTiming, at: dt.datetime) -> Timing:
    """The timing that was asked for; raises `Invalid` that names each field."""
    faults: list[FieldError] = []

    def read(field: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except BadTiming as fault:
            faults.append({"field": field, "message": str(fault)})
            return None

    cron, once_at, ends_at = wish.cron, wish.once_at, wish.ends_at
    if (cron is None) == (once_at is None):
        field = "once_at" if cron is not None else "cron"
        faults.append({"field": field, "message": "Give either `cron` or `once_at`, not both"})
    zone = read("zone", lambda: parse_zone(wish.zone)) or ZoneInfo("UTC")
    plain = read("cron", lambda: parse_cron(cron)) if cron is not None else None
    once = read("once_at", lambda: resolve(once_at, zone, at)) if once_at else None
    end = read("ends_at", lambda: resolve(ends_at, zone, at)) if ends_at else None
    if once is not None and once <= at:
        faults.append({"field": "once_at", "message": "This time has passed"})
    if end is not None and end <= at:
        faults.append({"field": "ends_at", "message": "This time has passed"})
    timing = Timing(zone, plain, once, end)
    if not faults:
        faults = _look_ahead(settings, timing, at)
    if faults:
        raise Invalid("The schedule cannot be used as it is.", faults)
    return timing


def _look_ahead(settings: ScheduleSettings, timing: Timing, at: dt.datetime) -> list[FieldError]:
    first = next(itertools.islice(timing.after(at), 1), None)
    if first is None:
        field = "ends_at" if timing.ends_at is not None else "cron"
        return [{"field": field, "message": "It would never fire before its end"}]
    gap_s = shortest_gap_s(timing, at)
    if gap_s is not None and gap_s < settings.min_interval_s:
        message = (
            f"Two firings would be {gap_s:g} s apart; "
            f"`schedules.min_interval_s` asks for {settings.min_interval_s:g} s"
        )
        return [{"field": "cron", "message": message}]
    return []


def _differs(schedule: Schedule, wish: ScheduleTiming) -> bool:
    before: Sequence[object] = (
        schedule.cron, schedule.once_at, schedule.zone, schedule.ends_at,
    )  # fmt: skip
    return before != (wish.cron, wish.once_at, wish.zone, wish.ends_at)


def _locked(session: WriteSession, schedule: Schedule) -> Schedule:
    """The row as it is now: it may be firing at this moment."""
    fresh = repository.lock(session, schedule.id)
    if fresh is None:
        raise NotFound("The schedule was deleted meanwhile.")
    return fresh


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean:
        raise Invalid("The schedule needs a name.", [{"field": "name", "message": "Give a name"}])
    return clean
