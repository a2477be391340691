"""One scenario of a plan: which request, how it is loaded, what is expected of it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, field_validator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

from benchwright.loadtests.checks import Check
from benchwright.loadtests.durations import Duration, LoadDuration, PositiveDuration
from benchwright.loadtests.targets import Targets
from benchwright.loadtests.values import Source, Strict

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}", re.ASCII)


def _check_token(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise PydanticCustomError(
            "token", "Names of headers and cookies have letters, digits and -_.!#$%&'*+^`|~ only"
        )
    return name


HeaderName = Annotated[str, AfterValidator(_check_token)]
Name = Annotated[str, Field(min_length=1, max_length=500)]
ParameterName = Annotated[str, Field(min_length=1, max_length=500)]
Vus = Annotated[int, Field(ge=1, le=200_000)]
Rate = Annotated[float, Field(gt=0, le=10_000_000)]


def check_path(path: str) -> str:
    """The path template, if it is one; raises a Pydantic error."""
    if not path.startswith("/"):
        raise PydanticCustomError("path", "A path starts with a slash, like `/users/{id}`")
    if "#" in path or any(ord(c) < 32 or ord(c) == 127 for c in path):
        raise PydanticCustomError("path", "A path has no `#` and no control characters")
    return path


Path = Annotated[str, Field(max_length=4000), AfterValidator(check_path)]
Methods = Annotated[Method, BeforeValidator(lambda v: v.upper() if isinstance(v, str) else v)]


class ThinkTime(Strict):
    """A pause after each request, drawn evenly from the range."""

    min_s: float = Field(ge=0, le=3600)
    max_s: float = Field(ge=0, le=3600)

    @field_validator("max_s")
    @classmethod
    def _check_order(cls, max_s: float, info: ValidationInfo) -> float:
        if max_s < info.data.get("min_s", 0):
            raise PydanticCustomError("range", "`max_s` must not be below `min_s`")
        return max_s


def _expand_think_time(value: Any) -> Any:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return {"min_s": value, "max_s": value}
    if isinstance(value, list | tuple) and len(value) == 2:
        return {"min_s": value[0], "max_s": value[1]}
    return value


ThinkTimes = Annotated[ThinkTime, BeforeValidator(_expand_think_time)]
"""Seconds: one number, or two for a range."""


class FilePart(Strict):
    """A file of a multipart body; its content is text."""

    file_name: str = Field(min_length=1, max_length=500)
    content: str
    media_type: str = Field("text/plain", pattern=r"^[!-~ ]{3,200}$")


class RequestBody(Strict):
    """A body; the media type decides how `content` is written.

    JSON types take any value, `application/x-www-form-urlencoded` and `multipart/form-data` an
    object, all others a text. `{{name}}` stands for the value of that name, unless `template`
    is off.
    """

    media_type: str = Field("application/json", pattern=r"^[!-~ ]{3,200}$")
    content: JsonValue
    template: bool = True


class ScenarioValues(Strict):
    """Values of the request's parameters and of the body's placeholders, by name."""

    path: dict[ParameterName, Source] = {}
    query: dict[ParameterName, Source] = {}
    cookie: dict[HeaderName, Source] = {}
    body: dict[ParameterName, Source] = {}


class Stage(Strict):
    """Part of a ramp: within `duration` the load goes straight to `target`."""

    duration: Duration
    target: Annotated[float, Field(ge=0, le=10_000_000)]


class VuStage(Stage):
    target: Annotated[int, Field(ge=0, le=200_000)]


class BaseScenario(Strict):
    """What all scenarios have in common; the endpoint is a known one, or a method and a path."""

    name: Name
    endpoint: UUID | None = None
    method: Methods | None = None
    path: Path | None = Field(None, validate_default=True)
    start_time: Duration = 0
    graceful_stop: Duration = 30
    think_time_s: ThinkTimes | None = None
    values: ScenarioValues = ScenarioValues()
    headers: dict[HeaderName, Source] = {}
    body: RequestBody | None = None
    targets: Targets = Targets()
    checks: list[Check] = Field([], max_length=50)

    @field_validator("path")
    @classmethod
    def _check_request(cls, path: str | None, info: ValidationInfo) -> str | None:
        if "endpoint" not in info.data or "method" not in info.data:
            return path  # one of them is faulty itself
        known = info.data["endpoint"] is not None
        if known and (path is not None or info.data["method"] is not None):
            raise PydanticCustomError(
                "request", "Give either `endpoint`, or `method` and `path`, not both"
            )
        if not known and path is None:
            raise PydanticCustomError(
                "request", "Say what is requested: an `endpoint`, or a `method` and a `path`"
            )
        return path

    @property
    def effective_method(self) -> str:
        """The method of a scenario that names its path."""
        return self.method or "GET"


class ConstantVus(BaseScenario):
    """So many virtual users, each sending one request after the other."""

    executor: Literal["constant-vus"]
    vus: Vus = 1
    duration: LoadDuration


def _need_load(stages: list[Any], start: float) -> None:
    if start <= 0 and all(stage.target <= 0 for stage in stages):
        raise PydanticCustomError("stages", "Some stage needs a target above zero")
    if sum(stage.duration for stage in stages) <= 0:
        raise PydanticCustomError("stages", "Some stage needs a duration longer than zero")


class RampingVus(BaseScenario):
    """The number of virtual users follows the stages."""

    executor: Literal["ramping-vus"]
    start_vus: int = Field(0, ge=0, le=200_000)
    stages: list[VuStage] = Field(min_length=1, max_length=1000)
    graceful_ramp_down: Duration = 30

    @field_validator("stages")
    @classmethod
    def _check_stages(cls, stages: list[VuStage], info: ValidationInfo) -> list[VuStage]:
        _need_load(stages, info.data.get("start_vus", 1))
        return stages


class _ArrivalRate(BaseScenario):
    """Iterations start on schedule, whether or not earlier ones are answered.

    Without numbers of virtual users, they follow from the rate and the expected response time.
    """

    time_unit: PositiveDuration = 1
    pre_allocated_vus: Vus | None = None
    max_vus: Vus | None = None

    @field_validator("max_vus")
    @classmethod
    def _check_max(cls, max_vus: int | None, info: ValidationInfo) -> int | None:
        first = info.data.get("pre_allocated_vus")
        if max_vus is not None and first is not None and max_vus < first:
            raise PydanticCustomError(
                "max_vus", "`max_vus` must not be below `pre_allocated_vus`, {first}",
                {"first": first},
            )  # fmt: skip
        return max_vus


class ConstantArrivalRate(_ArrivalRate):
    """`rate` iterations per `time_unit`."""

    executor: Literal["constant-arrival-rate"]
    rate: Rate
    duration: LoadDuration


class RampingArrivalRate(_ArrivalRate):
    """The rate per `time_unit` follows the stages."""

    executor: Literal["ramping-arrival-rate"]
    start_rate: float = Field(0, ge=0, le=10_000_000)
    stages: list[Stage] = Field(min_length=1, max_length=1000)

    @field_validator("stages")
    @classmethod
    def _check_stages(cls, stages: list[Stage], info: ValidationInfo) -> list[Stage]:
        _need_load(stages, info.data.get("start_rate", 1))
        return stages


class SharedIterations(BaseScenario):
    """A number of iterations that the virtual users share."""

    executor: Literal["shared-iterations"]
    vus: Vus = 1
    iterations: int = Field(ge=1, le=1_000_000_000)
    max_duration: LoadDuration = 600

    @field_validator("iterations")
    @classmethod
    def _check_iterations(cls, iterations: int, info: ValidationInfo) -> int:
        vus = info.data.get("vus", 1)
        if iterations < vus:
            raise PydanticCustomError(
                "iterations", "There must be at least as many iterations as virtual users, {vus}",
                {"vus": vus},
            )  # fmt: skip
        return iterations


class PerVuIterations(BaseScenario):
    """A number of iterations for each virtual user."""

    executor: Literal["per-vu-iterations"]
    vus: Vus = 1
    iterations: int = Field(ge=1, le=1_000_000_000)
    max_duration: LoadDuration = 600


Scenario = Annotated[
    ConstantVus
    | RampingVus
    | ConstantArrivalRate
    | RampingArrivalRate
    | SharedIterations
    | PerVuIterations,
    Field(discriminator="executor"),
]

EXECUTORS = (
    "constant-vus",
    "ramping-vus",
    "constant-arrival-rate",
    "ramping-arrival-rate",
    "shared-iterations",
    "per-vu-iterations",
)
