"""What webhooks tell of, and the message of each event."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from benchwright.runs.models import Run


class Event(StrEnum):
    """An event that a webhook may ask for."""

    RUN_ENDED = "run.ended"
    VERDICT_CHANGED = "verdict.changed"
    RUN_LONG = "run.long"


PING = "ping"
"""Sent on request only, to try a webhook."""


def run_message(run: Run, project_slug: str, **more: Any) -> dict[str, Any]:
    """What is told of a run; it holds nothing of what the run was told to do."""
    return {
        "run": {
            "id": str(run.public_id),
            "project": project_slug,
            "kind": run.kind.value,
            "name": run.name,
            "state": run.state.value,
            "reason": run.reason,
            "verdict": run.verdict,
            "started_at": _text(run.started_at),
            "ended_at": _text(run.ended_at),
            "path": f"/api/v1/runs/{run.public_id}",
        },
        **more,
    }


def _text(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None
