"""Serves the interface, at the root and below its own prefix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, FastAPI

from benchwright.access.middleware import IsOpenToGuests
from benchwright.access.scopes import Scope, requires
from benchwright.compat.guests import guests_of
from benchwright.compat.opeva import configs, datasets, hosts, jobs, launching, sites
from benchwright.compat.opeva.answers import OpevaRoute
from benchwright.compat.opeva.keeping import TrackKeeper
from benchwright.executors.port import Executor
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.lab import Lab

PREFIX = "/compat/opeva"

Loop = Callable[[], Awaitable[None]]

ROUTERS = (
    launching.router,
    jobs.router,
    configs.router,
    datasets.router,
    hosts.router,
    sites.router,
)

own_health = APIRouter(tags=["opeva"], route_class=OpevaRoute)


@own_health.get("/health", dependencies=[Depends(requires(Scope.READ))])
def say_ok() -> dict[str, str]:
    """Answers as the OPEVA backend did; at the root the server's own answer says it too."""
    return {"status": "ok"}


def install(app: FastAPI, lab: Lab) -> None:
    """Adds the routes, if the settings want them."""
    if not lab.settings.compat.opeva.enabled:
        return
    app.state.opeva_keeper = TrackKeeper(lab)
    for router in ROUTERS:
        app.include_router(router)
    for router in (*ROUTERS, own_health):
        app.include_router(router, prefix=PREFIX, include_in_schema=False)


def guests(settings: Settings) -> IsOpenToGuests:
    """Whether a request without a token is one of this interface, and the settings let it in."""
    opeva = settings.compat.opeva
    if not (opeva.enabled and opeva.anonymous):
        return lambda _scope: False
    return guests_of(ROUTERS, PREFIX, own_health)


def loops(app: FastAPI, executors: Mapping[str, Executor]) -> dict[str, Loop]:
    """What goes on beside the requests, by name."""
    keeper: TrackKeeper | None = getattr(app.state, "opeva_keeper", None)
    return {} if keeper is None else {"opeva": lambda: keeper.keep(executors)}
