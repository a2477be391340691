"""The plan of a load test: strict models, and errors that name the faulty field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

from benchwright.kit.errors import FieldError, Invalid
from benchwright.loadtests import faults
from benchwright.loadtests.checks import Check, check_pointer
from benchwright.loadtests.data_files import DataFile, FileName
from benchwright.loadtests.durations import PositiveDuration
from benchwright.loadtests.scenarios import (
    HeaderName,
    Methods,
    Name,
    ParameterName,
    Path,
    RequestBody,
    Scenario,
    ThinkTime,
    ThinkTimes,
)
from benchwright.loadtests.values import SecretName, Source, Strict, Variable

MAX_SCENARIOS = 5000
BEARER = "Bearer {secret}"
MAX_DEPTH = 60
MAX_DATA_BYTES = 8 * 1024 * 1024


def check_base_url(url: str) -> str:
    """The address without a slash at its end; raises a Pydantic error if it is unusable."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise PydanticCustomError("url", "This is not an address") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise PydanticCustomError("url", "An address starts with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise PydanticCustomError(
            "url", "Leave name and password out of the address; use `authorisation` with a secret"
        )
    if parts.query or parts.fragment or any(c in url for c in "{}\\ \t\r\n"):
        raise PydanticCustomError(
            "url", "A base address has no query, no fragment, no spaces and no braces"
        )
    return url.rstrip("/")


BaseUrl = Annotated[str, Field(max_length=2000), AfterValidator(check_base_url)]


class Authorisation(Strict):
    """A header of every scenario's requests that carries a stored secret.

    With `user` the secret is that user's password, and both are sent as HTTP Basic.
    """

    secret: SecretName
    header: HeaderName = "Authorization"
    format: str = Field(BEARER, max_length=200, pattern=r"^[^\r\n]*\{secret\}[^\r\n]*$")
    user: str | None = Field(None, min_length=1, max_length=500, pattern=r"^[^:\x00-\x1f\x7f]+$")

    @field_validator("user")
    @classmethod
    def _check_user(cls, user: str | None, info: ValidationInfo) -> str | None:
        if user is not None and info.data.get("format", BEARER) != BEARER:
            raise PydanticCustomError("user", "With a `user` the header needs no `format`")
        return user

    @property
    def effective_format(self) -> str:
        """What stands around the secret."""
        return self.format if self.user is None else "Basic {secret}"


class SetupRequest(Strict):
    """One request before the load whose answer holds a token for the scenarios."""

    method: Methods = "POST"
    path: Path | None = None
    url: Annotated[str, Field(max_length=4000)] | None = Field(None, validate_default=True)
    headers: dict[HeaderName, Source] = {}
    body: RequestBody | None = None
    values: dict[ParameterName, Source] = {}
    token_pointer: Annotated[str, AfterValidator(check_pointer)]
    header: HeaderName = "Authorization"
    format: str = Field("Bearer {token}", max_length=200, pattern=r"^[^\r\n]*\{token\}[^\r\n]*$")

    @field_validator("url")
    @classmethod
    def _check_address(cls, url: str | None, info: ValidationInfo) -> str | None:
        if (url is None) == (info.data.get("path") is None):
            raise PydanticCustomError(
                "url", "Give either a `path` below the base address or a `url`"
            )
        if url is not None:
            check_base_url(url.partition("?")[0])
        return url


class AutoStopRule(Strict):
    """Ends the run when a figure of the last `window_s` seconds lies above a limit.

    `above` is a ratio for `error_rate`, milliseconds otherwise; fewer than `min_requests` prove
    nothing. `scenario` is a key (`s1`) or a name that only one scenario has.
    """

    metric: Literal["error_rate", "p50", "p95", "p99"]
    above: float = Field(ge=0)
    window_s: int = Field(10, ge=1, le=300)
    delay_s: int = Field(0, ge=0, le=86_400)
    min_requests: int = Field(10, ge=1, le=1_000_000)
    scenario: str | None = None

    @field_validator("above")
    @classmethod
    def _check_ratio(cls, above: float, info: ValidationInfo) -> float:
        if info.data.get("metric") == "error_rate" and above >= 1:
            raise PydanticCustomError(
                "ratio", "An error rate is a ratio below 1; 0.05 stands for 5 %"
            )
        return above


class Plan(Strict):
    """Everything that a generated script is made from, endpoints apart."""

    name: Name
    base_url: BaseUrl | None = None
    scenarios: list[Scenario] = Field(min_length=1, max_length=MAX_SCENARIOS)
    environment: dict[Variable, Annotated[str, Field(max_length=10_000)]] = Field(
        {}, max_length=200
    )
    authorisation: Authorisation | None = None
    headers: dict[HeaderName, Source] = {}
    setup: SetupRequest | None = None
    target_tps: float | None = Field(None, gt=0, le=10_000_000)
    auto_stop: list[AutoStopRule] = Field([], max_length=50)
    checks: list[Check] = Field([], max_length=50)
    data_files: dict[FileName, DataFile] = Field({}, max_length=20)
    seed: int = Field(1, ge=0, le=2**32 - 1)
    request_timeout: PositiveDuration = 60
    setup_timeout: PositiveDuration = 60
    think_time_s: ThinkTimes = ThinkTime(min_s=0, max_s=0)
    insecure_tls: bool = False
    no_redirects: bool = False

    @field_validator("data_files")
    @classmethod
    def _check_size(cls, files: dict[str, DataFile]) -> dict[str, DataFile]:
        if sum(len(file.csv) for file in files.values()) > MAX_DATA_BYTES:
            raise PydanticCustomError("size", "All data files together may have 8 MiB")
        return files

    def scenario_key(self, index: int) -> str:
        """The key of a scenario in script, metrics and results: `s1`, `s2`, …."""
        return f"s{index + 1}"

    def auto_stop_key(self, rule: AutoStopRule) -> str | None:
        """The key of the scenario that a rule names; raises `LookupError` if it names none."""
        if rule.scenario is None:
            return None
        named = [i for i, s in enumerate(self.scenarios) if s.name == rule.scenario]
        if len(named) == 1:
            return self.scenario_key(named[0])
        number = rule.scenario.removeprefix("s")
        if not named and number.isascii() and number.isdigit() and len(number) <= 5:
            index = int(number) - 1
            if 0 <= index < len(self.scenarios) and rule.scenario == self.scenario_key(index):
                return rule.scenario
        raise LookupError(rule.scenario)


def parse_plan(data: Mapping[str, Any]) -> Plan:
    """The plan in `data`; raises `Invalid` that names each faulty field in plain words."""
    unusable = list(_unusable_texts(data))
    if unusable:
        raise Invalid("The plan contains something that cannot be stored.", unusable[:20])
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        raise Invalid("The plan is not valid.", faults.explain(error, data)) from None
    errors = list(_cross_errors(plan))
    if errors:
        raise Invalid("The plan is not valid.", errors)
    return plan


def dump_plan(plan: Plan) -> dict[str, Any]:
    """The plan as JSON, without what was left at its default."""
    return plan.model_dump(mode="json", exclude_unset=True)


def _cross_errors(plan: Plan) -> Iterator[FieldError]:
    for i, rule in enumerate(plan.auto_stop):
        try:
            plan.auto_stop_key(rule)
        except LookupError:
            yield {
                "field": f"auto_stop.{i}.scenario",
                "message": "No scenario, or more than one, has this name; use its key, like `s1`",
            }


def _unusable_texts(data: Any) -> Iterator[FieldError]:
    # Databases cannot keep NUL or half characters, JSON no infinity; k6 would stumble over both.
    pending: list[tuple[str, Any, int]] = [("", data, 0)]
    while pending:
        field, value, depth = pending.pop()
        message = None
        if depth > MAX_DEPTH:
            yield {"field": field[:200], "message": f"Nested deeper than {MAX_DEPTH} levels"}
            continue
        if isinstance(value, str):
            message = faults.text_fault(value)
        elif isinstance(value, float) and not math.isfinite(value):
            message = "Not a number that JSON can hold"
        elif isinstance(value, Mapping):
            for key, child in value.items():
                if not isinstance(key, str):
                    message = "Names are texts"
                elif faults.text_fault(key):
                    message = "A name in it contains a character that cannot be stored"
                else:
                    pending.append((f"{field}.{key}" if field else key, child, depth + 1))
        elif isinstance(value, list | tuple):
            pending.extend(
                (f"{field}.{i}" if field else str(i), child, depth + 1)
                for i, child in enumerate(value)
            )
        if message:
            yield {"field": field[:200], "message": message}
