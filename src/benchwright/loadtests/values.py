"""Where a value of a request comes from: fixed, a list, a CSV column, a generator, a secret."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    Tag,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

MAX_SAFE_INTEGER = 2**53 - 1
"""Largest integer that JavaScript keeps exactly."""

SafeInteger = Annotated[int, Field(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
Order = Literal["sequential", "random"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_RESERVED = re.compile(
    r"K6_|BENCHWRIGHT_|LD_|DYLD_|GO|SSL|OTEL_|(?:HTTPS?|NO|ALL|FTP)_PROXY$"
    r"|(?:PATH|HOME|USER|SHELL|LANG|TZ|TMPDIR|PWD|XDG_.*|LC_.*)$",
    re.IGNORECASE | re.ASCII,
)


def check_variable(name: str) -> str:
    """The name, if it may be an environment variable of k6; raises a Pydantic error."""
    if not _VARIABLE.fullmatch(name):
        raise PydanticCustomError(
            "variable",
            "A variable's name has 1 to 64 letters, digits and underscores, no digit first",
        )
    if _RESERVED.match(name):
        raise PydanticCustomError(
            "variable", "This name would change k6 or its system; choose another"
        )
    return name


def _check_secret(name: str) -> str:
    if not name.isupper():
        raise PydanticCustomError("secret", "Names of secrets have A-Z, 0-9 and _ only")
    return name


Variable = Annotated[str, BeforeValidator(lambda v: check_variable(v) if isinstance(v, str) else v)]
"""Name of an environment variable that the script reads."""
SecretName = Annotated[Variable, AfterValidator(_check_secret)]
"""Name of a stored secret, and of the variable that holds it when k6 runs."""


class Strict(BaseModel):
    """Unknown fields are errors; what was read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FixedValue(Strict):
    """The same value in every request."""

    value: JsonValue


class ListedValues(Strict):
    """One of a list: each iteration takes the next one, or a random one by the seed."""

    values: list[JsonValue] = Field(min_length=1, max_length=20_000)
    order: Order = "sequential"


class CsvColumn(Strict):
    """A column of a data file; all columns of one file come from the same row.

    `cells` says whether a cell is a text or JSON (a number, for example) in a JSON body.
    """

    csv: str = Field(max_length=100)
    column: str = Field(max_length=500)
    cells: Literal["text", "json"] = "text"


class EnvironmentValue(Strict):
    """A plain variable of the plan's `environment`."""

    env: Variable


class SecretValue(Strict):
    """A stored secret, read from the environment when k6 runs."""

    secret: SecretName


class _Between(Strict):
    @field_validator("max", check_fields=False)
    @classmethod
    def _check_order(cls, maximum: float, info: ValidationInfo) -> float:
        if maximum < info.data.get("min", maximum):
            raise PydanticCustomError("range", "`max` must not be below `min`")
        return maximum


class GeneratedInteger(_Between):
    generate: Literal["integer"]
    min: SafeInteger = 1
    max: SafeInteger = Field(1_000_000, validate_default=True)


class GeneratedNumber(_Between):
    generate: Literal["number"]
    min: float = 0
    max: float = Field(1, validate_default=True)
    decimals: int = Field(2, ge=0, le=9)


class GeneratedString(Strict):
    """Random characters of an alphabet."""

    generate: Literal["string"]
    length: int = Field(12, ge=1, le=10_000)
    alphabet: str = Field("abcdefghijklmnopqrstuvwxyz0123456789", min_length=1, max_length=1000)


class GeneratedSimple(Strict):
    """A value that needs no more than its kind."""

    generate: Literal["uuid", "word", "boolean"]


class GeneratedChoice(Strict):
    generate: Literal["choice"]
    of: list[JsonValue] = Field(min_length=1, max_length=20_000)


class GeneratedTimestamp(Strict):
    """The time of the request, plus an offset; the one generator that no seed repeats."""

    generate: Literal["timestamp"]
    format: Literal["iso", "unix", "unix_ms"] = "iso"
    offset_s: float = Field(0, ge=-1e10, le=1e10)


class GeneratedSequence(Strict):
    """`start`, `start + step`, …: a number that no other iteration of the scenario gets."""

    generate: Literal["sequence"]
    start: SafeInteger = 1
    step: SafeInteger = 1


Generator = Annotated[
    GeneratedInteger
    | GeneratedNumber
    | GeneratedString
    | GeneratedSimple
    | GeneratedChoice
    | GeneratedTimestamp
    | GeneratedSequence,
    Discriminator("generate"),
]

_KINDS = ("value", "values", "csv", "generate", "env", "secret")


def _kind_of(source: Any) -> str | None:
    for kind in _KINDS:
        if (kind in source) if isinstance(source, dict) else hasattr(source, kind):
            return f"<{kind}>"
    return None


def _expand_shorthand(source: Any) -> Any:
    if isinstance(source, list):
        return {"values": source}
    if source is None or isinstance(source, str | int | float):
        return {"value": source}
    return source


Source = Annotated[
    Annotated[FixedValue, Tag("<value>")]
    | Annotated[ListedValues, Tag("<values>")]
    | Annotated[CsvColumn, Tag("<csv>")]
    | Annotated[Generator, Tag("<generate>")]
    | Annotated[EnvironmentValue, Tag("<env>")]
    | Annotated[SecretValue, Tag("<secret>")],
    Discriminator(
        _kind_of,
        custom_error_type="source",
        custom_error_message=(
            "A value is given as is, as a list, or as an object with one of `value`, `values`, "
            "`csv` (with `column`), `generate`, `env`, `secret`"
        ),
    ),
    BeforeValidator(_expand_shorthand),
]
"""A bare value stands for `{"value": …}`, a bare list for `{"values": […]}`."""
