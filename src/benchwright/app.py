"""Wires the web application."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import FastAPI

from benchwright.access.wiring import install_access
from benchwright.compat import wiring as compat
from benchwright.compat.opeva import wiring as opeva
from benchwright.datasets.intake import room_for_uploads
from benchwright.installation import Installation, make_reconciler, open_installation
from benchwright.kit.request_times import RequestTimesMiddleware
from benchwright.lab import Lab
from benchwright.routers import ROUTERS, TAGS
from benchwright.settings import Settings
from benchwright.version import VERSION
from benchwright.web.wiring import install_web

log = logging.getLogger(__name__)


def create_app(
    settings: Settings, *, owner: str | None = None, only: uuid.UUID | None = None
) -> FastAPI:
    """The application of one installation; with `only`, it drives that one run and no other."""
    return build_app(open_installation(settings, owner=owner), only=only)


def build_app(installation: Installation, *, only: uuid.UUID | None = None) -> FastAPI:
    """The application of an installation that is open already."""
    lab = installation.lab

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reconciler = make_reconciler(installation, only)
        lab.wake = reconciler.wake
        loops = {
            "reconciler": reconciler.run,
            **_background(installation, app, alone=only is not None),
        }
        tasks = [asyncio.create_task(_keep_alive(lab, name, loop)) for name, loop in loops.items()]
        tasks.append(asyncio.create_task(lab.relays.check()))
        try:
            yield
        finally:
            lab.closing.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await installation.instruments.shut_down()
            await installation.executors.aclose()
            await lab.sources.aclose()
            await lab.fetcher.aclose()
            lab.database.dispose()

    app = FastAPI(
        title="Benchwright",
        version=VERSION,
        lifespan=lifespan,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
    )
    app.state.lab = lab
    install_access(app, lab, compat.guests(lab.settings), room_for_uploads(lab.settings))
    # Outermost: what is turned away takes its time too.
    app.add_middleware(RequestTimesMiddleware, times=lab.request_times)
    install_web(app)
    compat.install(app, lab)
    for router in ROUTERS:
        app.include_router(router)
    return app


def _background(
    installation: Installation, app: FastAPI, *, alone: bool
) -> dict[str, Callable[[], Awaitable[None]]]:
    """The loops beside the reconciler; a single run needs none but what sends its figures on."""
    forwarder = installation.lab.forwarder
    forwarding = {} if forwarder is None else {"forwarding": forwarder.run}
    if alone:
        return {**forwarding}
    from benchwright.hosts.watch import HostWatch
    from benchwright.retention.loop import keep_clean
    from benchwright.schedules.loop import keep_firing
    from benchwright.tracking.delivery import keep_reporting
    from benchwright.webhooks.delivery import keep_delivering

    lab = installation.lab
    watch = HostWatch(lab, installation.executors.note_hosts)
    lab.wake_hosts = watch.wake
    reports = lab.settings.tracking.mlflow_url is not None
    return {
        **forwarding,
        **({"mlflow": lambda: keep_reporting(lab)} if reports else {}),
        "hosts": watch.run,
        **opeva.loops(app, installation.executors),
        "retention": lambda: keep_clean(installation.lab),
        "schedules": lambda: keep_firing(installation.lab),
        "webhooks": lambda: keep_delivering(installation.lab),
    }


async def _keep_alive(lab: Lab, name: str, loop: Callable[[], Awaitable[None]]) -> None:
    """Starts a loop again when it fell over: one fault must not end a duty for good."""
    while not lab.closing.is_set():
        try:
            await loop()
        except Exception:
            lab.heartbeats.failed(name)
            log.exception("the %s loop failed; it starts again in 5 s", name)
            await asyncio.sleep(5)
