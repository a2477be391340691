"""Who sends a request, and what they may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from starlette.types import Scope as AsgiScope

STATE_KEY = "principal"


class Scope(StrEnum):
    """What a token allows; see `implied` for what contains what."""

    READ = "read"
    RUN = "run"
    WRITE = "write"
    ADMIN = "admin"
    INGEST = "ingest"


_IMPLIED: dict[Scope, frozenset[Scope]] = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.RUN: frozenset({Scope.RUN, Scope.READ}),
    Scope.WRITE: frozenset({Scope.WRITE, Scope.RUN, Scope.READ}),
    Scope.ADMIN: frozenset(Scope),
    Scope.INGEST: frozenset({Scope.INGEST}),
}


def implied(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """The scopes with all that they contain: admin → all, write → run → read."""
    return frozenset().union(*(_IMPLIED[scope] for scope in scopes))


@dataclass(frozen=True)
class Principal:
    """The sender of a request.

    `key` names it in stored answers and logs; `run_token` is set when a workload showed the
    token of its run, which only the routes of that run accept.
    """

    key: str
    scopes: frozenset[Scope]
    token_id: int | None = None
    run_token: str | None = field(default=None, repr=False)

    def may(self, scope: Scope) -> bool:
        """Whether this scope was granted, by itself or by one that contains it."""
        return scope in implied(self.scopes)


LOCAL = Principal(key="local", scopes=frozenset(Scope))
"""Whoever sits at the machine of an installation that listens on loopback only."""

GUEST = Principal(key="guest", scopes=frozenset({Scope.WRITE}))
"""A client without a token, where the settings let it in: the clients of Metric Vault send none."""


def principal_of(scope: AsgiScope) -> Principal | None:
    """The sender that the access middleware found, if any."""
    found = scope.get("state", {}).get(STATE_KEY)
    return found if isinstance(found, Principal) else None
