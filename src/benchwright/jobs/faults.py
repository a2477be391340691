"""What is wrong with a plan, by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from benchwright.jobs.plan import JobPlan
from benchwright.kit.errors import FieldError, Invalid
from benchwright.kit.value_faults import explain_value

MAX_ERRORS = 100

_PATTERNS = {
    "image": "Write the name of an image, like python:3.13 or ghcr.io/me/tool:1.2",
    "user": "Write a user, like 1000, 1000:1000 or name",
    "network": "Write the name of a network of the host",
    "source": "Write a path from the root, like /srv/data",
    "target": "Write a path from the root, like /mnt/data",
    "working_dir": "Write a path from the root, like /app",
    "name": "Use letters, digits, dots, hyphens and underscores, and begin with a letter or digit",
}
_NAMED = frozenset({"environment", "secrets", "parameters", "matrix"})


def parse_plan(data: Mapping[str, Any]) -> JobPlan:
    """The plan in `data`; raises `Invalid` with each field that is wrong."""
    try:
        plan = JobPlan.model_validate(data)
    except ValidationError as error:
        raise Invalid("The plan of the job is not valid.", explain(error)) from None
    if errors := find_contradictions(plan):
        raise Invalid("The plan of the job is not valid.", errors)
    return plan


def dump_plan(plan: JobPlan) -> dict[str, Any]:
    """The plan as JSON, without what is as it would be anyway."""
    dumped = plan.model_dump(mode="json", exclude_defaults=True)
    # An object without fields of its own would be left out with its defaults.
    return {"name": plan.name, **dumped}


def explain(error: ValidationError) -> list[FieldError]:
    """Each of Pydantic's errors as field and message, one for each field."""
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        found.setdefault(_field(fault["loc"]), _message(fault))
    errors = [{"field": field, "message": text} for field, text in found.items()]
    if len(errors) > MAX_ERRORS:
        more = {"field": "", "message": f"And {len(errors) - MAX_ERRORS} more errors"}
        errors = [*errors[:MAX_ERRORS], more]
    return errors


def find_contradictions(plan: JobPlan) -> list[FieldError]:
    """What fits each field but not the others."""
    found: list[tuple[str, str]] = []
    if plan.is_process:
        if not plan.command:
            found.append(("command", "Say what to run: a command, or an `image`"))
        found += [
            (field, "Only a container takes this; give an `image`, or leave it out")
            for field in _only_containers(plan)
        ]
        if plan.host not in {None, "local"}:
            message = "A command without an `image` runs on this machine; give an image to run it elsewhere"
            found.append(("host", message))
    both = sorted({*plan.parameters} & {*plan.matrix})
    found += [(f"matrix.{name}", "This name stands in `parameters` too") for name in both]
    names = [*plan.parameters, *(name for name in plan.matrix if name not in plan.parameters)]
    seen: set[str] = set()
    for name in names:
        if name.upper() in seen:
            message = "Another parameter has this name but for its case"
            found.append((f"{'matrix' if name in plan.matrix else 'parameters'}.{name}", message))
        seen.add(name.upper())
    given = sorted({*plan.environment} & {*plan.secrets})
    found += [(f"secrets.{name}", "This name stands in `environment` too") for name in given]
    if plan.timeout_s and plan.planned_duration_s and plan.planned_duration_s > plan.timeout_s:
        found.append(("timeout_s", "This is shorter than `planned_duration_s`"))
    return [{"field": field, "message": message} for field, message in found]


def _only_containers(plan: JobPlan) -> list[str]:
    set_fields = {
        "entrypoint": plan.entrypoint is not None,
        "mounts": bool(plan.mounts),
        "network": plan.network is not None,
        "user": plan.user is not None,
        "working_dir": plan.working_dir is not None,
        "labels": bool(plan.labels),
        "resources": bool(plan.resources.model_dump(exclude_none=True)),
    }
    return [name for name, is_set in set_fields.items() if is_set]


def _field(location: tuple[int | str, ...]) -> str:
    # Pydantic puts the name of the chosen type into the path; a client never wrote it.
    own = [
        str(part) for part in location if part != "[key]" and not str(part).startswith(_UNION_NAMES)
    ]
    return ".".join(own)[:500]


_UNION_NAMES = ("constrained-", "function-", "literal[", "bool", "int", "float", "str")


def _message(fault: Any) -> str:
    kind, location = fault["type"], [str(part) for part in fault["loc"]]
    if kind == "string_pattern_mismatch":
        if location[0] in _NAMED:
            return "Names have letters, digits and underscores, and no digit first"
        named = next((part for part in reversed(location) if part in _PATTERNS), None)
        if named is not None:
            return _PATTERNS[named]
    if kind == "list_type" and location[-1:] in (["command"], ["entrypoint"]):
        return 'Give words, like ["python", "train.py"], or one text that is split into words'
    if location[0] in {"parameters", "matrix"} and len(location) > 1 and kind != "too_long":
        return (
            "Give a text, a number, true or false"
            if kind != "list_type"
            else "Give a list of values"
        )
    return explain_value(fault)
