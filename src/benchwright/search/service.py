"""What a search finds, in the order in which it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchwright.kit.db import ReadSession
from benchwright.search import repository
from benchwright.search.schemas import Found, Hit, HitGroup, Kind

MAX_WORDS = 8
"""Further words are left out: each costs a look at every row."""


def search(session: ReadSession, text: str, *, project: str, limit: int) -> Found:
    """Up to `limit` of each kind that have all the words, `project`'s own first."""
    words = text.lower().split()[:MAX_WORDS]
    groups = []
    for kind, find, make in _KINDS if words else ():
        rows = find(session, words, project, limit + 1)
        if rows:
            hits = [make(row) for row in rows[:limit]]
            groups.append(HitGroup(kind=kind, items=hits, has_more=len(rows) > limit))
    return Found(query=text, groups=groups)


def _project(row: Any) -> Hit:
    return Hit(
        kind="project",
        public_id=row.public_id,
        project=row.slug,
        name=row.name,
        detail=row.description,
        page=f"/p/{row.slug}/",
    )


def _load_test(row: Any) -> Hit:
    return Hit(
        kind="load_test",
        public_id=row.public_id,
        project=row.slug,
        name=row.name,
        detail=row.description,
        page=f"/p/{row.slug}/load-tests/{row.public_id}",
    )


def _spec(row: Any) -> Hit:
    return Hit(
        kind="spec",
        public_id=row.public_id,
        project=row.slug,
        name=row.name,
        detail=f"version {row.version}, {row.endpoint_count:,} endpoints",
        page=f"/p/{row.slug}/specs/{row.public_id}",
    )


def _endpoint(row: Any) -> Hit:
    return Hit(
        kind="endpoint",
        public_id=row.public_id,
        project=row.slug,
        name=row.path,
        detail=row.summary or row.spec_name,
        method=row.method,
        page=f"/p/{row.slug}/specs/{row.spec_id}/endpoints/{row.public_id}",
    )


def _run(row: Any) -> Hit:
    return Hit(
        kind="run",
        public_id=row.public_id,
        project=row.slug,
        name=row.name,
        detail="",
        created_at=row.created_at,
        state=row.state,
        verdict=row.verdict,
        page=f"/p/{row.slug}/runs/{row.public_id}",
    )


_KINDS: tuple[tuple[Kind, Callable[..., repository.Rows], Callable[[Any], Hit]], ...] = (
    ("project", repository.find_projects, _project),
    ("load_test", repository.find_load_tests, _load_test),
    ("spec", repository.find_specs, _spec),
    ("endpoint", repository.find_endpoints, _endpoint),
    ("run", repository.find_runs, _run),
)
