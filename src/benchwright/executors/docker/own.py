"""The containers of this installation on a host, whether any run knows them or not."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from aiodocker import DockerError

from benchwright.executors.docker.client import SLOW_CALL_S, DockerClient
from benchwright.executors.docker.endpoint import DockerEndpoint
from benchwright.executors.docker.failures import out_of_reach
from benchwright.executors.docker.spec import ATTEMPT, INSTANCE, RUN
from benchwright.kit.errors import Conflict


@dataclass(frozen=True)
class OwnContainer:
    """One container that carries this installation's label."""

    id: str
    name: str
    run_id: str
    attempt: int
    image: str
    state: str
    """As Docker has it: created, running, paused, exited…"""
    created_at: dt.datetime


async def list_own_containers(endpoint: DockerEndpoint, instance: str) -> list[OwnContainer]:
    """All of them, from a whole and healthy answer; raises `OutOfReach`."""
    client = DockerClient(endpoint)
    try:
        filters = json.dumps({"label": [f"{INSTANCE}={instance}"]})
        with client.answering():
            listed = await client.call(
                "GET",
                "/containers/json",
                params={"all": "1", "filters": filters},
                timeout_s=endpoint.request_timeout_s,
            )
    except DockerError as error:
        raise out_of_reach(endpoint, error) from error
    finally:
        await client.aclose()
    return [_read(entry) for entry in listed]


async def remove_container(endpoint: DockerEndpoint, instance: str, container_id: str) -> None:
    """Ends and removes one; does nothing where it is gone. Raises `Conflict` for a stranger's."""
    client = DockerClient(endpoint)
    try:
        with client.answering() as docker:
            shown = await docker.containers.container(container_id).show()
            labels = (shown.get("Config") or {}).get("Labels") or {}
            if labels.get(INSTANCE) != instance:
                raise Conflict("This container does not belong to this installation.")
        await client.call(
            "DELETE",
            f"/containers/{shown['Id']}",
            params={"force": "1", "v": "1"},
            timeout_s=SLOW_CALL_S,
        )
    except DockerError as error:
        if error.status != 404:
            raise out_of_reach(endpoint, error) from error
    finally:
        await client.aclose()


def _read(entry: dict[str, object]) -> OwnContainer:
    labels = entry.get("Labels")
    labels = labels if isinstance(labels, dict) else {}
    names = entry.get("Names")
    attempt = str(labels.get(ATTEMPT, ""))
    return OwnContainer(
        id=str(entry["Id"]),
        name=str(names[0]).lstrip("/") if isinstance(names, list) and names else "",
        run_id=str(labels.get(RUN, "")),
        attempt=int(attempt) if attempt.isdecimal() else 1,
        image=str(entry.get("Image", "")),
        state=str(entry.get("State", "")),
        created_at=dt.datetime.fromtimestamp(float(str(entry.get("Created", 0))), dt.UTC),
    )
