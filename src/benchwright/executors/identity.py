"""Which process it is: a pid alone is reused, with start time and boot it is not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def read_boot_id() -> str:
    """A text that changes with each start of the machine."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return f"booted-{psutil.boot_time():.0f}"


@dataclass(frozen=True)
class ProcessIdentity:
    """One process of one boot."""

    pid: int
    started: float
    boot_id: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity:
        """The identity of a process that is there now; raises `psutil.NoSuchProcess`."""
        return cls(pid, psutil.Process(pid).create_time(), read_boot_id())

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ProcessIdentity:
        """Reads what `to_json` gave."""
        return cls(int(value["pid"]), float(value["started"]), str(value["boot_id"]))

    def to_json(self) -> dict[str, Any]:
        """The identity as JSON."""
        return asdict(self)

    def process(self) -> psutil.Process | None:
        """The process, if it still runs and is no zombie."""
        if self.boot_id != read_boot_id():
            return None
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 1.0
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None
