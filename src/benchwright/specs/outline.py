"""What an OpenAPI document says, as far as a load test needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DEFAULT_TAG = "Default"


@dataclass(frozen=True, slots=True)
class TagInfo:
    """A group of operations."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that an operation takes outside its body.

    `media_type` is set when the value travels serialised (OpenAPI's `content`), as JSON mostly.
    """

    name: str
    location: str
    required: bool
    schema: dict[str, Any]
    example: Any
    style: str
    explode: bool
    description: str = ""
    media_type: str | None = None
    is_given: bool = False
    """Whether the document gives the example; otherwise it was built from the schema."""


@dataclass(frozen=True, slots=True)
class Response:
    """A documented response; `example` is the document's own, `schema` is empty where it is left out."""

    status: str
    description: str = ""
    media_type: str | None = None
    schema: dict[str, Any] = field(default_factory=dict)
    example: Any = None


@dataclass(frozen=True, slots=True)
class Body:
    """A request body in the media type that suits a load test best; `others` can be sent too.

    `encoding` says how single fields of a form are written: see `encodings`.
    """

    media_type: str
    schema: dict[str, Any]
    example: Any
    required: bool
    others: list[str] = field(default_factory=list)
    encoding: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """How a client proves who it is: a value with `prefix` in the place `location`, `name`."""

    key: str
    type: str
    location: str
    name: str
    prefix: str = ""
    token_url: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    `responses` are the documented status codes, `response_details` what is said of them; `security` lists alternatives, each with the
    keys of the schemes that it needs together; `base_url` is set where it differs from the
    document's.
    """

    method: str
    path: str
    operation_id: str
    summary: str
    description: str
    tags: list[str]
    deprecated: bool
    parameters: list[Parameter]
    body: Body | None
    responses: list[str]
    security: list[list[str]]
    base_url: str | None = None
    response_details: list[Response] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Analysis:
    """A document's content; parts that could not be used are named in `warnings`.

    Schemas may be shared between operations: do not change them in place.
    """

    dialect: str
    title: str
    version: str
    description: str
    base_url: str
    servers: list[str]
    tags: list[TagInfo]
    operations: list[Operation]
    security_schemes: list[SecurityScheme]
    warnings: list[str]


MOST_WORDS = 10


@dataclass(frozen=True, slots=True)
class EndpointFilter:
    """All words of the text must occur; of several methods any one will do."""

    text: str = ""
    methods: tuple[str, ...] = ()
    tag: str = ""

    @property
    def words(self) -> list[str]:
        """What was typed, word by word."""
        return self.text.lower().split()[:MOST_WORDS]

    def __bool__(self) -> bool:
        return bool(self.words or self.methods or self.tag)
