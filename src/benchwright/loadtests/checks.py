"""What an answer is checked for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Discriminator, Field, JsonValue, Tag, field_validator
from pydantic_core import PydanticCustomError

from benchwright.loadtests.targets import Milliseconds
from benchwright.loadtests.values import Strict

CheckName = Annotated[str, Field(min_length=1, max_length=300)]


def check_pointer(pointer: str) -> str:
    """The JSON pointer (RFC 6901), if it is one; raises a Pydantic error."""
    if pointer and not pointer.startswith("/"):
        raise PydanticCustomError(
            "pointer", "A JSON pointer starts with a slash, like `/data/token`"
        )
    return pointer


class StatusCheck(Strict):
    """The status is one of these."""

    name: CheckName | None = None
    status: list[Annotated[int, Field(ge=100, le=599)]] = Field(min_length=1, max_length=100)

    @field_validator("status", mode="before")
    @classmethod
    def _accept_one(cls, status: Any) -> Any:
        return [status] if isinstance(status, int) else status

    @property
    def label(self) -> str:
        return self.name or "status is " + " or ".join(map(str, self.status))


class BodyCheck(Strict):
    """The body contains this text."""

    name: CheckName | None = None
    body_contains: str = Field(min_length=1, max_length=10_000)

    @property
    def label(self) -> str:
        return self.name or f"body contains {_short(self.body_contains)}"


class JsonCheck(Strict):
    """The JSON body has this value at the pointer."""

    name: CheckName | None = None
    json_pointer: str = Field(max_length=1000)
    equals: JsonValue

    _check_pointer = field_validator("json_pointer")(check_pointer)

    @property
    def label(self) -> str:
        return self.name or f"{self.json_pointer or 'body'} is {_short(self.equals)}"


class TimeCheck(Strict):
    """The answer took less than this."""

    name: CheckName | None = None
    response_time_below_ms: Milliseconds

    @property
    def label(self) -> str:
        return self.name or f"response time < {self.response_time_below_ms:g} ms"


def _kind_of(check: Any) -> str | None:
    for kind in ("status", "body_contains", "json_pointer", "response_time_below_ms"):
        if (kind in check) if isinstance(check, dict) else hasattr(check, kind):
            return f"<{kind}>"
    return None


Check = Annotated[
    Annotated[StatusCheck, Tag("<status>")]
    | Annotated[BodyCheck, Tag("<body_contains>")]
    | Annotated[JsonCheck, Tag("<json_pointer>")]
    | Annotated[TimeCheck, Tag("<response_time_below_ms>")],
    Discriminator(
        _kind_of,
        custom_error_type="check",
        custom_error_message=(
            "A check has one of `status`, `body_contains`, `json_pointer` (with `equals`), "
            "`response_time_below_ms`"
        ),
    ),
]


def write_checks(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Checks as data for the script, each under a name of its own."""
    written: dict[str, dict[str, Any]] = {}
    for check in checks:
        # k6 takes "::" for a separator of groups and refuses it in names.
        name = check.label.replace("::", ": :")
        while name in written:
            name += " (again)"
        written[name] = {"name": name, **_condition(check)}
    return list(written.values())


def _condition(check: Check) -> dict[str, Any]:
    if isinstance(check, StatusCheck):
        return {"status": check.status}
    if isinstance(check, BodyCheck):
        return {"contains": check.body_contains}
    if isinstance(check, JsonCheck):
        return {"pointer": check.json_pointer, "equals": check.equals}
    return {"below": check.response_time_below_ms}


def _short(value: JsonValue) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"
