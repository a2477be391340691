"""The samples of one run on their way: taken at once, sent when InfluxDB takes them."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import time
import zlib
from collections import deque
from typing import NamedTuple

from benchwright.influxdb.client import InfluxClient, InfluxProblem, Refusal
from benchwright.influxdb.lines import Tagger, count_lines
from benchwright.kit.threads import in_thread

MAX_WAITING_BYTES = 32 * 1024 * 1024
"""Packed; what k6 sends shrinks to a tenth or less."""
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
LAST_CHANCE_S = 5.0
"""Time that InfluxDB has at the end of a run to take what still waits."""
MAX_NOTES = 50
"""A database that comes and goes must not fill the history of a run."""

FAULTY = frozenset({400, 413, 415, 422})
"""Statuses that are about the lines themselves: sending them again would not help."""

GZIP = 31
PACK_LEVEL = 1

log = logging.getLogger(__name__)


class Parcel(NamedTuple):
    """Packed lines, how many they are, and when they came (seconds since 1970)."""

    body: bytes
    samples: int
    at: float


class Loss:
    """What will never be there."""

    def __init__(self) -> None:
        self.samples = 0
        self._is_estimate = False
        self._first_at = self._last_at = 0.0

    def add(self, parcel: Parcel, *, partly: bool = False) -> None:
        """Counts a parcel as lost; `partly` says that some of it may be there all the same."""
        self._is_estimate |= partly
        self._first_at = min(self._first_at, parcel.at) if self.samples else parcel.at
        self._last_at = max(self._last_at, parcel.at)
        self.samples += parcel.samples

    def __str__(self) -> str:
        span = f"{_clock(self._first_at)} to {_clock(self._last_at)} UTC"
        number = f"{'up to ' if self._is_estimate else ''}{self.samples:,}"
        return f"{number} samples from {span} are missing there"


class SampleRelay:
    """Takes k6's samples for one run, at once, and sends them on; nothing is lost in silence.

    While InfluxDB is away, samples wait in memory, packed; when they take too much room, the
    oldest go. Belongs to the event loop.
    """

    def __init__(self, client: InfluxClient, job_name: str) -> None:
        self.notes: list[str] = []
        """What happened on the way, in words, for whoever keeps the run's history."""
        self._client = client
        self._job_name = job_name
        self._tagger = Tagger("job_name", job_name)
        self._noted = 0
        self._waiting: deque[Parcel] = deque()
        self._waiting_bytes = 0
        self._has_come = self._is_away = False
        self._complaints: set[str] = set()
        self._lost, self._lost_since = Loss(), Loss()
        self._closing = asyncio.Event()
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._work())

    async def take(self, body: bytes) -> None:
        """Accepts whole lines; what they say is for InfluxDB to judge."""
        if samples := count_lines(body):
            at = time.time()
            self._put(Parcel(await in_thread(self._pack, body), samples, at))

    async def close(self, patience_s: float = LAST_CHANCE_S) -> list[str]:
        """Sends what waits while there is time; warnings for the run if something is missing."""
        self._closing.set()
        self._wake.set()
        if self._is_away:
            patience_s = min(patience_s, 2 * FIRST_PAUSE_S)
        await asyncio.wait({self._task}, timeout=patience_s)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        while self._waiting:
            self._lose(self._waiting.popleft())
        if not self._lost.samples:
            return []
        return [
            f"{self._name} did not take everything: {self._lost}. The figures here are complete."
        ]

    def _pack(self, body: bytes) -> bytes:
        packer = zlib.compressobj(PACK_LEVEL, wbits=GZIP)
        return packer.compress(self._tagger.tag(body)) + packer.flush()

    def _put(self, parcel: Parcel) -> None:
        self._waiting.append(parcel)
        self._waiting_bytes += len(parcel.body)
        while self._waiting_bytes > MAX_WAITING_BYTES and len(self._waiting) > 1:
            self._lose(self._waiting.popleft())
        self._wake.set()

    def _lose(self, parcel: Parcel, *, partly: bool = False) -> None:
        self._waiting_bytes -= len(parcel.body)
        self._lost.add(parcel, partly=partly)
        self._lost_since.add(parcel, partly=partly)

    async def _work(self) -> None:
        try:
            await self._send_all()
        except Exception:
            log.exception("samples are no longer sent to InfluxDB for this run")

    async def _send_all(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._client.ensure_database()
                self._came()
                pause_s = FIRST_PAUSE_S
                while await self._has_work():
                    await self._send_next()
            except InfluxProblem as problem:
                self._went(problem)
                await self._rest(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                return

    async def _has_work(self) -> bool:
        """Waits for a parcel; false when the run is over and everything was sent."""
        while not self._waiting:
            if self._closing.is_set():
                return False
            self._wake.clear()
            await self._wake.wait()
        return True

    async def _send_next(self) -> None:
        parcel = self._waiting.popleft()
        try:
            await self._client.write(parcel.body, is_packed=True)
        except Refusal as refusal:
            if refusal.status not in FAULTY:
                self._waiting.appendleft(parcel)
                raise
            self._lose(parcel, partly=True)
            self._was_refused(refusal)
        except BaseException:
            # Sent twice is stored once: the times of its points are the same.
            self._waiting.appendleft(parcel)
            raise
        else:
            self._waiting_bytes -= len(parcel.body)

    def _came(self) -> None:
        if self._is_away:
            gap = str(self._lost_since) if self._lost_since.samples else "nothing is missing there"
            self._tell(f"{self._name} takes samples again: {gap}.")
        elif not self._has_come:
            self._tell(
                f"k6's samples also go to {self._name}, database {self._client.database}, with"
                f" job_name={self._job_name}."
            )
        self._has_come, self._is_away = True, False
        self._lost_since = Loss()

    def _went(self, problem: InfluxProblem) -> None:
        if not self._is_away:
            self._is_away = True
            self._tell(
                f"{self._name} cannot take samples since {_clock(time.time())} UTC: {problem}. The"
                " run goes on without it; its samples wait here until it can, or until they are"
                " too many."
            )

    def _was_refused(self, refusal: Refusal) -> None:
        # What follows the first words differs from push to push.
        kind = str(refusal)[:40]
        if kind not in self._complaints:
            self._complaints.add(kind)
            self._tell(f"{self._name} refused some samples: {refusal}.")

    def _tell(self, message: str) -> None:
        self._noted += 1
        if self._noted <= MAX_NOTES:
            self.notes.append(message)

    async def _rest(self, pause_s: float) -> None:
        if self._closing.is_set():
            await asyncio.sleep(FIRST_PAUSE_S)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._closing.wait()

    @property
    def _name(self) -> str:
        return f"InfluxDB at {self._client.url}"


def _clock(at: float) -> str:
    return f"{dt.datetime.fromtimestamp(at, dt.UTC):%H:%M:%S}"
