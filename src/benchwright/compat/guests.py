"""Which requests without a token the documented interfaces may answer."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.routing import Match
from starlette.types import Scope

from benchwright.access.middleware import IsOpenToGuests


def guests_of(routers: Sequence[APIRouter], prefix: str, *below: APIRouter) -> IsOpenToGuests:
    """Whether a request goes to one of these routers, at the root or below the prefix.

    Those of `below` are served below the prefix only.
    """
    both = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for router in routers:
        both.include_router(router)
    for router in (*routers, *below):
        both.include_router(router, prefix=prefix)
    return lambda scope: any(
        route.matches(dict(scope))[0] is not Match.NONE for route in both.routes
    )


def any_of(*rules: IsOpenToGuests) -> IsOpenToGuests:
    """Lets in whom one of the rules lets in."""

    def is_open(scope: Scope) -> bool:
        return any(rule(scope) for rule in rules)

    return is_open
