"""Runs workloads as processes of this machine, each under a shim that outlives the server."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchwright.executors.identity import ProcessIdentity
from benchwright.executors.port import Handle, LaunchSpec, Observation, Phase, Usage
from benchwright.kit.errors import Unavailable
from benchwright.kit.threads import in_thread
from benchwright.kit.wholefile import read_json, write_json

INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Environment variables that every workload gets from the server's own environment."""

CANNOT_EXECUTE, NOT_FOUND = 126, 127
"""What the shim leaves where the program cannot be started, as a shell does."""

START_PATIENCE_S = 20.0
"""How long a claimed launch may take to show its first process before it counts as gone."""


class ProcessExecutor:
    """The executor of the target `local`; its memory is a folder per workload."""

    def __init__(self, root: Path, *, inherit: Sequence[str] = ()) -> None:
        self._root = root
        self._inherit = (*INHERITED, *inherit)

    def _control(self, handle: Handle) -> Path:
        return self._root / str(handle["name"])

    async def create(self, spec: LaunchSpec) -> Handle:
        """Writes the control folder; the one that is there already is adopted."""
        return await in_thread(self._create, spec)

    def _create(self, spec: LaunchSpec) -> Handle:
        control = self._root / spec.name
        control.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (control / "launch.json").exists():
            launch = {
                "command": list(spec.command),
                "folder": str(spec.folder),
                "log_path": str(spec.log_path),
                "max_log_bytes": spec.max_log_bytes,
            }
            write_json(control / "launch.json", launch)
        return {"executor": "process", "name": spec.name}

    async def start(self, handle: Handle, spec: LaunchSpec) -> None:
        """Starts the shim; a workload that was claimed before is left alone."""
        await in_thread(self._start, handle, spec)

    def _start(self, handle: Handle, spec: LaunchSpec) -> None:
        control = self._control(handle)
        if (control / "claimed").exists():
            return
        environment = _inherited(self._inherit)
        environment["HOME"] = str(spec.folder)
        environment.update(spec.environment)
        payload = {"environment": environment, "redact": list(spec.secrets)}
        with (control / "shim.log").open("ab") as errors:
            done = subprocess.run(
                [sys.executable, "-I", "-m", "benchwright.executors.shim", str(control)],
                input=json.dumps(payload).encode(),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                # It lives as long as the workload, and the server's own environment holds secrets.
                env=_inherited((*INHERITED, "LD_LIBRARY_PATH")),
                cwd=control,
                start_new_session=True,
                timeout=START_PATIENCE_S,
                check=False,
            )
        if done.returncode:
            last_words = (control / "shim.log").read_text(errors="replace")[-500:]
            raise Unavailable(f"The workload could not be started: {last_words or 'no answer'}")

    async def observe(self, handle: Handle) -> Observation:
        """Reads the control folder and looks whether the processes are there."""
        return await in_thread(self._observe, handle)

    def _observe(self, handle: Handle) -> Observation:
        control = self._control(handle)
        evidence = read_json(control / "exit.json")
        if evidence is not None:
            return Observation(
                Phase.EXITED,
                exit_code=int(evidence["exit_code"]),
                started_at=_time(evidence["started_at"]),
                ended_at=_time(evidence["ended_at"]),
                detail=_explain_end(int(evidence["exit_code"]), evidence.get("log_error") or ""),
            )
        meta = read_json(control / "meta.json")
        if meta is None:
            return self._observe_start(control)
        started_at = _time(meta["started_at"])
        if _alive(meta["shim"]):
            return Observation(Phase.RUNNING, started_at=started_at)
        if _alive(meta["child"]):
            detail = "Its supervisor is gone: the exit code will not be known"
            return Observation(Phase.RUNNING, started_at=started_at, detail=detail)
        if (control / "exit.json").exists():  # written between the two looks
            return self._observe(handle)
        return Observation(
            Phase.ABSENT,
            detail="The process is gone and left no exit code: it was killed, or the machine restarted",
        )

    def _observe_start(self, control: Path) -> Observation:
        try:
            claimed_at = (control / "claimed").stat().st_mtime
        except OSError:
            known = (control / "launch.json").exists()
            return Observation(Phase.CREATED if known else Phase.ABSENT)
        if time.time() - claimed_at < START_PATIENCE_S:
            return Observation(Phase.RUNNING, detail="Starting")
        return Observation(
            Phase.ABSENT, detail="The supervisor ended before it started the workload"
        )

    async def list_handles(self) -> list[Handle]:
        """The workloads whose control folder is there."""
        return await in_thread(self._list_handles)

    def _list_handles(self) -> list[Handle]:
        if not self._root.is_dir():
            return []
        return [{"executor": "process", "name": path.name} for path in self._root.iterdir()]

    async def stop(self, handle: Handle, grace_s: float) -> None:
        """Leaves the wish for the shim; acts itself only where the shim is gone."""
        await in_thread(self._stop, handle, grace_s)

    def _stop(self, handle: Handle, grace_s: float) -> None:
        control = self._control(handle)
        wish = read_json(control / "stop.json")
        if wish is None:
            wish = {"grace_s": grace_s, "asked_at": time.time()}
            write_json(control / "stop.json", wish)
        meta = read_json(control / "meta.json")
        if meta is None or _alive(meta["shim"]):
            return
        child = ProcessIdentity.from_json(meta["child"]).process()
        if child is None:
            return
        overdue = time.time() - float(wish["asked_at"]) > float(wish["grace_s"])
        with contextlib.suppress(ProcessLookupError, psutil.Error):
            if overdue:
                os.killpg(child.pid, signal.SIGKILL)
            elif not wish.get("signalled"):
                write_json(control / "stop.json", {**wish, "signalled": True})
                child.terminate()

    async def collect(self, handle: Handle, folder: Path) -> None:
        """Does nothing: log and results were written in place."""
        await asyncio.sleep(0)

    async def remove(self, handle: Handle) -> None:
        """Deletes the control folder."""
        await in_thread(shutil.rmtree, self._control(handle), ignore_errors=True)

    async def process_ids(self, handle: Handle) -> list[int]:
        """The workload's process, while it runs."""
        meta = await in_thread(read_json, self._control(handle) / "meta.json")
        if meta is None:
            return []
        child = ProcessIdentity.from_json(meta["child"]).process()
        return [child.pid] if child else []

    async def read_usage(self, handle: Handle) -> Usage | None:
        """None: its processes are read instead."""
        return None


def _inherited(names: Iterable[str]) -> dict[str, str]:
    return {name: os.environ[name] for name in names if name in os.environ}


def _explain_end(exit_code: int, error: str) -> str:
    """What the shim met with: no program to start, or no room for its log."""
    if not error:
        return ""
    if exit_code == NOT_FOUND:
        return f"The command was not found: {error}"
    if exit_code == CANNOT_EXECUTE:
        return f"The command could not be executed: {error}"
    return f"Its log could not be written to the end: {error}"


def _alive(identity: dict[str, Any]) -> bool:
    return ProcessIdentity.from_json(identity).process() is not None


def _time(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
