"""Ending a container: asked first, by force after a grace."""

from __future__ import annotations

import logging

from aiodocker import DockerError

from benchwright.executors.docker.client import DockerClient
from benchwright.executors.port import OutOfReach

log = logging.getLogger(__name__)

MARGIN_S = 30.0
"""How much longer than the grace Docker may take to end a container."""


async def stop(client: DockerClient, container_id: str, grace_s: float) -> None:
    """Returns when it has ended. What fails is told in the log only: whoever asked asks again."""
    try:
        await _ask(client, container_id, grace_s)
    except DockerError as error:
        if "paused" not in error.message.lower():
            if error.status not in (304, 404):
                log.warning("container %s cannot be stopped: %s", container_id[:12], error.message)
            return
        try:
            await client.call("POST", f"/containers/{container_id}/unpause", timeout_s=MARGIN_S)
            await _ask(client, container_id, grace_s)
        except (DockerError, OutOfReach) as failure:
            log.warning("container %s cannot be stopped: %s", container_id[:12], failure)
    except OutOfReach as error:
        log.info("container %s cannot be stopped now: %s", container_id[:12], error.detail)


async def _ask(client: DockerClient, container_id: str, grace_s: float) -> None:
    await client.call(
        "POST",
        f"/containers/{container_id}/stop",
        params={"t": str(max(0, round(grace_s)))},
        timeout_s=grace_s + MARGIN_S,
    )
