"""The files of containers on a host that shares no folder with this server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

from aiodocker import DockerError

from benchwright.executors.docker.archives import fetch_folder, read_file, send_folders
from benchwright.executors.docker.client import DockerClient
from benchwright.executors.docker.rules import DockerHostRules
from benchwright.executors.docker.spec import DATA
from benchwright.executors.port import Handle, LaunchSpec, OutOfReach
from benchwright.kit.threads import in_thread
from benchwright.kit.wholefile import read_json, write_json, write_whole

PROGRESS_EVERY_S = 2.0
PROGRESS = "progress/progress.json"
INFO = "job_info.json"


class Transport:
    """Does nothing where the host sees the data directory itself."""

    def __init__(self, client: DockerClient, rules: DockerHostRules) -> None:
        self._client = client
        self._rules = rules
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def is_needed(self) -> bool:
        """Whether files travel by archive."""
        return self._rules.shared_path is None

    async def send(self, handle: Handle, spec: LaunchSpec) -> None:
        """Puts what the plan shares into a container that has not started."""
        if not self.is_needed or spec.container is None or not spec.container.shared:
            return
        await send_folders(self._client, handle["id"], self._rules, spec.container.shared)

    def follow(self, handle: Handle) -> None:
        """Sees to it that progress comes while the container runs."""
        if not self.is_needed:
            return
        task = self._tasks.get(handle["id"])
        if task is None or task.done():
            self._tasks[handle["id"]] = asyncio.create_task(self._follow(handle))

    async def forget(self, container_id: str) -> None:
        """Ends what `follow` began."""
        if (task := self._tasks.pop(container_id, None)) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def aclose(self) -> None:
        """Ends all of it."""
        for container_id in list(self._tasks):
            await self.forget(container_id)

    async def fetch_results(self, handle: Handle, folder: Path) -> None:
        """Brings results, progress and the workload's own log files; may be repeated."""
        if not self.is_needed:
            return
        limits = {
            "max_bytes": self._rules.max_result_bytes,
            "max_files": self._rules.max_result_files,
        }
        base = _inside(handle)
        own_log = Path(handle["log_path"]).name
        for name in ("results", "progress", "logs"):
            skip = (own_log, f"{own_log}.times") if name == "logs" else ()
            await fetch_folder(
                self._client, handle["id"], f"{base}/{name}", folder / name, skip=skip, **limits
            )
        told = await read_file(self._client, handle["id"], f"{base}/{INFO}")
        await in_thread(_add_members, folder / INFO, told)

    async def _follow(self, handle: Handle) -> None:
        target = Path(handle["folder"]) / PROGRESS
        last = b""
        while True:
            with contextlib.suppress(OutOfReach, DockerError, OSError):
                content = await read_file(
                    self._client, handle["id"], f"{_inside(handle)}/{PROGRESS}"
                )
                if content is not None and content != last and _is_json(content):
                    await in_thread(_write, target, content)
                    last = content
            await asyncio.sleep(PROGRESS_EVERY_S)


def _inside(handle: Handle) -> str:
    """The run's folder as the container sees it."""
    return f"{DATA}/jobs/{Path(handle['folder']).name}"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def _add_members(path: Path, content: bytes | None) -> None:
    """What the workload added to the file; what stands there counts before it."""
    known = read_json(path) or {}
    with contextlib.suppress(ValueError, RecursionError):  # a workload may write anything
        told = json.loads(content or b"")
        if isinstance(told, dict) and not told.keys() <= known.keys():
            write_json(path, {**told, **known})


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
