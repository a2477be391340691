"""Talks to a lab over its HTTP interface: one in this process, or one elsewhere."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, cast

import httpx2

from benchwright.kit.errors import FieldError, Problem
from benchwright.kit.startup import StartupError

REQUEST_TIMEOUT_S = 60.0
STREAM_SILENCE_S = 45.0
RECONNECT_PAUSE_S = 1.0
RECONNECT_PATIENCE_S = 60.0
"""How long a server may be out of reach while a run is watched."""

PAGE_SIZE = 500
MAX_EVENT_BYTES = 16 * 1024 * 1024

Json = dict[str, Any]


class ServerUnreachable(StartupError):
    """Nothing answers, or what answers is no lab."""


class Refused(Problem):
    """The lab answered with a problem document."""

    def __init__(self, status: int, detail: str, errors: list[FieldError]) -> None:
        super().__init__(detail)
        self.answered_status = status
        self.errors = errors

    @property
    def is_about_access(self) -> bool:
        """Whether a token is missing or may not do this."""
        return self.answered_status in {401, 403}


class LabClient:
    """Raises `Refused` for what the lab refuses, and `ServerUnreachable`."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.AsyncClient(
            base_url=self.url,
            headers=headers,
            timeout=REQUEST_TIMEOUT_S,
            # A proxy of the environment must not see what goes to this machine itself.
            trust_env=not _is_local(url),
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def put_spec_of_url(self, project: str, url: str) -> Json:
        """Has the lab fetch and analyse a document; one that it knows is analysed again."""
        known = await self._find_spec(project, lambda spec: spec["source_url"] == url)
        if known is not None:
            again = await self._send("POST", f"/api/v1/specs/{known}/analyse")
            return cast("Json", again["spec"])
        return await self._send("POST", f"/api/v1/projects/{project}/specs", json={"url": url})

    async def put_spec_of_file(self, project: str, title: str, document: bytes) -> Json:
        """Sends a document; it takes the place of an earlier one with the same title."""
        known = await self._find_spec(
            project, lambda spec: spec["source_url"] is None and spec["title"] == title
        )
        files = {"document": ("document", document, "application/octet-stream")}
        if known is not None:
            again = await self._send("POST", f"/api/v1/specs/{known}/analyse", files=files)
            return cast("Json", again["spec"])
        return await self._send("POST", f"/api/v1/projects/{project}/specs", files=files)

    async def _find_spec(self, project: str, fits: Callable[[Json], bool]) -> str | None:
        async for spec in self._list(f"/api/v1/projects/{project}/specs"):
            if fits(spec):
                return str(spec["public_id"])
        return None

    async def list_endpoints(self, spec_id: str) -> list[Json]:
        """The endpoints of a spec in the order of its document."""
        return [one async for one in self._list(f"/api/v1/specs/{spec_id}/endpoints")]

    async def put_secret(self, project: str, name: str, value: str) -> None:
        """Stores a secret in place of the one of the same name."""
        path = f"/api/v1/projects/{project}/secrets/{name}"
        await self._send("PUT", path, json={"value": value})

    async def put_load_test(self, project: str, plan: Json) -> str:
        """The id of the load test with this plan; it is stored unless it is there already."""
        path = f"/api/v1/projects/{project}/load-tests"
        async for known in self._list(path):
            if known["name"] == plan["name"] and known["kind"] == "generated":
                found = await self._send("GET", f"/api/v1/load-tests/{known['public_id']}")
                if found["plan"] == plan:
                    return str(found["public_id"])
        load_test = await self._send("POST", path, json={"plan": plan})
        return str(load_test["public_id"])

    async def start_run(self, load_test_id: str) -> uuid.UUID:
        """Starts a run of a load test."""
        run = await self._send("POST", f"/api/v1/load-tests/{load_test_id}/runs")
        return uuid.UUID(run["public_id"])

    async def start_plan(self, project: str, wish: Json) -> Json:
        """Starts the runs of a job's plan; the first run, and all of them."""
        # Repeated after a lost answer, it starts nothing twice.
        key = {"Idempotency-Key": str(uuid.uuid4())}
        path = f"/api/v1/projects/{project}/job-runs"
        return await self._send("POST", path, json=wish, headers=key)

    async def stop_group(self, group_id: uuid.UUID) -> None:
        """Asks all runs of a group to end."""
        await self._send("POST", f"/api/v1/job-groups/{group_id}/stop")

    async def get_run(self, run_id: uuid.UUID) -> Json:
        return await self._send("GET", f"/api/v1/runs/{run_id}")

    async def stop_run(self, run_id: uuid.UUID) -> None:
        """Asks a run to end; one that has ended already is no error."""
        try:
            await self._send("POST", f"/api/v1/runs/{run_id}/stop")
        except Refused as refusal:
            if refusal.answered_status != 409:
                raise

    async def list_results(self, run_id: uuid.UUID) -> list[Json]:
        return cast("list[Json]", await self._send("GET", f"/api/v1/runs/{run_id}/results"))

    async def read_log(self, run_id: uuid.UUID) -> str:
        """The whole log of a run."""
        answer = await self._ask("GET", f"/api/v1/runs/{run_id}/log.txt")
        return answer.text

    async def follow(self, run_id: uuid.UUID, parts: str) -> AsyncIterator[tuple[str, Json]]:
        """The events of a run until it has ended; connects again when the server went away."""
        cursor: str | None = None
        lost_at: float | None = None
        clock = asyncio.get_running_loop().time
        while True:
            try:
                async with self._http.stream(
                    "GET",
                    f"/api/v1/runs/{run_id}/events",
                    params={"parts": parts},
                    headers={"Last-Event-ID": cursor} if cursor else {},
                    timeout=httpx2.Timeout(REQUEST_TIMEOUT_S, read=STREAM_SILENCE_S),
                ) as answer:
                    if answer.status_code == 204:
                        return
                    if answer.status_code != 200:
                        await answer.aread()
                        _check(answer)
                    async for event in httpx2.EventSource(answer, MAX_EVENT_BYTES):
                        lost_at, cursor = None, event.id or cursor
                        if event.event == "end":
                            return
                        if event.data:
                            yield event.event, json.loads(event.data)
            except httpx2.TransportError as error:
                lost_at = lost_at or clock()
                if clock() - lost_at > RECONNECT_PATIENCE_S:
                    raise _unreachable(self.url, error) from None
            await asyncio.sleep(RECONNECT_PAUSE_S)

    async def send(self, method: str, path: str, **options: Any) -> Any:
        """One request; the answer's JSON, or None where there is none."""
        answer = await self._ask(method, path, **options)
        return None if answer.status_code == 204 else self._read(answer)

    async def _list(self, path: str) -> AsyncIterator[Json]:
        params: dict[str, str | int] = {"limit": PAGE_SIZE}
        while True:
            page = await self._send("GET", path, params=params)
            for item in page["items"]:
                yield item
            if page["next_cursor"] is None:
                return
            params["cursor"] = page["next_cursor"]

    async def _send(self, method: str, path: str, **options: Any) -> Json:
        return cast("Json", self._read(await self._ask(method, path, **options)))

    def _read(self, answer: httpx2.Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise ServerUnreachable(
                f"What answers at {self.url} is no Benchwright; check --server."
            ) from None

    async def _ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            answer = await self._http.request(method, path, **options)
        except httpx2.TransportError as error:
            raise _unreachable(self.url, error) from None
        return _check(answer)


def _check(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, Mapping) or "title" not in problem:
        raise ServerUnreachable(
            f"What answers at {answer.request.url.host} is no Benchwright, or one that is broken:"
            f" status {answer.status_code}."
        )
    detail = str(problem.get("detail") or problem["title"])
    errors = problem.get("errors")
    raise Refused(answer.status_code, detail, errors if isinstance(errors, list) else [])


def _unreachable(url: str, error: Exception) -> ServerUnreachable:
    return ServerUnreachable(
        f"The server {url} is out of reach: {str(error) or type(error).__name__}."
    )


def _is_local(url: str) -> bool:
    host = httpx2.URL(url).host
    return host in {"localhost", "::1"} or host.startswith("127.")
