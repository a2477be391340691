"""Creating and starting containers so that each call may be repeated, and none doubles."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aiodocker import DockerError

from benchwright.executors.docker.client import SLOW_CALL_S, DockerClient
from benchwright.executors.docker.images import Images
from benchwright.executors.docker.rules import DockerHostRules
from benchwright.executors.docker.spec import ATTEMPT, INSTANCE, RUN, SPEC_HASH, build_container
from benchwright.executors.docker.states import explain_start
from benchwright.executors.port import LaunchPending, LaunchSpec
from benchwright.kit.errors import Conflict, Unavailable

NETWORKS_KEPT_S = 30.0


class Launcher:
    """Turns launches into containers of one host."""

    def __init__(self, client: DockerClient, rules: DockerHostRules, images: Images) -> None:
        self._client = client
        self._rules = rules
        self._images = images
        self._networks: tuple[float, list[str]] | None = None

    async def create(self, spec: LaunchSpec) -> tuple[str, bool]:
        """The id of the container of this launch, and whether it was made just now.

        Raises `Conflict` where its name belongs to another's.
        """
        body = build_container(spec, self._rules, await self._read_networks(spec))
        plan = spec.container
        assert plan is not None
        if plan.pull == "always":
            if (known := await self._adopt(spec, body)) is not None:
                return known, False
            await self._images.ensure(plan, spec.name)
        for _ in range(3):
            try:
                created = await self._client.call(
                    "POST",
                    "/containers/create",
                    params={"name": spec.name},
                    body=body,
                    timeout_s=SLOW_CALL_S,
                )
            except DockerError as error:
                if error.status == 409:
                    if (known := await self._adopt(spec, body)) is not None:
                        return known, False
                elif error.status == 404:
                    await self._images.ensure(plan, spec.name)
                else:
                    raise Unavailable(f"Docker refuses the container: {error.message}") from error
            else:
                return str(created["Id"]), True
        raise LaunchPending("The container of an earlier attempt is being removed")

    async def start(self, container_id: str) -> None:
        """Starts it; one that runs or ran is left alone."""
        try:
            await self._client.call(
                "POST", f"/containers/{container_id}/start", timeout_s=SLOW_CALL_S
            )
        except DockerError as error:
            raise Unavailable(explain_start(error.message)) from error

    async def find(self, reference: str) -> Mapping[str, Any] | None:
        """What Docker knows of a container by name or id; None where it knows none."""
        try:
            shown: Mapping[str, Any] = await self._client.call(
                "GET",
                f"/containers/{reference}/json",
                timeout_s=self._client.endpoint.request_timeout_s,
            )
        except DockerError as error:
            if error.status == 404:
                return None
            raise
        return shown

    async def _adopt(self, spec: LaunchSpec, body: Mapping[str, Any]) -> str | None:
        """The container that has the name already; None where it has just gone."""
        shown = await self.find(spec.name)
        if shown is None:
            return None
        labels = (shown.get("Config") or {}).get("Labels") or {}
        ours = body["Labels"]
        if any(labels.get(label) != ours[label] for label in (INSTANCE, RUN, ATTEMPT)):
            raise Conflict(
                f"The host has a container named {spec.name} that this run did not make. Remove it "
                f"or rename it there (docker rename {spec.name} other), then run again."
            )
        status = (shown.get("State") or {}).get("Status")
        if status == "removing":
            raise LaunchPending("The container of an earlier attempt is being removed")
        if labels.get(SPEC_HASH) != ours[SPEC_HASH] and status == "created":
            # The host's settings changed between two attempts to launch; it has not run.
            await self._client.call(
                "DELETE", f"/containers/{shown['Id']}", params={"v": "1"}, timeout_s=SLOW_CALL_S
            )
            return None
        return str(shown["Id"])

    async def _read_networks(self, spec: LaunchSpec) -> list[str]:
        """The networks by name; asked for only where they decide."""
        if (spec.container and spec.container.network) or self._rules.network:
            return []
        at = time.monotonic()
        if self._networks is None or at - self._networks[0] > NETWORKS_KEPT_S:
            with self._client.answering() as docker:
                listed = await docker.networks.list()
            self._networks = (at, [str(network["Name"]) for network in listed])
        return self._networks[1]
