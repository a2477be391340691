"""What a workload says of its own progress, in any of the forms that are in use.

    {"percent": 45, "stage": "training"}
    {"episode": 2, "total_episodes": 10, "step": 500, "total_steps": 8760, "rewards": [-1.5]}

A share of the whole is told by `percent`; by `global_step` of `total_steps`; or by `episode` (the
one that is under way, from 0) of `total_episodes`, with `step` of `total_steps` inside of it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

MAX_BYTES = 64 * 1024
MAX_STAGE = 80
MAX_NUMBERS = 32
MAX_ITEMS = 16
"""Of one list of numbers."""
MAX_NAME = 60

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_EPISODES = ("total_episodes", "episodes", "num_episodes")
_STEPS = ("total_steps", "steps", "max_steps")
_STAGES = ("stage", "phase", "status", "message")
_NO_SERIES = frozenset({"timestamp", "time", "updated_at", *_EPISODES, *_STEPS})


@dataclass(frozen=True)
class WorkloadProgress:
    """One report; `share` (0..1) is None where nothing tells how much there is to do."""

    share: float | None = None
    stage: str = ""
    facts: tuple[str, ...] = ()
    """`episode 3 of 10`, `step 500 of 8,760`."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """All numbers by key; those of lists as `key:place`, from 1 on."""


def read_progress(content: bytes) -> WorkloadProgress | None:
    """What a report says; None for one that is too large, half-written or no object."""
    if len(content) > MAX_BYTES:
        return None
    try:
        told = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    return WorkloadProgress(
        share=_share(told),
        stage=_stage(told),
        facts=tuple(_facts(told)),
        numbers=dict(_numbers(told)),
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _positive(told: Mapping[str, Any], *keys: str) -> float | None:
    """The first of the keys that has a number which may be counted up to."""
    found = (_number(told.get(key)) for key in keys)
    return next((number for number in found if number is not None and number > 0), None)


def _share(told: Mapping[str, Any]) -> float | None:
    percent = told.get("percent")
    if isinstance(percent, str):
        percent = _text_number(percent.strip().removesuffix("%"))
    if (number := _number(percent)) is not None:
        return _clamp(number / 100)
    step, episode = _number(told.get("step")), _number(told.get("episode"))
    steps, episodes = _positive(told, *_STEPS), _positive(told, *_EPISODES)
    if episodes is not None:
        if episode is None:
            return None
        within = _clamp(step / steps) if step is not None and steps is not None else 0.0
        return _clamp((episode + within) / episodes)
    done = _number(told.get("global_step"))
    done = step if done is None else done
    return None if steps is None or done is None else _clamp(done / steps)


def _text_number(text: str) -> float | None:
    try:
        return float(text[:40])
    except ValueError:
        return None


def _clamp(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _stage(told: Mapping[str, Any]) -> str:
    found = (told.get(key) for key in _STAGES)
    text = next((value for value in found if isinstance(value, str) and value.strip()), "")
    words = " ".join(text[: 4 * MAX_STAGE].split())
    printable = "".join(letter for letter in words if letter.isprintable())
    return printable if len(printable) <= MAX_STAGE else printable[: MAX_STAGE - 1] + "…"


def _facts(told: Mapping[str, Any]) -> Iterator[str]:
    episode, episodes = _number(told.get("episode")), _positive(told, *_EPISODES)
    step, steps = _number(told.get("step")), _positive(told, *_STEPS)
    if episode is not None:
        # People count from one, and the last one stays the last when it has ended.
        number = min(episode + 1, episodes) if episodes is not None else episode
        yield _counted("episode", number, episodes)
    if step is not None:
        yield _counted("step", step, steps)
    in_all = _number(told.get("global_step"))
    if in_all is not None and in_all != step:
        yield f"{_plain(in_all)} steps in all"


def _counted(what: str, number: float, of: float | None) -> str:
    return f"{what} {_plain(number)}" + (f" of {_plain(of)}" if of is not None else "")


def _plain(number: float) -> str:
    return f"{number:,.0f}" if abs(number) < 1e15 else f"{number:.3g}"


def _numbers(told: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    names: set[str] = set()
    for name, number in _flat(told):
        if name not in names:
            names.add(name)
            yield name, number
        if len(names) >= MAX_NUMBERS:
            return


def _flat(told: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for key, value in told.items():
        name = _UNSAFE.sub("_", f"{prefix}{key}"[:MAX_NAME])
        if (not prefix and key in _NO_SERIES) or not name:
            continue
        number = _number(value)
        if number is not None:
            yield name, number
        elif isinstance(value, list):
            for place, item in enumerate(value[:MAX_ITEMS], 1):
                if (number := _number(item)) is not None:
                    yield f"{name}:{place}", number
        elif isinstance(value, dict) and not prefix:
            yield from _flat(value, f"{key}.")
