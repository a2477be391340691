"""Who may start a job."""

from __future__ import annotations

from benchwright.access.hosts import is_loopback_name
from benchwright.access.principal import Principal, Scope
from benchwright.jobs.plan import JobPlan
from benchwright.kit.errors import Forbidden
from benchwright.settings import Settings


def check_allowed(settings: Settings, principal: Principal, plan: JobPlan) -> None:
    """A process is a shell on this machine: raises `Forbidden` for who may not have one."""
    check_image(settings, principal, plan.image)


def check_image(settings: Settings, principal: Principal, image: str | None) -> None:
    """As `check_allowed`, for what has this image or none."""
    if image is not None:
        return
    if not principal.may(Scope.ADMIN):
        raise Forbidden(
            "A command without an image runs on the server itself and needs a token with the scope "
            "`admin`; make one with `benchwright token create --scope admin`, or give an image."
        )
    check_enabled(settings)


def check_enabled(settings: Settings) -> None:
    """Raises `Forbidden` where nobody may run a command on this machine."""
    if not is_loopback_name(settings.server.host) and not settings.executors.process.enabled:
        raise Forbidden(
            "Commands without an image are switched off on this installation; "
            "BENCHWRIGHT_EXECUTORS__PROCESS__ENABLED=true allows them, or give an image."
        )
