"""What the page of a job's run has that other runs have not."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from benchwright.runs.charting import Charts
from benchwright.runs.models import Run
from benchwright.runs.state import RunState

MAX_COMMAND = 2000
MAX_PARAMETERS = 50
MAX_VALUE = 200
_OF_WORKLOAD: Charts = (
    ("cpu", "Processors"),
    ("memory", "Memory"),
    ("disk", "Disk"),
    ("network", "Network"),
)
_OF_DEVICES: Charts = (
    ("device_busy", "Disk utilisation"),
    ("device_wait", "Disk wait"),
    ("device_operations", "Disk operations"),
)
HERE = frozenset({"local", "docker:local"})
"""Targets that are this machine, whose disks can be looked at."""

_WAITING = {
    RunState.QUEUED: ("Waiting for its turn", "It begins when there is a place on its target."),
    RunState.LAUNCHING: ("Being launched", "Its log and figures come with its first second."),
}


class JobHead(NamedTuple):
    """What was run, in a line: an image or a command, and the parameters of one of many."""

    image: str
    command: str
    parameters: list[tuple[str, str]]


def job_head(spec: Mapping[str, Any]) -> JobHead:
    """Reads a frozen plan; what another version wrote may lack any of it."""
    command = spec.get("command")
    words = [str(word) for word in command] if isinstance(command, list) else []
    given = spec.get("parameters")
    parameters = given.items() if isinstance(given, dict) else ()
    return JobHead(
        str(spec.get("image") or "")[:MAX_COMMAND],
        shlex.join(words)[:MAX_COMMAND],
        [(str(k)[:MAX_VALUE], _value(v)) for k, v in list(parameters)[:MAX_PARAMETERS]],
    )


def machine_charts(target: str) -> Charts:
    """The charts of what the workload and its machine did; of machines elsewhere less is known."""
    return (*_OF_WORKLOAD, *_OF_DEVICES) if target in HERE else _OF_WORKLOAD


def waiting_words(run: Run) -> tuple[str, str] | None:
    """Why there is nothing to see yet, and what comes."""
    found = _WAITING.get(run.state)
    if found is None:
        return None
    title, text = found
    # The reason says more where there is one: how far an image is, which host is away.
    return title, run.reason or text


def _value(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"
