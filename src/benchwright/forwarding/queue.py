"""The seconds that wait to be forwarded: bounded, so that a database that is away costs little."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from benchwright.forwarding.seconds import Second, Totals
from benchwright.metrics.cells import Cell


@dataclass
class RunStream:
    """What of one run was sent, waits, or was lost."""

    through: int
    """The last second that is done with."""
    newest: int
    """The last second that was taken; what the journal brings again is not."""
    waiting: int = 0
    """Seconds in the queue, or on their way."""
    lost: int = 0
    """Samples that were given up."""
    told: int = 0
    """How many of those its events tell of."""
    reason: str = ""
    has_ended: bool = False
    totals: Totals = field(default_factory=Totals)


@dataclass(frozen=True)
class Batch:
    """Seconds that are on their way together, in the order in which they came."""

    seconds: Sequence[Second]

    @property
    def samples(self) -> int:
        return sum(second.samples for second in self.seconds)

    @property
    def run_ids(self) -> set[UUID]:
        return {second.run_id for second in self.seconds}


class ForwardQueue:
    """Filled by the threads that take figures in, which it never holds up; emptied by one loop.

    `sent_through` are the last seconds that a former server sent, by run: the journal of a run
    that goes on brings all of its seconds again.
    """

    def __init__(self, max_samples: int, sent_through: Mapping[UUID, int]) -> None:
        self._max_samples = max_samples
        self._sent_through = dict(sent_through)
        self._lock = threading.Lock()
        self._seconds: deque[Second] = deque()
        self._samples = 0
        self._in_flight: Batch | None = None
        self.streams: dict[UUID, RunStream] = {}
        self.lost_samples: dict[str, int] = {"full": 0, "refused": 0}
        """By reason, since the server started."""

    @property
    def waiting_samples(self) -> int:
        """What was not sent yet."""
        in_flight = self._in_flight
        return self._samples + (in_flight.samples if in_flight is not None else 0)

    # -- filled by ---------------------------------------------------------------------------

    def begin(self, run_id: UUID) -> None:
        """A run takes in figures from now on, or again."""
        with self._lock:
            stream = self.streams.get(run_id)
            if stream is None:
                through = self._sent_through.pop(run_id, 0)
                self.streams[run_id] = RunStream(through, through)
            else:
                stream.has_ended, stream.totals = False, Totals()

    def take(self, run_id: UUID, cell: Cell, scenarios: Sequence[str]) -> None:
        """A second of a run is complete."""
        with self._lock:
            stream = self.streams[run_id]
            second = stream.totals.add(run_id, cell, scenarios)
            if second.second <= stream.newest:
                return
            stream.newest = second.second
            self._seconds.append(second)
            self._samples += second.samples
            stream.waiting += 1
            while self.waiting_samples > self._max_samples and self._seconds:
                oldest = self._seconds.popleft()
                self._samples -= oldest.samples
                self._lose(oldest, "full", "the queue was full")

    def end(self, run_id: UUID) -> None:
        """A run takes in no more figures."""
        with self._lock:
            if (stream := self.streams.get(run_id)) is not None:
                stream.has_ended = True

    # -- emptied by --------------------------------------------------------------------------

    def next_batch(self, max_samples: int) -> Batch | None:
        """The oldest seconds, at least one of them; they stay counted until it is said how it went."""
        with self._lock:
            seconds: list[Second] = []
            samples = 0
            while self._seconds and (not seconds or samples < max_samples):
                seconds.append(self._seconds.popleft())
                samples += seconds[-1].samples
            if not seconds:
                return None
            self._samples -= samples
            self._in_flight = Batch(seconds)
            return self._in_flight

    def confirm(self) -> None:
        """The batch arrived, or nobody wants it."""
        with self._lock:
            for second in self._land():
                self._pass(second)

    def refuse(self, reason: str) -> None:
        """The batch was refused for good."""
        with self._lock:
            for second in self._land():
                self._lose(second, "refused", reason)

    def put_back(self) -> None:
        """The batch did not arrive; it is the next one again."""
        with self._lock:
            seconds = self._land()
            self._seconds.extendleft(reversed(seconds))
            self._samples += sum(second.samples for second in seconds)

    def finished(self) -> list[UUID]:
        """Runs that have ended and of which nothing waits any more."""
        with self._lock:
            return [key for key, s in self.streams.items() if s.has_ended and not s.waiting]

    def forget(self, run_id: UUID) -> None:
        """Keeps nothing more of a run."""
        with self._lock:
            self.streams.pop(run_id, None)

    def cursors(self) -> dict[UUID, int]:
        """How far each run was sent that is not finished; for the next server."""
        with self._lock:
            return self._sent_through | {key: s.through for key, s in self.streams.items()}

    @property
    def left_over(self) -> set[UUID]:
        """Runs of a former server that have not begun again."""
        return set(self._sent_through)

    def forget_left_over(self, run_ids: Iterable[UUID]) -> None:
        """These will not begin again."""
        with self._lock:
            for run_id in run_ids:
                self._sent_through.pop(run_id, None)

    # -- under the lock ----------------------------------------------------------------------

    def _land(self) -> Sequence[Second]:
        batch, self._in_flight = self._in_flight, None
        return batch.seconds if batch is not None else ()

    def _pass(self, second: Second) -> RunStream | None:
        stream = self.streams.get(second.run_id)
        if stream is not None:
            stream.waiting -= 1
            stream.through = max(stream.through, second.second)
        return stream

    def _lose(self, second: Second, kind: str, reason: str) -> None:
        self.lost_samples[kind] += second.samples
        if (stream := self._pass(second)) is not None:
            stream.lost += second.samples
            stream.reason = reason
