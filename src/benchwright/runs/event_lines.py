"""What happened to a run, in words, with how long each state lasted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from benchwright.runs.schemas import RunEventView
from benchwright.web.words import Word, state_word

_TYPES = {
    "influxdb": Word("InfluxDB", "about"),
    "mlflow": Word("MLflow", "about"),
    "stop": Word("Stop asked for", "stopped", "warn"),
    "seen": Word("Target is back", "good", "good"),
    "long": Word("Runs for long", "timed-out", "warn"),
    "collect": Word("Not collected", "warning", "warn"),
    "schedule": Word("By the clock", "timed-out"),
    "forwarding_gap": Word("Not forwarded", "warning", "warn"),
    "given_up": Word("Given up", "lost", "odd"),
    "stale": Word("Target out of reach", "warning", "warn"),
}


class EventLine(NamedTuple):
    """One event; `after_s` is counted from the first one, `lasted_s` to the next state."""

    at: dt.datetime
    word: Word
    message: str
    after_s: float
    lasted_s: float | None


def event_lines(events: Sequence[RunEventView]) -> list[EventLine]:
    """The events in their order; a final state lasts for ever and has no length."""
    lines = []
    for place, event in enumerate(events):
        following = None
        if event.to_state is not None:
            following = next((e for e in events[place + 1 :] if e.to_state is not None), None)
        lines.append(
            EventLine(
                at=event.at,
                word=_word(event),
                message=event.message,
                after_s=max((event.at - events[0].at).total_seconds(), 0.0),
                lasted_s=(following.at - event.at).total_seconds() if following else None,
            )
        )
    return lines


def _word(event: RunEventView) -> Word:
    if event.to_state is not None:
        return state_word(event.to_state)
    return _TYPES.get(event.type, Word(event.type.replace("_", " ").capitalize(), "about"))
