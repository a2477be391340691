"""The logs of a run: what its workload printed, and the logs that the workload wrote itself."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from benchwright.kit.enclosed import walk
from benchwright.kit.errors import NotFound
from benchwright.runs.folder import RunFolder
from benchwright.runs.logreader import measure_log

MAX_LOGS = 50
MAX_LOOKED_AT = 500


class LogFile(NamedTuple):
    """A log by its name; the empty one is what the workload printed."""

    name: str
    size_bytes: int


def list_logs(folder: RunFolder) -> list[LogFile]:
    """What was printed, then the `*.log` beside it; links and hidden files are none."""
    logs = [LogFile("", measure_log(folder.log))]
    try:
        found = [
            LogFile(file.parts[0], file.size_bytes)
            for file in walk(folder.log.parent, most=MAX_LOOKED_AT)
            if not file.left_out and len(file.parts) == 1 and is_own_log(file.parts[0], folder)
        ]
    except OSError:
        found = []
    return logs + found[:MAX_LOGS]


def is_own_log(name: str, folder: RunFolder) -> bool:
    """Whether it is a log that the workload wrote itself, by its name."""
    return name.endswith(".log") and name != folder.log.name


def find_log(folder: RunFolder, name: str = "") -> Path:
    """The path of a listed log; raises `NotFound`."""
    if not name:
        return folder.log
    if all(log.name != name for log in list_logs(folder)):
        raise NotFound(f"The run has no log {name[:100]!r}.")
    return folder.log.parent / name
