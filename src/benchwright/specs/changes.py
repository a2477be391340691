"""What differs between two states of an API."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from itertools import islice
from typing import Any

from benchwright.specs.differences import Content, PartChange, find_differences
from benchwright.specs.outline import Body, Operation, Parameter, Response

Key = tuple[str, str]  # method, path

MOST_PARTS = 50
PLENTY_OF_ENDPOINTS = 500
PARTS_BEYOND = 5


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """One endpoint and, if it was there before, what changed of it: in words, and in parts."""

    method: str
    path: str
    parts: list[str] = field(default_factory=list)
    details: list[PartChange] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Changes:
    """Endpoints that appeared (again), vanished, or are described differently."""

    added: list[EndpointChange] = field(default_factory=list)
    removed: list[EndpointChange] = field(default_factory=list)
    changed: list[EndpointChange] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def as_json(self) -> dict[str, Any]:
        """As it is stored and shown."""
        return asdict(self)


def content_of(operation: Operation) -> Content:
    """An operation as its endpoint is stored, tags included, without method and path."""
    return {
        "operation_id": operation.operation_id,
        "summary": operation.summary,
        "description": operation.description,
        "deprecated": operation.deprecated,
        "base_url": operation.base_url,
        "parameters": [_as_dict(parameter) for parameter in operation.parameters],
        "body": _as_dict(operation.body) if operation.body is not None else None,
        "responses": operation.responses,
        "response_details": [_as_dict(response) for response in operation.response_details],
        "security": operation.security,
        "tags": operation.tags,
    }


def _as_dict(item: Parameter | Body | Response) -> Content:
    # Not `asdict`: that copies every schema and example to its last leaf.
    return {name: getattr(item, name) for name in _NAMES[type(item)]}


_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in (Parameter, Body, Response)}


def compare(before: dict[Key, Content], after: dict[Key, Content]) -> Changes:
    """What `after` adds to, removes from and changes in `before`, in the order of documents."""
    changes = Changes()
    for key, content in after.items():
        if key not in before:
            changes.added.append(EndpointChange(*key))
            continue
        # Where everything changed, nobody reads every part of it.
        most = MOST_PARTS if len(changes.changed) < PLENTY_OF_ENDPOINTS else PARTS_BEYOND
        if details := list(islice(find_differences(before[key], content), most)):
            parts = [str(detail) for detail in details]
            changes.changed.append(EndpointChange(*key, parts, details))
    changes.removed.extend(EndpointChange(*key) for key in before if key not in after)
    return changes
