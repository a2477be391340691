"""What a script needs to know of an endpoint, wherever that was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchwright.loadtests.constraints import schema_words

if TYPE_CHECKING:
    from benchwright.specs.models import Endpoint as EndpointRow
    from benchwright.specs.models import Spec

FieldEncodings = Mapping[str, Mapping[str, Any]]
"""By name of the field: `style` and `explode`, or in multipart `media_type` and `is_file`."""


@dataclass(frozen=True)
class EndpointParameter:
    """A documented parameter; `location` is `path`, `query`, `header` or `cookie`."""

    name: str
    location: str
    required: bool = False
    example: Any = None
    style: str | None = None
    explode: bool | None = None
    media_type: str | None = None
    """Set when the value travels serialised, as JSON mostly."""
    constraints: str = ""
    """What the document says of its values, in words."""


@dataclass(frozen=True)
class EndpointBody:
    """The documented body that is sent when a scenario gives none."""

    media_type: str
    example: Any = None
    encoding: FieldEncodings = field(default_factory=dict)
    """How single fields of a form are written, where that is special."""


@dataclass(frozen=True)
class Endpoint:
    """An operation; `base_url` is that of its document."""

    method: str
    path: str
    parameters: tuple[EndpointParameter, ...] = ()
    body: EndpointBody | None = None
    responses: tuple[str, ...] = ()
    base_url: str | None = None
    is_removed: bool = False
    """Whether the newest version of the document lacks it."""

    @property
    def label(self) -> str:
        """The name of its requests in all figures: `GET /users/{id}`."""
        return f"{self.method} {self.path}"


def endpoint_of(row: EndpointRow, spec: Spec) -> Endpoint:
    """A stored endpoint as scripts need it."""
    body = row.body
    return Endpoint(
        method=row.method,
        path=row.path,
        parameters=tuple(
            EndpointParameter(
                name=parameter["name"],
                location=parameter["location"],
                required=parameter["required"],
                example=parameter.get("example"),
                style=parameter.get("style"),
                explode=parameter.get("explode"),
                media_type=parameter.get("media_type"),
                constraints=schema_words(parameter.get("schema")),
            )
            for parameter in row.parameters
        ),
        body=EndpointBody(body["media_type"], body.get("example"), body.get("encoding") or {})
        if body
        else None,
        responses=tuple(row.responses),
        base_url=row.base_url or spec.base_url or None,
        is_removed=row.removed_at is not None,
    )
