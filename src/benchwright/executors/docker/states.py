"""What Docker says of a container, as an observation; only evidence is an end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from benchwright.executors.port import Observation, Phase

OUT_OF_MEMORY, KILLED, ENDED_BY_REQUEST = "out of memory", 137, 143
NOT_EXECUTABLE, NOT_FOUND = 126, 127


def read_inspection(answer: Mapping[str, Any]) -> Observation:
    """From Docker's inspect call: the whole truth about one container."""
    state: Mapping[str, Any] = answer.get("State") or {}
    status = str(state.get("Status") or "")
    started_at = read_time(state.get("StartedAt"))
    match status:
        case "created":
            return _created(state)
        case "exited" | "dead":
            return _ended(answer, state, started_at)
        case "removing":
            return Observation(Phase.RUNNING, started_at=started_at, detail="It is being removed")
        case "paused":
            detail = "It is paused on its host: docker unpause lets it go on"
            return Observation(Phase.RUNNING, started_at=started_at, detail=detail)
        case "restarting":
            detail = "Docker starts it again: somebody changed its restart policy"
            return Observation(Phase.RUNNING, started_at=started_at, detail=detail)
    return Observation(Phase.RUNNING, started_at=started_at)


def _created(state: Mapping[str, Any]) -> Observation:
    # A start that failed leaves it created, with the error and an exit code such as 127.
    if error := str(state.get("Error") or ""):
        code = int(state.get("ExitCode") or 0) or NOT_FOUND
        return Observation(
            Phase.EXITED, code, ended_at=dt.datetime.now(dt.UTC), detail=explain_start(error)
        )
    return Observation(Phase.CREATED)


def _ended(
    answer: Mapping[str, Any], state: Mapping[str, Any], started_at: dt.datetime | None
) -> Observation:
    ended_at = read_time(state.get("FinishedAt"))
    code = state.get("ExitCode")
    if ended_at is None or code is None:
        return Observation(
            Phase.RUNNING, started_at=started_at, detail="It ends; its exit code is not there yet"
        )
    return Observation(
        Phase.EXITED,
        exit_code=int(code),
        started_at=started_at,
        ended_at=ended_at,
        detail=_explain_end(answer, state, int(code)),
    )


def _explain_end(answer: Mapping[str, Any], state: Mapping[str, Any], code: int) -> str:
    if state.get("OOMKilled"):
        limit = int((answer.get("HostConfig") or {}).get("Memory") or 0)
        of = f"its limit of {limit / 1024**2:g} MiB" if limit else "what the host had left"
        return f"It ran out of memory: it needed more than {of}, and the kernel ended it"
    if error := str(state.get("Error") or ""):
        return explain_start(error)
    if code == KILLED:
        return "It was killed (SIGKILL), and not for want of memory as far as Docker knows"
    if code == NOT_FOUND:
        return "Its command was not found in the image"
    if code == NOT_EXECUTABLE:
        return "Its command could not be executed"
    return ""


def explain_start(error: str) -> str:
    """Why a container could not be started, from what the daemon says."""
    short = error.strip()[-400:]
    lower = error.lower()
    if "executable file not found" in lower or "no such file or directory" in lower:
        return f"Its command was not found in the image: {short}"
    if "permission denied" in lower:
        return f"Its command could not be executed: {short}"
    if "could not select device driver" in lower:
        return f"The host has no GPUs for containers (the NVIDIA container toolkit is missing): {short}"
    if "network" in lower and "not found" in lower:
        return f"The host does not have the network that it was to join: {short}"
    return f"Docker could not start it: {short}"


def read_time(text: Any) -> dt.datetime | None:
    """A time as Docker writes it; None for its year 1, which means never."""
    if not isinstance(text, str) or not text or text.startswith("0001-"):
        return None
    whole, dot, rest = text.partition(".")
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        text = f"{whole}.{digits[:6].ljust(6, '0')}{rest[len(digits) :] or 'Z'}"
    try:
        told = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return told if told.tzinfo is not None else told.replace(tzinfo=dt.UTC)
