"""The host that stands for this machine, as the settings say it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from benchwright.hosts import repository
from benchwright.hosts.address import read_address
from benchwright.hosts.models import LOCAL, Host
from benchwright.kit.db import WriteSession, now
from benchwright.kit.startup import StartupError
from benchwright.setting_groups import HostSettings

logger = logging.getLogger("benchwright.hosts")

DEFAULT_ADDRESS = "unix:///var/run/docker.sock"
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def ensure_local(session: WriteSession, settings: HostSettings, data_dir: Path) -> Host:
    """The host `local`, made at the first start.

    What the settings say is followed by each field that nobody changed by hand.
    """
    wanted = _wanted(settings, data_dir)
    host = repository.find(session, LOCAL)
    if host is None:
        return repository.add(session, unstored_local(settings, data_dir))
    changed = {
        field: value
        for field, value in wanted.items()
        if value != host.seed.get(field) and getattr(host, field) == host.seed.get(field)
    }
    if changed:
        for field, value in changed.items():
            setattr(host, field, value)
        host.updated_at = now()
        logger.info("the host local follows the settings: %s", ", ".join(changed))
    if host.seed != wanted:
        host.seed = wanted
    return host


def unstored_local(settings: HostSettings, data_dir: Path) -> Host:
    """The host as a first start makes it; raises `StartupError` for an address that is none."""
    wanted = _wanted(settings, data_dir)
    return Host(name=LOCAL, capacity=settings.capacity, seed=wanted, known_hosts="", **wanted)


def is_in_container() -> bool:
    """Whether this server runs in a container, whose folders have other names on its host."""
    return any(mark.exists() for mark in CONTAINER_MARKS)


def _wanted(settings: HostSettings, data_dir: Path) -> dict[str, Any]:
    try:
        address = read_address(settings.local_address or DEFAULT_ADDRESS)
    except ValueError as error:
        raise StartupError(
            f"BENCHWRIGHT_HOSTS__LOCAL_ADDRESS (DOCKER_HOST) cannot be used: {error}."
        ) from None
    shared = settings.local_shared_path
    if shared is None and address.kind == "unix" and not is_in_container():
        shared = str(data_dir.resolve())
    return {
        "address": address.text,
        "shared_path": shared,
        "shares_everything": settings.local_shares_everything,
    }
