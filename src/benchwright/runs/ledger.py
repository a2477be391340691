"""What is written about a run while it is driven: only by whoever holds its lease."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchwright.executors.port import Handle, Phase
from benchwright.kit.crashpoints import crash_point
from benchwright.kit.db import Database, ReadSession, WriteSession, now
from benchwright.runs import collection, decision, repository, service
from benchwright.runs.models import Artifact, Run
from benchwright.runs.patience import Patience, pause_after
from benchwright.runs.places import Places
from benchwright.runs.repository import Holder
from benchwright.runs.state import RunState
from benchwright.runs.transitions import record, transition
from benchwright.runs.workload import Collected


class LeaseLost(Exception):
    """Another server drives this run now; what was about to be written is not."""


class RunLedger:
    """Short transactions, one for each step of a run; all of it blocks."""

    def __init__(
        self,
        database: Database,
        holder: Holder,
        *,
        places: Places,
        lease_s: float,
        on_end: Callable[[WriteSession, Run], None],
        on_claim: Callable[[WriteSession, Run], None] = lambda *_: None,
        on_warning: Callable[[WriteSession, Run, str], None] = lambda *_: None,
        patience: Patience | None = None,
    ) -> None:
        self._database = database
        self._holder = holder
        self._places = places
        self._lease_s = lease_s
        self._on_end = on_end
        self._on_claim = on_claim
        self._on_warning = on_warning
        self._patience = patience or Patience()

    def load(self, run_id: uuid.UUID) -> tuple[Run, decision.Facts] | None:
        """The run and what decides about it; None if it was deleted."""
        with self._database.read() as session:
            run = repository.find(session, run_id)
            if run is None:
                return None
            facts = decision.Facts(
                state=run.state,
                has_handle=run.handle is not None,
                stop_reason=run.stop_reason,
                started_at=run.started_at,
                timeout_s=run.timeout_s,
                missing_sightings=run.missing_sightings,
                stale=run.stale_since is not None,
                slot_is_free=self._has_place(session, run),
                warn_after_s=self._patience.warn_after_s,
                is_warned=run.warned_at is not None,
                collect_from=self._patience.collect_from(run),
                given_up=run.given_up if run.is_given_up else "",
            )
            return run, facts

    def claim(self, run: Run, reason: str) -> None:
        """Takes the lease and a place on the target, if both are still to be had."""
        with self._database.write() as session:
            fresh = service.get_run(session, run.public_id)
            if fresh.state is not RunState.QUEUED or fresh.stop_reason is not None:
                return
            if not self._has_place(session, fresh):
                return
            lease = dt.timedelta(seconds=self._lease_s)
            fresh.lease_owner = self._holder.owner
            fresh.lease_until = repository.clock(session) + lease
            fresh.lease_epoch += 1
            self._on_claim(session, fresh)
            transition(session, fresh, RunState.LAUNCHING, reason)
        crash_point("after_claim")

    def move(self, run: Run, move: decision.Move) -> None:
        """Changes the state, and keeps what was seen."""
        if run.state is RunState.QUEUED:
            self._end_queued(run, move)
            return
        with self._held(run) as (session, fresh):
            if move.to != fresh.state:
                transition(session, fresh, move.to, move.reason)
            if (seen := move.observation) is not None:
                fresh.last_seen_at = now()
                fresh.stale_since, fresh.given_up, fresh.missing_sightings = None, "", 0
                fresh.started_at = seen.started_at or fresh.started_at
                fresh.exit_code = seen.exit_code
                if seen.phase is not Phase.RUNNING:
                    fresh.workload_ended_at = seen.ended_at or now()
            elif fresh.is_given_up and fresh.started_at is not None:
                # What it did since then, nobody knows.
                fresh.workload_ended_at = fresh.stale_since
            if move.to.is_final:
                self._on_end(session, fresh)
        run.state = move.to
        crash_point(f"after_{move.to.value}")

    def keep_handle(self, run: Run, handle: Handle) -> None:
        """Keeps what finds the workload again after a restart."""
        with self._held(run) as (session, fresh):
            fresh.handle = handle
            self._note_answer(session, fresh)

    def note_launch(self, run: Run, detail: str) -> None:
        """Tells how far the target is with a launch that takes its time, such as `Pulling: 7%`."""
        with self._held(run) as (session, fresh):
            self._note_answer(session, fresh)
            if detail.split(": ", maxsplit=1)[0] != fresh.reason.split(": ")[0]:
                record(session, fresh, "launch", detail)
            fresh.reason = detail

    def fail(self, run: Run, reason: str) -> None:
        """Ends a run that could not be launched."""
        with self._held(run) as (session, fresh):
            transition(session, fresh, RunState.FAILED, reason)
            self._on_end(session, fresh)

    def request_stop(self, run: Run, wish: decision.RequestStop) -> None:
        """Records that the run shall end, and why."""
        with self._held(run) as (session, fresh):
            if not fresh.state.is_final:
                service.request_stop(session, fresh, wish.reason, wish.detail)

    def warn(self, run: Run, detail: str) -> None:
        """Tells once that the run goes on for very long."""
        with self._held(run) as (session, fresh):
            if fresh.warned_at is None:
                fresh.warned_at = now()
                record(session, fresh, "long", detail)
                self._on_warning(session, fresh, detail)

    def note_collect_failure(self, run: Run, error: Exception) -> bool:
        """Counts an attempt to collect that failed; whether it was the last, which ends the run."""
        text = f"{type(error).__name__}: {error}"[:1000]
        with self._held(run) as (session, fresh):
            if not fresh.is_given_up:
                self._note_answer(session, fresh)  # else it would be out of reach, and no failure
            fresh.collect_attempts += 1
            if text != fresh.collect_error:
                record(session, fresh, "collect", f"Collecting its results failed: {text}")
            fresh.collect_error = text
            fresh.collect_again_at = now() + pause_after(fresh.collect_attempts)
            if not self._patience.is_over(fresh.collect_attempts):
                return False
            reason = f"Its results could not be collected, {fresh.collect_attempts} times: {text}"
            transition(session, fresh, RunState.FAILED, reason)
            self._on_end(session, fresh)
            return True

    def note(
        self, run: Run, note: decision.NoteMissing | decision.NoteSeen | decision.NoteStale
    ) -> None:
        """Records what looking at the target brought."""
        with self._held(run) as (session, fresh):
            match note:
                case decision.NoteMissing():
                    fresh.missing_sightings += 1
                case decision.NoteSeen():
                    self._note_answer(session, fresh)
                case decision.NoteStale(detail=detail) if fresh.stale_since is None:
                    fresh.stale_since, fresh.given_up = now(), ""
                    record(session, fresh, "stale", f"The target is out of reach: {detail}")

    def _note_answer(self, session: WriteSession, fresh: Run) -> None:
        fresh.missing_sightings = 0
        if fresh.stale_since is not None:
            fresh.stale_since, fresh.given_up = None, ""
            record(session, fresh, "seen", "The target answers again")

    def finish(
        self,
        run: Run,
        end: tuple[RunState, str],
        collected: Collected,
        artifacts: list[Artifact],
        stored_bytes: int,
    ) -> None:
        """Stores what was collected together with the outcome and its reason."""
        with self._held(run) as (session, fresh):
            collection.store_collected(session, fresh, collected, artifacts)
            fresh.stored_bytes = stored_bytes
            transition(session, fresh, *end)
            self._on_end(session, fresh)

    def _has_place(self, session: ReadSession, run: Run) -> bool:
        if run.lease_owner == self._holder.owner:
            return True
        return self._places.count_free(session, run.target) > 0

    def _end_queued(self, run: Run, move: decision.Move) -> None:
        with self._database.write() as session:
            fresh = service.get_run(session, run.public_id)
            if fresh.state is RunState.QUEUED:
                transition(session, fresh, move.to, move.reason)
                self._on_end(session, fresh)

    @contextmanager
    def _held(self, run: Run) -> Iterator[tuple[WriteSession, Run]]:
        """A write transaction on a run whose lease is still ours."""
        with self._database.write() as session:
            fresh = repository.find(session, run.public_id)
            if fresh is None or fresh.lease_owner != self._holder.owner:
                raise LeaseLost
            if fresh.lease_epoch != run.lease_epoch:
                raise LeaseLost
            yield session, fresh
