"""A spec's endpoints to look through: filtered, in the order of their tags, a stretch at a time."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from benchwright.kit.db import ReadSession
from benchwright.specs import endpoint_list_repository, endpoint_repository, tag_repository
from benchwright.specs.endpoint_reading import is_known
from benchwright.specs.models import Spec, Tag
from benchwright.specs.outline import DEFAULT_TAG, EndpointFilter

MOST_SUGGESTED = 5
PLENTY_TO_SUGGEST_FROM = 200


class Row(NamedTuple):
    """As much of an endpoint as a list shows; `tags` are in the spec's order."""

    id: int
    public_id: uuid.UUID
    method: str
    path: str
    operation_id: str
    summary: str
    deprecated: bool
    tags: list[str]


@dataclass(slots=True)
class Group:
    """Endpoints whose first tag is the same."""

    name: str
    rows: list[Row] = field(default_factory=list)


def list_rows(
    session: ReadSession, spec: Spec, wish: EndpointFilter, *, offset: int = 0, limit: int
) -> tuple[list[Row], bool]:
    """A stretch of the endpoints in the order of their first tags, and whether more follow."""
    found = endpoint_list_repository.stretch_of_endpoints(session, spec.id, wish, offset, limit + 1)
    tags = tag_repository.tags_of(session, [row.id for row in found])
    rows = [Row._make((*row, _names(tags[row.id]))) for row in found]
    return rows[:limit], len(rows) > limit


def count_rows(session: ReadSession, spec: Spec, wish: EndpointFilter) -> int:
    """How many endpoints pass the filter."""
    return (
        endpoint_list_repository.count_filtered(session, spec.id, wish)
        if wish
        else spec.endpoint_count
    )


def count_methods(session: ReadSession, spec: Spec) -> dict[str, int]:
    """The methods that occur, each with the number of its endpoints, the most frequent first."""
    return endpoint_list_repository.count_methods(session, spec.id)


def keep_known(
    session: ReadSession, spec: Spec, public_ids: Iterable[uuid.UUID]
) -> list[uuid.UUID]:
    """Those of the ids that are endpoints which the spec has now, each once."""
    wanted = list(dict.fromkeys(public_ids))
    known = endpoint_repository.ids_in_spec(session, spec.id, wanted)
    return [public_id for public_id in wanted if public_id in known]


def group_rows(rows: Iterable[Row]) -> list[Group]:
    """Rows that stand in the order of their tags, under a heading for each first tag."""
    groups: list[Group] = []
    for row in rows:
        if not groups or groups[-1].name != row.tags[0]:
            groups.append(Group(row.tags[0]))
        groups[-1].rows.append(row)
    return groups


def suggest(session: ReadSession, spec: Spec) -> list[uuid.UUID]:
    """Endpoints for a first run: they only read, and need no value that one would have to know.

    Where some are open to anybody, those that need credentials are left out: they would answer
    401 only. Of what remains, those with the fewest required values are taken.
    """
    ranked = []
    found = endpoint_repository.reading_endpoints(session, spec.id, PLENTY_TO_SUGGEST_FROM)
    for place, (public_id, parameters, security) in enumerate(found):
        required = [item for item in parameters if item["required"]]
        if all(map(is_known, required)):
            ranked.append((_needs_credentials(security), len(required), place, public_id))
    ranked.sort(key=lambda item: item[:3])
    best = [item for item in ranked if item[0] == ranked[0][0]][:MOST_SUGGESTED]
    return [public_id for *_, public_id in sorted(best, key=lambda item: item[2])]


def _needs_credentials(security: Sequence[Sequence[str]]) -> bool:
    return bool(security) and all(security)


def _names(tags: Sequence[Tag]) -> list[str]:
    return [tag.name for tag in tags] or [DEFAULT_TAG]
