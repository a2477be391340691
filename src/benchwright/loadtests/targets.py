"""What a scenario is expected to reach, and how k6 writes it as a threshold."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from benchwright.loadtests.values import Strict

STANDARD_STATS = ("avg", "min", "med", "max", "p90", "p95", "p99")
"""Stats of trends that every generated script reports, in Benchwright's words."""

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,6})?)", re.ASCII)
_RATIO = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*", re.ASCII)
_MS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*", re.ASCII)


def k6_stat(stat: str) -> str:
    """`p99.9` → `p(99.9)`; `avg`, `min`, `med`, `max` are the same in both."""
    match = _PERCENTILE.fullmatch(stat)
    return f"p({match[1]})" if match else stat


def plain_number(value: float) -> str:
    """A number without an exponent, as threshold expressions need it."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _check_stat(stat: str) -> str:
    match = _PERCENTILE.fullmatch(stat)
    if match is None and stat not in STANDARD_STATS:
        raise PydanticCustomError(
            "stat", "Use a percentile like `p95` or `p99.9`, or `avg`, `min`, `med`, `max`"
        )
    if match is not None:
        if float(match[1]) == 0:
            raise PydanticCustomError("stat", "A percentile lies above 0 and below 100")
        whole, _, fraction = match[1].partition(".")
        fraction = fraction.rstrip("0")
        return f"p{int(whole)}" + (f".{fraction}" if fraction else "")
    return stat


def _read_ratio(value: Any) -> Any:
    match = _RATIO.fullmatch(value) if isinstance(value, str) else None
    return float(Decimal(match[1]) / 100) if match else value


def _read_ms(value: Any) -> Any:
    match = _MS.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) * (1000 if match[2] == "s" else 1) if match else value


Stat = Annotated[str, AfterValidator(_check_stat)]
Ratio = Annotated[float, BeforeValidator(_read_ratio), Field(ge=0, le=1)]
"""0 to 1; a text like `1%` is understood."""
Milliseconds = Annotated[float, BeforeValidator(_read_ms), Field(gt=0, le=86_400_000)]
"""A number, or a text like `300ms` or `1.5s`."""


class ResponseTimeTarget(Strict):
    """The stat of the response time may not exceed `ms`."""

    stat: Stat = "p95"
    ms: Milliseconds

    @property
    def expression(self) -> str:
        """As a k6 threshold on `http_req_duration`."""
        return f"{k6_stat(self.stat)}<={plain_number(self.ms)}"


def _expand_response_time(value: Any) -> Any:
    return {"ms": value} if isinstance(value, int | float | str) else value


class Targets(Strict):
    """Targets of one scenario, judged from exact figures at the end."""

    response_time: Annotated[ResponseTimeTarget | None, BeforeValidator(_expand_response_time)] = (
        None
    )
    error_rate: Ratio | None = None

    @property
    def error_expression(self) -> str | None:
        """As a k6 threshold on `http_req_failed`."""
        return None if self.error_rate is None else f"rate<={plain_number(self.error_rate)}"
