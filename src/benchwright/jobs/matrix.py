"""A matrix of parameters: every combination of their values becomes a run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchwright.jobs.plan import MAX_RUNS, JobPlan, Scalar
from benchwright.jobs.substitution import text_of
from benchwright.kit.errors import Invalid
from benchwright.runs.tag_names import MAX_TAG, MAX_TAGS, clean_tag

MAX_NAME = 500
MAX_SHOWN_VALUE = 60


def count_runs(plan: JobPlan) -> int:
    """How many runs the plan makes; 1 without a matrix."""
    return math.prod(len(values) for values in plan.matrix.values())


def check_size(plan: JobPlan) -> None:
    """Raises `Invalid` for more runs than one start may make."""
    count = count_runs(plan)
    if count > MAX_RUNS:
        message = f"This makes {count:,} runs; at most {MAX_RUNS:,} are started together"
        raise Invalid("The matrix is too large.", [{"field": "matrix", "message": message}])


def combinations(plan: JobPlan) -> Iterator[dict[str, Scalar]]:
    """The parameters of each run, the last name's values changing fastest."""
    for values in itertools.product(*plan.matrix.values()):
        yield {**plan.parameters, **dict(zip(plan.matrix, values, strict=True))}


def with_parameters(plan: JobPlan, given: Mapping[str, Any]) -> JobPlan:
    """The plan with other values; a list of them makes a matrix of any parameter.

    Raises `Invalid` for a name that the plan does not have.
    """
    unknown = [name for name in given if name not in plan.parameters and name not in plan.matrix]
    if unknown:
        known = ", ".join([*plan.parameters, *plan.matrix][:20]) or "none"
        errors = [
            {
                "field": f"parameters.{name[:200]}",
                "message": f"The plan has no such parameter; it has: {known}",
            }
            for name in unknown[:20]
        ]
        raise Invalid("The plan has no such parameter.", errors)
    parameters, matrix = dict(plan.parameters), dict(plan.matrix)
    for name, value in given.items():
        if name in matrix or isinstance(value, list):
            parameters.pop(name, None)
            matrix[name] = value if isinstance(value, list) else [value]
        else:
            parameters[name] = value
    return plan.model_copy(update={"parameters": parameters, "matrix": matrix})


def with_host(plan: JobPlan, host: str | None) -> JobPlan:
    """The plan for another host; its labels do not choose then."""
    if host is None:
        return plan
    if plan.is_process and host != "local":
        message = "The plan has no `image`: it runs on this machine"
        raise Invalid("A command runs on no other host.", [{"field": "host", "message": message}])
    return plan.model_copy(update={"host": host, "labels": {}})


def run_name(plan: JobPlan, parameters: Mapping[str, Scalar]) -> str:
    """`name · lr=0.1 · seed=2`: what tells the runs of a matrix apart stands behind the name."""
    parts = [plan.name, *(f"{name}={_short(parameters[name])}" for name in plan.matrix)]
    name = " · ".join(parts)
    return name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…"


def run_tags(plan: JobPlan, parameters: Mapping[str, Scalar], tags: Sequence[str]) -> list[str]:
    """The plan's tags and one for each parameter of its matrix, as far as they can be tags."""
    found = dict.fromkeys(tags)
    for name in plan.matrix:
        tag = clean_tag(f"{name}={text_of(parameters[name])}")
        if len(tag) <= MAX_TAG and "," not in tag and len(found) < MAX_TAGS:
            found.setdefault(tag)
    return list(found)


def _short(value: Scalar) -> str:
    text = " ".join(text_of(value).split())
    return text if len(text) <= MAX_SHOWN_VALUE else text[: MAX_SHOWN_VALUE - 1] + "…"
