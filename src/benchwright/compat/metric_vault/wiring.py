"""Serves the interface, at the root and below its own prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, FastAPI

from benchwright.access.middleware import IsOpenToGuests
from benchwright.access.scopes import Scope, requires
from benchwright.compat.guests import guests_of
from benchwright.compat.metric_vault import catalogue, histories, load_testing, scheduler, streams
from benchwright.compat.metric_vault.envelope import VaultRoute
from benchwright.compat.metric_vault.feed import JobFeeds
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.lab import Lab

PREFIX = "/compat/metric_vault"

home = APIRouter(tags=["metric vault"], route_class=VaultRoute)


@home.get("/", dependencies=[Depends(requires(Scope.READ))])
def say_ok() -> str:
    """Answers `"ok"`; a browser gets the overview there."""
    return "ok"


ROUTERS = (
    home,
    catalogue.router,
    load_testing.router,
    histories.router,
    streams.router,
    scheduler.router,
)


def install(app: FastAPI, lab: Lab) -> None:
    """Adds the routes, if the settings want them; before the pages, which share `/`."""
    if not lab.settings.compat.metric_vault.enabled:
        return
    app.state.metric_vault_feeds = JobFeeds(lab)
    for router in ROUTERS:
        app.include_router(router)
        app.include_router(router, prefix=PREFIX, include_in_schema=False)


def guests(settings: Settings) -> IsOpenToGuests:
    """Whether a request without a token is one of this interface, and the settings let it in."""
    vault = settings.compat.metric_vault
    if not (vault.enabled and vault.anonymous):
        return lambda _scope: False
    return guests_of(ROUTERS, PREFIX)
