"""What an executor must not forget of a container, in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchwright.executors.docker.log_writer import LogWriter
from benchwright.executors.port import Handle, LaunchSpec
from benchwright.kit.wholefile import read_json

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


@dataclass(frozen=True)
class ContainerMemory:
    """The control folders of one host's containers; all of it blocks."""

    root: Path

    def folder(self, handle: Handle) -> Path:
        """The control folder of a container; its name is Docker's, never a user's text."""
        name = str(handle["name"])
        if not name or "/" in name or name.startswith("."):
            raise ValueError(f"{name!r} is no name of a container")
        return self.root / name

    def keep(self, spec: LaunchSpec) -> None:
        """Notes before a launch which words must not reach its log.

        Most are values of its environment, which Docker keeps anyway: those by name only.
        """
        folder = self.folder({"name": spec.name})
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        names = [name for name, value in spec.environment.items() if value in spec.secrets]
        told = {spec.environment[name] for name in names}
        others = [word for word in spec.secrets if word not in told]
        # Not synced, as a launch would wait for the disk: a power cut ends the container too.
        with os.fdopen(os.open(folder / "secrets.json", _WRITE, 0o600), "w") as file:
            json.dump({"variables": names, "others": others}, file)

    def secrets(self, handle: Handle, inspection: Mapping[str, Any]) -> list[str]:
        """The words that must not reach the log, from the note and from the container."""
        note = read_json(self.folder(handle) / "secrets.json") or {}
        entries = (inspection.get("Config") or {}).get("Env") or []
        environment = dict(entry.partition("=")[::2] for entry in entries)
        found = [environment[name] for name in note.get("variables", []) if name in environment]
        return [*found, *note.get("others", [])]

    def open_log(self, handle: Handle, secrets: Sequence[str]) -> LogWriter:
        """The writer of the container's log; raises `LogTaken`."""
        return LogWriter(
            self.folder(handle), Path(handle["log_path"]), int(handle["max_log_bytes"]), secrets
        )

    def forget(self, handle: Handle) -> None:
        """Deletes the control folder; may be repeated."""
        shutil.rmtree(self.folder(handle), ignore_errors=True)
