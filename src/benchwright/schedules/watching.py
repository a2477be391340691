"""Watches the clock: each firing that is due becomes a run, or a line that says why not."""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from benchwright.kit.crashpoints import crash_point
from benchwright.kit.db import ReadSession, WriteSession, after_commit
from benchwright.kit.errors import Problem
from benchwright.loadtests import own_scripts, starting
from benchwright.loadtests.models import LoadTest
from benchwright.runs.repository import clock
from benchwright.schedules import deciding, repository
from benchwright.schedules.deciding import Decision
from benchwright.schedules.models import Outcome, Schedule, ScheduleFiring, ScheduleWatch
from benchwright.schedules.service import timing_of

if TYPE_CHECKING:
    from benchwright.lab import Lab

logger = logging.getLogger("benchwright.schedules")

MOST_AT_ONCE = 20_000
"""Firings of one schedule that are gone through in one transaction."""


class WatchLost(Exception):
    """Another server watches the clock now; what was about to be written is not."""


class Prepared(NamedTuple):
    """What a firing would start; without a run, why it cannot. `is_hopeless`: and never will."""

    run: starting.PreparedRun | None
    fault: str = ""
    is_hopeless: bool = False


class ScheduleWatcher:
    """Of all servers with one database, one holds the watch; what it writes, it writes as holder.

    Every method blocks. A firing is one transaction: its line in the history, its run and the next
    time are there together or not at all, so being killed at any moment doubles and loses nothing.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        owner: str | None = None,
        now: Callable[[ReadSession], dt.datetime] = clock,
    ) -> None:
        self._lab = lab
        self._database = lab.database
        self._settings = lab.settings.schedules
        self._lease = dt.timedelta(seconds=lab.settings.runs.lease_s)
        self._owner = owner or lab.owner
        self._now = now
        self._epoch = 0
        self._renew_at: dt.datetime | None = None
        self._unwatched_since: dt.datetime | None = None

    def tick(self) -> bool:
        """Does what is due, if the watch is ours; whether it is."""
        with self._database.read() as session:
            at = self._now(session)
            due = repository.due(session, at)
            waiting = [firing.id for firing in repository.waiting(session)]
            watch = repository.read_watch(session)
            if watch is not None and self._is_held_by_another(watch, at):
                self._renew_at = None
                return False
        if not self._hold(at, is_work=bool(due or waiting)):
            return False
        try:
            for firing_id in waiting:
                self._each(self._settle, firing_id, at)
            for schedule_id in due:
                self._each(self._fire, schedule_id, at)
        except WatchLost:
            logger.info("another server watches the schedules now")
            self._renew_at = None
            return False
        return True

    def let_go(self) -> None:
        """Lets another server take the watch at once."""
        with self._database.write() as session:
            watch = repository.lock_watch(session)
            if watch.owner == self._owner and watch.epoch == self._epoch:
                watch.until = None
        self._renew_at = None

    def _each(self, work: Callable[[int, dt.datetime], None], key: int, at: dt.datetime) -> None:
        try:
            work(key, at)
        except WatchLost:
            raise
        except Exception:  # one schedule must not hold up the others
            logger.exception("schedule line %d could not be handled; it is tried again", key)

    def _hold(self, at: dt.datetime, *, is_work: bool) -> bool:
        """Takes or keeps the watch; the heartbeat is written when it is time, and before work."""
        # A clock that was put back must not silence the heartbeat.
        rests = self._renew_at is not None and at < self._renew_at <= at + self._lease
        if rests and not is_work:
            return True
        with self._database.write() as session:
            watch = repository.lock_watch(session)
            if self._is_held_by_another(watch, at):
                self._renew_at = None
                return False
            if watch.owner != self._owner or watch.epoch != self._epoch:
                watch.owner = self._owner
                watch.epoch += 1
                self._epoch = watch.epoch
            self._unwatched_since = watch.seen_at
            watch.seen_at, watch.until = at, at + self._lease
        self._renew_at = at + self._lease / 3
        return True

    def _is_held_by_another(self, watch: ScheduleWatch, at: dt.datetime) -> bool:
        return watch.owner != self._owner and watch.until is not None and watch.until > at

    def _require(self, session: WriteSession) -> None:
        watch = repository.lock_watch(session)
        if watch.owner != self._owner or watch.epoch != self._epoch:
            raise WatchLost

    def _fire(self, schedule_id: int, at: dt.datetime) -> None:
        with self._database.read() as session:
            schedule = repository.find_by_id(session, schedule_id)
            if schedule is None or schedule.next_fire_at is None or schedule.next_fire_at > at:
                return
            planned = schedule.next_fire_at
            times = _due_times(schedule, planned, at)
            following = timing_of(schedule).next_after(times[-1])
            is_last = following is None or following > at
            wants_run = is_last and deciding.wants_run(schedule, times[-1], at, self._settings)
            prepared = self._prepare(session, schedule) if wants_run else None
        with self._database.write() as session:
            self._require(session)
            fresh = repository.lock(session, schedule_id)
            if fresh is None or fresh.next_fire_at != planned or _changed(fresh, schedule):
                return  # it was changed meanwhile; the next look sees it as it is
            known = repository.handled_times(session, schedule_id, times)
            fresh_times = [time for time in times if time not in known]
            missed = fresh_times if prepared is None else [t for t in fresh_times if t != times[-1]]
            for line in deciding.missed_lines(missed, times[-1], at, self._unwatched_since):
                session.add(ScheduleFiring(schedule_id=schedule_id, decided_at=at, **line))
            if prepared is not None and times[-1] not in known:
                self._start(session, fresh, times[-1], prepared, at)
            if fresh.paused_at is None:
                fresh.next_fire_at = following
            crash_point("before_firing")
        crash_point("after_firing")

    def _start(
        self, session: WriteSession, schedule: Schedule, time: dt.datetime, prepared: Prepared,
        at: dt.datetime,
    ) -> None:  # fmt: skip
        firing = ScheduleFiring(schedule_id=schedule.id, fire_at=time, last_fire_at=time)
        waiting = repository.waiting_of(session, schedule.id)
        if waiting is not None:
            reason = f"The firing of {deciding.tell(schedule, waiting.fire_at)} still waits"
            decision = Decision(Outcome.SKIPPED, reason)
        else:
            busy = repository.unfinished_runs(session)
            decision = deciding.decide(schedule, prepared.run, prepared.fault, busy)
        late_s = (at - time).total_seconds()
        is_late = late_s > self._settings.grace_s and decision.outcome is Outcome.STARTED
        note = deciding.late_words(time, at, self._unwatched_since) if is_late else ""
        self._apply(
            session, schedule, firing, decision._replace(reason=decision.reason or note), at
        )
        self._conclude(session, schedule, firing, prepared, at)
        session.add(firing)
        session.flush()

    def _settle(self, firing_id: int, at: dt.datetime) -> None:
        """Looks whether a firing that waits for its target can start now."""
        with self._database.read() as session:
            firing = repository.find_firing(session, firing_id)
            schedule = repository.find_by_id(session, firing.schedule_id) if firing else None
            if firing is None or schedule is None:
                return
            waited_s = (at - firing.fire_at).total_seconds()
            is_over = waited_s > self._settings.max_wait_s
            prepared = Prepared(None) if is_over else self._prepare(session, schedule)
            if not is_over:
                busy = repository.unfinished_runs(session)
                if deciding.busy_run(schedule, prepared.run, busy) is not None:
                    return
        with self._database.write() as session:
            self._require(session)
            fresh = repository.lock(session, schedule.id)
            firing = repository.find_firing(session, firing_id)
            if fresh is None or firing is None or firing.outcome is not Outcome.WAITING:
                return
            if is_over:
                reason = f"It waited longer than {self._settings.max_wait_s:g} s. {firing.reason}"
                decision = Decision(Outcome.SKIPPED, reason)
            else:
                busy = repository.unfinished_runs(session)
                decision = deciding.decide(fresh, prepared.run, prepared.fault, busy)
            if decision.outcome is Outcome.STARTED:
                decision = decision._replace(reason=f"It waited first. {firing.reason}")
            if decision.outcome is not Outcome.WAITING:
                self._apply(session, fresh, firing, decision, at)
                self._conclude(session, fresh, firing, prepared, at)
            crash_point("before_firing")

    def _apply(
        self, session: WriteSession, schedule: Schedule, firing: ScheduleFiring, decision: Decision,
        at: dt.datetime,
    ) -> None:  # fmt: skip
        firing.outcome, firing.reason, firing.decided_at = decision.outcome, decision.reason, at
        if decision.outcome is Outcome.STARTED:
            assert decision.run is not None
            run = starting.start_run(session, decision.run)
            deciding.record_start(session, run, schedule, firing)
            firing.run_id = run.id
            after_commit(session, self._lab.wake)

    def _conclude(
        self, session: WriteSession, schedule: Schedule, firing: ScheduleFiring, prepared: Prepared,
        at: dt.datetime,
    ) -> None:  # fmt: skip
        """Counts failures in a row, and pauses a schedule that only fails."""
        if firing.outcome is Outcome.STARTED:
            schedule.failures = 0
        if firing.outcome is not Outcome.FAILED:
            return
        schedule.failures += 1
        if prepared.is_hopeless or schedule.failures >= self._settings.max_failures:
            count = f"{schedule.failures} times in a row" if schedule.failures > 1 else "once"
            schedule.paused_at, schedule.next_fire_at = at, None
            schedule.pause_reason = f"It could not start {count}. {firing.reason}"

    def _prepare(self, session: ReadSession, schedule: Schedule) -> Prepared:
        load_test = session.get(LoadTest, schedule.load_test_id)
        if load_test is None or load_test.archived_at is not None:
            return Prepared(None, "Its load test was deleted", is_hopeless=True)
        try:
            if load_test.is_own_script:
                own_scripts.check_enabled(self._lab.settings)
            return Prepared(starting.prepare_run(session, self._lab, load_test))
        except Problem as problem:
            faults = [e["message"] for e in getattr(problem, "errors", [])[:3]]
            return Prepared(None, " ".join([problem.detail, *(f"{f}." for f in faults)]))
        except SQLAlchemyError:
            raise
        except Exception as error:
            logger.exception("schedule %s: its run could not be prepared", schedule.public_id)
            return Prepared(None, f"Its run could not be prepared ({type(error).__name__})")


def _due_times(schedule: Schedule, first: dt.datetime, at: dt.datetime) -> Sequence[dt.datetime]:
    """The firings from `first` up to now, in order; of very many the first ones."""
    following = itertools.takewhile(lambda time: time <= at, timing_of(schedule).after(first))
    return [first, *itertools.islice(following, MOST_AT_ONCE)]


def _changed(fresh: Schedule, before: Schedule) -> bool:
    return fresh.updated_at != before.updated_at or fresh.load_test_id != before.load_test_id
