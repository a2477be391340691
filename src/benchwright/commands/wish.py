"""What the flags of `benchwright load` ask for, and the plan that follows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError

from benchwright.kit.errors import FieldError, Invalid
from benchwright.loadtests.durations import parse_duration
from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.plan import BaseUrl, dump_plan
from benchwright.loadtests.quick import StageWish, quick_plan
from benchwright.loadtests.scenarios import SAFE_METHODS
from benchwright.loadtests.targets import Milliseconds, Ratio

T = TypeVar("T")

MAX_UNNAMED_ENDPOINTS = 100
MAX_RATE = 10_000_000
_FLAGS = {
    "endpoints": "--endpoint",
    "vus": "--vus",
    "start_vus": "--vus",
    "duration": "--duration",
    "rate": "--rate",
    "start_rate": "--rate",
    "stages": "--stage",
    "response_time": "--p95",
    "error_rate": "--max-error-rate",
    "base_url": "--base-url",
    "name": "--name",
    "headers": "--header",
    "authorisation": "--auth-env",
    "secret": "--auth-env",
}
_SECRET_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,99}", re.ASCII)
_HEADER = re.compile(r"([^:\s]+)\s*:\s*(.*)")


@dataclass(frozen=True)
class StoredEndpoint:
    """An endpoint as the lab lists it."""

    key: str
    method: str
    path: str
    operation_id: str

    @property
    def label(self) -> str:
        """`GET /users/{id}`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class LoadWish:
    """The flags, each checked on its own."""

    endpoints: Sequence[str] = ()
    vus: int | None = None
    duration: float | None = None
    rate: float | None = None
    stages: Sequence[StageWish] = ()
    p95_ms: float | None = None
    max_error_rate: float | None = None
    base_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    auth_env: str | None = None
    auth_format: str = "{secret}"
    name: str | None = None


ANY_ENDPOINT = StoredEndpoint("00000000-0000-4000-8000-000000000000", "GET", "/", "")
"""Stands for the endpoints while they are not known."""


def read_duration(flag: str, text: str | None) -> float | None:
    """Seconds; raises `BadParameter` with a hint for near misses."""
    return None if text is None else _explained(flag, parse_duration, text)


def read_rate(flag: str, rate: float | None) -> float | None:
    """A rate that k6 can keep to."""
    if rate is not None and not 0 < rate <= MAX_RATE:
        raise typer.BadParameter(
            f"a rate lies above 0 and is at most {MAX_RATE:,}", param_hint=flag
        )
    return rate


def read_auth_format(variable: str | None, environment: Mapping[str, str]) -> str:
    """How the value of an environment variable becomes the Authorization header."""
    if variable is None:
        return "{secret}"
    if not _SECRET_NAME.fullmatch(variable):
        raise typer.BadParameter(
            f"“{variable}” is no name of a variable that can be kept: capital letters, digits and"
            " _ only",
            param_hint="--auth-env",
        )
    value = environment.get(variable)
    if not value:
        raise typer.BadParameter(
            f"the environment variable {variable} is not set", param_hint="--auth-env"
        )
    return "{secret}" if " " in value else "Bearer {secret}"


def read_stages(texts: Iterable[str]) -> list[StageWish]:
    """`10s:50` as seconds and target."""
    return [_explained("--stage", _read_stage, text) for text in texts]


def _read_stage(text: str) -> StageWish:
    length, colon, target = text.rpartition(":")
    if not colon:
        raise ValueError(f"“{text}” is no stage; write duration and target, like “10s:50”")
    seconds = parse_duration(length)
    try:
        number = float(target)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f"The target of “{text}” must be a number from 0 on, like “10s:50”")
    return seconds, number


def read_milliseconds(flag: str, text: str | None) -> float | None:
    """`300ms`, `1.5s` or a bare number of milliseconds."""
    return _validated(flag, Milliseconds, text, "write it like “300ms” or “1.5s”")


def read_ratio(flag: str, text: str | None) -> float | None:
    """`1%`, or a bare number from 0 to 1."""
    return _validated(flag, Ratio, text, "write it like “1%”, or as a number from 0 to 1")


def read_base_url(text: str | None) -> str | None:
    """An address without a slash at its end."""
    if text is None:
        return None
    try:
        return str(TypeAdapter(BaseUrl).validate_python(text))
    except ValidationError as error:
        raise typer.BadParameter(
            error.errors(include_url=False)[0]["msg"], param_hint="--base-url"
        ) from None


def read_headers(texts: Iterable[str]) -> dict[str, str]:
    """`Name: value` as a pair."""
    pairs = {}
    for text in texts:
        match = _HEADER.fullmatch(text)
        if match is None:
            raise typer.BadParameter(
                f"“{text}” is no header; write it like “Accept: application/json”",
                param_hint="--header",
            )
        pairs[match[1]] = match[2]
    return pairs


def _explained(flag: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=flag) from None


def _validated(flag: str, kind: Any, text: str | None, hint: str) -> float | None:
    if text is None:
        return None
    try:
        return float(TypeAdapter(kind).validate_python(text))
    except ValidationError:
        raise typer.BadParameter(f"“{text}” cannot be used; {hint}", param_hint=flag) from None


def choose_endpoints(stored: Sequence[StoredEndpoint], wish: LoadWish) -> list[StoredEndpoint]:
    """The endpoints that are named, else all that only read; raises `BadParameter`."""
    if wish.endpoints:
        return list(dict.fromkeys(_find(stored, text) for text in wish.endpoints))
    chosen = [endpoint for endpoint in stored if endpoint.method in SAFE_METHODS]
    if not chosen:
        raise typer.BadParameter(
            f"none of the document's {len(stored)} endpoints only reads; name those that the load"
            f" may go to, like {_examples(stored)}",
            param_hint="--endpoint",
        )
    if len(chosen) > MAX_UNNAMED_ENDPOINTS:
        raise typer.BadParameter(
            f"the document has {len(chosen)} endpoints that only read, which is too much for one"
            f" quick load test; name some of them, like {_examples(chosen)}",
            param_hint="--endpoint",
        )
    return chosen


def _find(stored: Sequence[StoredEndpoint], text: str) -> StoredEndpoint:
    first, _, rest = text.strip().partition(" ")
    label = f"{first.upper()} {rest.strip()}" if rest else f"GET {first}"
    by_label = {endpoint.label: endpoint for endpoint in stored}
    if label in by_label:
        return by_label[label]
    by_operation = [e for e in stored if e.operation_id and e.operation_id == text.strip()]
    if len(by_operation) == 1:
        return by_operation[0]
    near = difflib.get_close_matches(label, by_label, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(f'“{name}”' for name in near)}?" if near else (
        f"it has, for example, {_examples(stored)}"
    )  # fmt: skip
    raise typer.BadParameter(f"the document has no “{text}”; {hint}", param_hint="--endpoint")


def _examples(stored: Sequence[StoredEndpoint]) -> str:
    return ", ".join(f"“{endpoint.label}”" for endpoint in stored[:3]) or "none at all"


def make_plan(wish: LoadWish, chosen: Sequence[StoredEndpoint], title: str) -> dict[str, Any]:
    """The plan to store; raises `BadParameter` that names the flag."""
    secret = None
    if wish.auth_env is not None:
        secret = {"secret": wish.auth_env, "format": wish.auth_format}
    try:
        plan = quick_plan(
            {e.key: Endpoint(method=e.method, path=e.path) for e in chosen},
            name=wish.name or f"Load test of {title}"[:500],
            vus=wish.vus,
            duration=wish.duration,
            rate=wish.rate,
            stages=wish.stages,
            p95_ms=wish.p95_ms,
            max_error_rate=wish.max_error_rate,
            base_url=wish.base_url,
            unsafe=True,
            authorisation=secret,
        )
    except Invalid as problem:
        raise name_flags(problem.errors, problem.detail) from None
    dumped = dump_plan(plan)
    if wish.headers:
        dumped["headers"] = {name: {"value": value} for name, value in wish.headers.items()}
    return dumped


def name_flags(errors: Sequence[FieldError], detail: str) -> typer.BadParameter:
    """The error of a plan as one of the flag that led to it."""
    for fault in errors:
        parts = fault["field"].split(".")
        flag = next((_FLAGS[part] for part in reversed(parts) if part in _FLAGS), None)
        if flag is not None:
            return typer.BadParameter(fault["message"], param_hint=flag)
    reasons = "; ".join(f"{fault['field']}: {fault['message']}" for fault in errors)
    return typer.BadParameter(reasons or detail)
