"""Which host a run shall have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchwright.kit.errors import Invalid

MAX_NAMED = 5


@dataclass(frozen=True)
class Candidate:
    """What the choice knows of a host."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    is_reachable: bool = True
    is_drained: bool = False
    free: int = 1


def choose_host(
    candidates: Sequence[Candidate],
    *,
    name: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> str:
    """The name of the host: the one that is asked for, else the best of those that fit.

    A host that is named may be drained or away: its run waits. Of others, one that is reachable
    comes before one that is not, then the one with the most free places, then the first. Raises
    `Invalid`, which names the field and says what is missing.
    """
    if name is not None:
        return _named(candidates, name)
    wanted = labels or {}
    if not candidates:
        raise _refused("host", "There is no Docker host yet; add one first")
    fitting = [one for one in candidates if _fits(one, wanted)]
    if not fitting:
        raise _refused("labels", _lacking(candidates, wanted))
    open_ones = [one for one in fitting if not one.is_drained]
    if not open_ones:
        names = _listed([one.name for one in fitting])
        which = "every host that fits" if wanted else "every host"
        raise _refused(
            "labels" if wanted else "host", f"{which} is drained ({names}); resume one".capitalize()
        )
    return max(open_ones, key=lambda one: (one.is_reachable, one.free)).name


def _named(candidates: Sequence[Candidate], name: str) -> str:
    if any(one.name == name for one in candidates):
        return name
    known = _listed([one.name for one in candidates]) or "none at all"
    raise _refused("host", f"There is no host “{name[:80]}”; there is {known}")


def _fits(candidate: Candidate, wanted: Mapping[str, str]) -> bool:
    return all(candidate.labels.get(key) == value for key, value in wanted.items())


def _lacking(candidates: Sequence[Candidate], wanted: Mapping[str, str]) -> str:
    """Which label no host has, or that no host has them all."""
    for key, value in wanted.items():
        having = [one for one in candidates if one.labels.get(key) == value]
        if not having:
            values = sorted({one.labels[key] for one in candidates if key in one.labels})
            known = f"; hosts have {key}={_listed(values)}" if values else ""
            return f"No host has the label {key}={value}{known}"
    shown = ", ".join(f"{key}={value}" for key, value in wanted.items())
    return f"No host has all of these labels: {shown}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def _refused(field_name: str, message: str) -> Invalid:
    return Invalid(f"{message}.", [{"field": field_name, "message": message}])
