"""Follows the logs of running containers, and reads the rest of ended ones."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

import aiohttp
from aiodocker import DockerError

from benchwright.executors.docker.client import DockerClient
from benchwright.executors.docker.frames import BrokenStream
from benchwright.executors.docker.log_writer import LogTaken, LogWriter
from benchwright.executors.port import OutOfReach
from benchwright.kit.threads import in_thread

log = logging.getLogger(__name__)

MARGIN_NS = 2_000_000_000
BATCH_S = 0.2
BATCH_BYTES = 1024 * 1024
BUSY_BYTES = 48 * 1024
"""A chunk of this size comes from a log that is behind: it is read without a pause."""
BEHIND_BYTES = 4 * 1024 * 1024
"""So much without once catching up, and the daemon may skip a file that it has begun anew."""
RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
DRAIN_SILENCE_S = 60.0


class LogFollower:
    """One task; its end never means that the container's log has ended."""

    def __init__(
        self, client: DockerClient, container_id: str, open_writer: Callable[[], LogWriter]
    ) -> None:
        self._client = client
        self._id = container_id
        self._open_writer = open_writer
        self._task = asyncio.create_task(self._run())

    @property
    def is_running(self) -> bool:
        """Whether it still follows; if not, a new one may take its place."""
        return not self._task.done()

    async def stop(self) -> None:
        """Ends it; what it read is written."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        # A task may be cancelled while a thread opens the writer, or writes the last lines: who
        # has opened it lets it go, or nobody could collect the log any more.
        opened: list[LogWriter] = []
        try:
            await in_thread(lambda: opened.append(self._open_writer()))
            if not opened[0].is_closed:
                await self._follow(opened[0])
        except LogTaken:
            return
        except Exception:
            log.exception("the log of container %s cannot be followed", self._id[:12])
        finally:
            for writer in opened:
                try:
                    with contextlib.suppress(OSError):
                        await in_thread(writer.flush)
                finally:
                    writer.release()

    async def _follow(self, writer: LogWriter) -> None:
        failures = 0
        is_behind = False
        while True:
            before = _position(writer)
            try:
                # What is there at one moment is read without a gap, or with one that shows.
                size = await pump(self._client, self._id, writer, follow=not is_behind)
                is_behind = size > BEHIND_BYTES
                if is_behind:
                    continue
            except (OutOfReach, BrokenStream, aiohttp.ClientError, TimeoutError) as error:
                log.debug("the log of container %s was cut: %s", self._id[:12], error)
            except DockerError as error:
                if error.status == 404:
                    return
                log.warning("no log of container %s: %s", self._id[:12], error.message)
            except OSError as error:
                log.warning("the log of container %s cannot be written: %s", self._id[:12], error)
            failures = 0 if _position(writer) != before else failures + 1
            await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])


async def drain(client: DockerClient, container_id: str, writer: LogWriter) -> None:
    """Reads all that an ended container still holds and closes the log; may be repeated."""
    if writer.is_closed:
        return
    reason = ""
    try:
        await pump(client, container_id, writer, follow=False)
    except BrokenStream as error:
        reason = str(error)
    except DockerError as error:
        if error.status not in (404, 501):
            raise
        reason = error.message
    if reason:
        # It would be the same each time: a run must not wait for ever for its log.
        writer.frames.add_note(f"--- the rest of the log cannot be read: {reason[:500]} ---")
    await in_thread(writer.finish)


async def pump(client: DockerClient, container_id: str, writer: LogWriter, *, follow: bool) -> int:
    """Reads until the daemon ends the stream; raises where it was cut instead.

    Following ends too when it falls behind. Returns the bytes since it was last abreast.
    """
    frames = writer.frames
    since = frames.resume(MARGIN_NS)
    params = {"stdout": "1", "stderr": "1", "timestamps": "1", "follow": "1" if follow else "0"}
    if since:
        params["since"] = f"{since // 1_000_000_000}.{since % 1_000_000_000:09d}"
    size = 0
    async with client.stream(
        "GET", f"/containers/{container_id}/logs", params=params, is_long=True
    ) as answer:
        while True:
            async with asyncio.timeout(None if follow else DRAIN_SILENCE_S):
                chunk = await answer.content.readany()
            if not chunk:
                break
            frames.feed(chunk)
            size += len(chunk)
            if len(chunk) < BUSY_BYTES and follow:
                size = 0
                await _let_gather(answer)
                await in_thread(writer.flush)
            elif frames.size > BATCH_BYTES:
                await in_thread(writer.flush)
            if follow and size > BEHIND_BYTES:
                break
    await in_thread(writer.flush)
    if frames.is_within_frame and not follow:
        raise OutOfReach("The log of the container was cut in the middle of a message")
    return size


async def _let_gather(answer: aiohttp.ClientResponse) -> None:
    """Leaves what comes in the system's buffer for a moment: one look for many lines."""
    connection = answer.connection
    protocol = connection.protocol if connection is not None else None
    if protocol is not None:
        protocol.pause_reading()
    try:
        await asyncio.sleep(BATCH_S)
    finally:
        if protocol is not None:
            protocol.resume_reading()


def _position(writer: LogWriter) -> list[tuple[int, int]]:
    return [(c.time_ns, c.count) for c in writer.frames.cursors.values()]
