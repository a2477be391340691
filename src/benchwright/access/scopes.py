"""The dependencies with which every route states who may call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from benchwright.access.principal import LOCAL, Principal, Scope, implied, principal_of
from benchwright.access.run_tokens import check_run_token
from benchwright.kit.errors import Forbidden, Unauthorised

__all__ = [
    "LOCAL",
    "Principal",
    "Scope",
    "declared_scope",
    "implied",
    "ingest_for_run",
    "principal_of",
    "requires",
]

ScopeName = Literal["read", "run", "write", "admin", "ingest"]
Check = Callable[..., Awaitable[Principal]]

_bearer = HTTPBearer(auto_error=False, description="A token, `bw_pat_…`; not needed locally.")
# Only documents the scheme in /openapi.json: the access middleware has read the header by then.
BearerDoc = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]

_DECLARED: dict[Any, Scope] = {}


@cache
def requires(scope: Scope | ScopeName) -> Check:
    """A dependency that lets through who has `scope`: `Depends(requires("run"))`.

    It answers the principal, and 401 or 403 otherwise. Each call with one scope gives the same
    function, so that a test can override it.
    """
    needed = Scope(scope)

    async def check(request: Request, _bearer: BearerDoc = None) -> Principal:
        principal = known_principal(request)
        if not principal.may(needed):
            raise Forbidden(
                f"This needs a token with the scope `{needed}`; "
                f"make one with `benchwright token create --scope {needed}`."
            )
        return principal

    _DECLARED[check] = needed
    return check


async def ingest_for_run(request: Request, run_id: UUID, _bearer: BearerDoc = None) -> Principal:
    """Lets write to the run of the path `{run_id}`: its own run token, or the scope `ingest`."""
    principal = known_principal(request)
    if principal.run_token is not None:
        if not check_run_token(request.app.state.lab.keyring, run_id, principal.run_token):
            raise Forbidden("This token belongs to another run.")
    elif not principal.may(Scope.INGEST):
        raise Forbidden("This needs the token of the run, or one with the scope `ingest`.")
    return principal


_DECLARED[ingest_for_run] = Scope.INGEST


def known_principal(request: Request) -> Principal:
    """The sender of the request; raises `Unauthorised` when it is unknown."""
    principal = principal_of(request.scope)
    if principal is None:
        raise Unauthorised(
            "Send `Authorization: Bearer bw_pat_…`; "
            "`benchwright token create` makes a token, a browser signs in at /sign-in."
        )
    return principal


def declared_scope(dependant: Dependant) -> Scope | None:
    """The strongest scope that a route's dependencies ask for; None when they ask for none."""
    declared = (_DECLARED[call] for call in _calls(dependant) if call in _DECLARED)
    return max(declared, key=lambda scope: len(implied([scope])), default=None)


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for nested in dependant.dependencies:
        yield from _calls(nested)
