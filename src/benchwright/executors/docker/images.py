"""Images that a host fetches, each once however many runs wait for it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from aiodocker import DockerError

from benchwright.executors.docker.client import DockerClient
from benchwright.executors.port import ContainerPlan, LaunchPending, OutOfReach
from benchwright.kit.errors import Unavailable

NOBODY_WAITS_S = 120.0
"""A pull that no launch asked about for so long is given up."""
SILENCE_S = 300.0


@dataclass
class Pull:
    """One image on its way; layers by id as (bytes here, bytes in all)."""

    task: asyncio.Task[None] | None = None
    asked_at: float = 0.0
    ended_at: float | None = None
    layers: dict[str, tuple[int, int]] = field(default_factory=dict)
    status: str = ""

    @property
    def share(self) -> float | None:
        """How much of it is here, 0..1; None as long as sizes are unknown."""
        total = sum(size for _, size in self.layers.values())
        return sum(here for here, _ in self.layers.values()) / total if total else None

    def describe(self, image: str) -> str:
        """What a waiting run's page says."""
        share = self.share
        return f"Pulling the image {image}" + (f": {share:.0%}" if share is not None else "")


class Images:
    """Looks for images, and pulls in the background what is missing."""

    def __init__(self, client: DockerClient) -> None:
        self._client = client
        self._pulls: dict[str, Pull] = {}
        self._fetched: set[tuple[str, str]] = set()

    async def ensure(self, plan: ContainerPlan, launch: str) -> None:
        """Returns when the image is there for this launch.

        Raises `LaunchPending` while it comes, and `Unavailable` where it cannot be had.
        """
        if plan.pull == "always" and (launch, plan.image) not in self._fetched:
            await self._pull(plan.image)
            self._fetched.add((launch, plan.image))
            return
        if await self._is_there(plan.image):
            return
        if plan.pull == "never":
            raise Unavailable(
                f"The host does not have the image {plan.image}, and the job says never to pull it. "
                f"Load it there, or let it be pulled."
            )
        await self._pull(plan.image)

    def forget(self, launch: str) -> None:
        """Forgets what was fetched for a launch that is over."""
        self._fetched = {entry for entry in self._fetched if entry[0] != launch}

    def describe(self) -> dict[str, str]:
        """The pulls under way by image, in words."""
        return {
            image: pull.describe(image)
            for image, pull in self._pulls.items()
            if pull.task is not None and not pull.task.done()
        }

    async def aclose(self) -> None:
        """Gives up what is under way; the host keeps the layers that it has."""
        tasks = [pull.task for pull in self._pulls.values() if pull.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._pulls.clear()

    async def _is_there(self, image: str) -> bool:
        with self._client.answering() as docker:
            try:
                await docker.images.inspect(image)
            except DockerError as error:
                if error.status == 404:
                    return False
                raise
        return True

    async def _pull(self, image: str) -> None:
        """Returns once a pull that this call or an earlier one began has ended well."""
        pull = self._pulls.get(image)
        if pull is None or pull.task is None:
            pull = self._pulls[image] = Pull()
            pull.task = asyncio.create_task(self._fetch(image, pull))
        pull.asked_at = time.monotonic()
        if not pull.task.done():
            # One that fails at once, or has little to do, needs no second look.
            await asyncio.wait({pull.task}, timeout=0.2)
        if not pull.task.done():
            raise LaunchPending(pull.describe(image))
        del self._pulls[image]
        try:
            pull.task.result()
        except asyncio.CancelledError as error:
            raise LaunchPending(f"The pull of {image} is begun again") from error
        except DockerError as error:
            raise Unavailable(explain_pull(image, error)) from error
        if not await self._is_there(image):
            # aiodocker ends a stream that was cut as if it had come to its end.
            raise OutOfReach(f"The pull of {image} was cut off; it is begun again")

    async def _fetch(self, image: str, pull: Pull) -> None:
        async def follow() -> None:
            with self._client.answering() as docker:
                async for event in docker.images.pull(image, stream=True):
                    self._note(pull, event)

        watched = asyncio.create_task(follow())
        try:
            while not watched.done():
                await asyncio.wait({watched}, timeout=5.0)
                if time.monotonic() - pull.asked_at > NOBODY_WAITS_S:
                    break
            else:
                watched.result()
        finally:
            watched.cancel()
            await asyncio.gather(watched, return_exceptions=True)

    def _note(self, pull: Pull, event: dict[str, object]) -> None:
        pull.status = str(event.get("status", ""))
        layer, progress = event.get("id"), event.get("progressDetail")
        if not isinstance(layer, str) or not isinstance(progress, dict):
            return
        total = int(progress.get("total") or 0)
        if pull.status.startswith("Downloading") and total:
            pull.layers[layer] = (int(progress.get("current") or 0), total)
        elif pull.status.startswith(("Download complete", "Pull complete", "Extracting")):
            _, size = pull.layers.get(layer, (0, total))
            pull.layers[layer] = (size, size)


def explain_pull(image: str, error: DockerError) -> str:
    """Why an image cannot be had: never the fault of the workload."""
    text = str(error.message).strip()
    lower = text.lower()
    start = f"The image {image} could not be pulled"
    if "not found" in lower or "manifest unknown" in lower or "does not exist" in lower:
        return f"{start}: there is none of this name and tag, or it asks for a login ({text})"
    if "denied" in lower or "unauthorized" in lower or "authentication" in lower:
        return f"{start}: the registry refuses it without a login ({text})"
    if "no space left" in lower:
        return f"{start}: the disk of the host is full ({text})"
    if any(
        word in lower for word in ("refused", "no such host", "timeout", "unreachable", "lookup")
    ):
        return f"{start}: its registry cannot be reached from the host ({text})"
    return f"{start}: {text}"
