"""The search as JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from benchwright.access.scopes import Scope, requires
from benchwright.kit.unicode import STORABLE
from benchwright.lab import ReadSessionDep
from benchwright.projects.service import DEFAULT_SLUG
from benchwright.search import service
from benchwright.search.schemas import Found, Words

router = APIRouter(prefix="/api/v1", tags=["search"])


@router.get("/search", dependencies=[Depends(requires(Scope.READ))])
def search(
    session: ReadSessionDep,
    q: Words,
    project: Annotated[
        str, Query(max_length=64, pattern=STORABLE, description="Slug; its own is listed first.")
    ] = DEFAULT_SLUG,
    limit: Annotated[int, Query(ge=1, le=100, description="How many of each kind.")] = 20,
) -> Found:
    """Finds projects, load tests, specs, endpoints and runs by their words."""
    return service.search(session, q, project=project, limit=limit)
