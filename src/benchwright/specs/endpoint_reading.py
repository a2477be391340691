"""One endpoint as a page shows it: its values in words, with what a test would send."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from benchwright.specs.models import Endpoint, Spec
from benchwright.specs.prose import Block, fold, read_prose
from benchwright.specs.responses import build_received
from benchwright.specs.schema_tree import Node, constraints_of, read_tree, type_of

Folded = tuple[list[Block], list[Block]]
"""What is read at once, and the rest."""

MANY_PARAMETERS = 25
LARGEST_SHOWN = 64 * 1024
_GIVEN = ("example", "examples", "default", "const", "enum")
_PLACES = ("path", "query", "header", "cookie")


@dataclass(slots=True)
class ParameterLine:
    """`example` is what a test sends: from the document if `is_given`, else built."""

    name: str
    location: str
    type: str
    required: bool
    constraints: list[str]
    description: Folded
    example: str
    is_given: bool


@dataclass(slots=True)
class Content:
    """A body or a response: its schema as a tree and an example as text."""

    label: str
    tree: Node | None
    example: str
    is_built: bool = False
    description: str = ""
    media_type: str = ""


@dataclass(slots=True)
class EndpointReading:
    """Everything of an endpoint, ready to be shown."""

    description: Folded
    parameters: list[ParameterLine]
    rare_parameters: list[ParameterLine]
    """Optional ones where there are very many."""
    body: Content | None
    body_required: bool
    other_media_types: list[str]
    responses: list[Content]
    security: list[str]
    """Alternatives, each in words."""
    base_url: str


def read_endpoint(spec: Spec, endpoint: Endpoint) -> EndpointReading:
    """Turns what is stored into what is shown."""
    lines = sorted(map(_parameter, endpoint.parameters), key=_rank)
    rare: list[ParameterLine] = []
    if len(lines) > MANY_PARAMETERS:
        required = [line for line in lines if line.required]
        shown = max(len(required), MANY_PARAMETERS)
        lines, rare = lines[:shown], lines[shown:]
    body = endpoint.body
    same = endpoint.description.strip() == endpoint.summary.strip()
    return EndpointReading(
        description=fold([] if same else read_prose(endpoint.description)),
        parameters=lines,
        rare_parameters=rare,
        body=_body(body) if body else None,
        body_required=bool(body and body["required"]),
        other_media_types=list(body["others"]) if body else [],
        responses=_responses(endpoint),
        security=_security(spec, endpoint),
        base_url=endpoint.base_url or spec.base_url,
    )


def is_known(parameter: dict[str, Any]) -> bool:
    """Whether the document itself says a value that a parameter takes."""
    schema = parameter.get("schema") or {}
    return bool(parameter.get("is_given")) or any(key in schema for key in _GIVEN)


def _parameter(stored: dict[str, Any]) -> ParameterLine:
    schema = stored.get("schema") or {}
    constraints = constraints_of(schema)
    if stored.get("media_type"):
        constraints.append(f"written as {stored['media_type']}")
    return ParameterLine(
        name=stored["name"],
        location=stored["location"],
        type=type_of(schema),
        required=stored["required"],
        constraints=constraints,
        description=fold(read_prose(stored.get("description") or "")),
        example="" if stored["example"] is None else _text(stored["example"], indent=None),
        is_given=is_known(stored),
    )


def _rank(line: ParameterLine) -> tuple[bool, int]:
    return not line.required, _PLACES.index(line.location)


def _body(body: dict[str, Any]) -> Content:
    example = "" if body["example"] is None else _text(body["example"])
    return Content("Body", _tree(body["schema"]), example, media_type=body["media_type"])


def _responses(endpoint: Endpoint) -> list[Content]:
    stored = {item["status"]: item for item in endpoint.response_details}
    found = []
    for status in endpoint.responses:
        item = stored.get(status, {})
        schema, example = item.get("schema") or {}, item.get("example")
        is_built = example is None and bool(schema)
        if is_built:
            example = build_received(schema)
        found.append(
            Content(
                label=status,
                tree=_tree(schema),
                example="" if example is None else _text(example),
                is_built=is_built,
                description=item.get("description", ""),
                media_type=item.get("media_type") or "",
            )
        )
    return found


def _tree(schema: Any) -> Node | None:
    if not schema:
        return None
    tree = read_tree(schema)
    return tree if tree.children or tree.type != "anything" else None


def _security(spec: Spec, endpoint: Endpoint) -> list[str]:
    schemes = {scheme["key"]: scheme for scheme in spec.security_schemes}
    return [
        " and ".join(_scheme(schemes.get(key), key) for key in keys) or "nothing"
        for keys in endpoint.security
    ]


def _scheme(scheme: dict[str, Any] | None, key: str) -> str:
    if scheme is None:
        return key
    what = f"{scheme['prefix']} " if scheme["prefix"] else ""
    return f"{key} ({what}in {scheme['location']} {scheme['name']})"


def _text(value: Any, indent: int | None = 2) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=indent)
    return text if len(text) <= LARGEST_SHOWN else text[:LARGEST_SHOWN] + "\n…"
