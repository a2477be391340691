"""An MLflow server, as far as its REST interface 2.0 is needed."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import PurePosixPath
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self
from urllib.parse import quote, urlencode

import anyio
import httpx2

from benchwright.kit.errors import Problem
from benchwright.kit.fetch import CheckedTransport, explain_failure
from benchwright.kit.networks import NetworkPolicy
from benchwright.kit.threads import in_thread
from benchwright.setting_groups import TrackingSettings
from benchwright.tracking.names import pieces

MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_REASON = 200
METRICS_AT_ONCE, PARAMS_AT_ONCE, TAGS_AT_ONCE = 1000, 100, 100
"""What one `log-batch` may hold."""
CHUNK_BYTES = 256 * 1024
PROXIED = "mlflow-artifacts:"
RUN_TAG = "benchwright.run_id"


class MlflowProblem(Exception):
    """The server did not do what was asked; the text says why, and `status` and `code` what it said."""

    def __init__(self, text: str, *, status: int | None = None, code: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.code = code

    @property
    def is_missing(self) -> bool:
        """Whether what was asked for does not exist."""
        return self.status == 404 or self.code == "RESOURCE_DOES_NOT_EXIST"


class TrackedRun(NamedTuple):
    """A run of MLflow; `artifact_uri` says where its files go."""

    run_id: str
    experiment_id: str
    artifact_uri: str
    status: str


class Metric(NamedTuple):
    """A value of a run at a time."""

    name: str
    value: float
    time_ms: int


class MlflowClient:
    """Talks to the one server that the settings name.

    An operator chose it, so private networks are open; link-local and metadata addresses and
    `network.denied_networks` are not. Redirects are not followed. All of it raises `MlflowProblem`.
    """

    def __init__(self, settings: TrackingSettings, denied_networks: list[str]) -> None:
        assert settings.mlflow_url is not None
        self.url = settings.mlflow_url.rstrip("/")
        self._timeout_s = settings.timeout_s
        self._headers = {"User-Agent": "benchwright", **_authorisation(settings)}
        policy = NetworkPolicy.create(loopback_only=True, denied_networks=denied_networks)
        self._transport = CheckedTransport(policy)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._transport.aclose()

    async def version(self) -> str:
        """What the server says it is."""
        answer = await self._send("GET", "/version")
        return answer.decode("utf-8", "replace").strip()[:40]

    async def check(self) -> None:
        """Whether it lets us in; changes nothing."""
        await self._call("experiments/search", {"max_results": 1})

    async def ensure_experiment(self, name: str) -> str:
        """The id of the experiment of this name, which is made if it is missing."""
        try:
            return await self._find_experiment(name)
        except MlflowProblem as problem:
            if not problem.is_missing:
                raise
        try:
            made = await self._call("experiments/create", {"name": name})
        except MlflowProblem as problem:
            if problem.code != "RESOURCE_ALREADY_EXISTS":
                raise
            return await self._find_experiment(name)  # somebody else was quicker
        return str(made["experiment_id"])

    async def find_run(self, experiment_id: str, tag: str, value: str) -> TrackedRun | None:
        """The first run of an experiment that has this tag."""
        wish = {
            "experiment_ids": [experiment_id],
            "filter": f"tags.`{tag}` = '{value}'",
            "max_results": 1,
        }
        found = (await self._call("runs/search", wish)).get("runs") or []
        return _run_of(found[0]) if found else None

    async def get_run(self, run_id: str) -> TrackedRun | None:
        """The run of this id, unless it is missing or was deleted."""
        try:
            answer = await self._call("runs/get", query={"run_id": run_id})
        except MlflowProblem as problem:
            if problem.is_missing or problem.code == "INVALID_PARAMETER_VALUE":
                return None
            raise
        is_there = answer["run"]["info"].get("lifecycle_stage", "active") == "active"
        return _run_of(answer["run"]) if is_there else None

    async def create_run(
        self, experiment_id: str, name: str, start_ms: int, tags: dict[str, str]
    ) -> TrackedRun:
        """Makes a run that is under way."""
        wish = {
            "experiment_id": experiment_id,
            "run_name": name,
            "start_time": start_ms,
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }
        return _run_of((await self._call("runs/create", wish))["run"])

    async def log(
        self,
        run_id: str,
        params: Sequence[tuple[str, str]],
        metrics: Sequence[Metric],
        tags: Sequence[tuple[str, str]],
    ) -> None:
        """Adds to a run; equal values may be sent again."""
        for some in pieces(params, PARAMS_AT_ONCE):
            await self._log(run_id, params=[{"key": k, "value": v} for k, v in some])
        for some_metrics in pieces(metrics, METRICS_AT_ONCE):
            await self._log(
                run_id,
                metrics=[
                    {"key": m.name, "value": m.value, "timestamp": m.time_ms, "step": 0}
                    for m in some_metrics
                ],
            )
        for some in pieces(tags, TAGS_AT_ONCE):
            await self._log(run_id, tags=[{"key": k, "value": v} for k, v in some])

    async def end_run(self, run_id: str, status: str, end_ms: int) -> None:
        """Says how a run ended, and when."""
        await self._call("runs/update", {"run_id": run_id, "status": status, "end_time": end_ms})

    async def upload(
        self, run: TrackedRun, path: str, size_bytes: int, opened: Callable[[], BinaryIO]
    ) -> None:
        """Puts a file among the artifacts of a run, through the server; raises `OSError` too."""
        root = run.artifact_uri.removeprefix(PROXIED).lstrip("/")
        if run.artifact_uri.startswith(f"{PROXIED}//"):
            root = root.partition("/")[2]  # host and port stand before it
        target = quote(str(PurePosixPath(root) / path))
        file = await in_thread(opened)
        try:
            await self._send(
                "PUT",
                f"/api/2.0/mlflow-artifacts/artifacts/{target}",
                content=_chunks(file, size_bytes),
                headers={
                    "Content-Type": "application/octet-stream",
                    "Content-Length": str(size_bytes),
                },
            )
        finally:
            file.close()

    async def _log(self, run_id: str, **values: list[dict[str, Any]]) -> None:
        await self._call("runs/log-batch", {"run_id": run_id, **values})

    async def _find_experiment(self, name: str) -> str:
        query = {"experiment_name": name}
        found = (await self._call("experiments/get-by-name", query=query))["experiment"]
        if found.get("lifecycle_stage", "active") != "active":
            raise MlflowProblem(
                f"the experiment {name!r} was deleted there; restore it, or set another in"
                " BENCHWRIGHT_TRACKING__EXPERIMENT"
            )
        return str(found["experiment_id"])

    async def _call(
        self,
        method: str,
        body: dict[str, Any] | None = None,
        *,
        query: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        path = f"/api/2.0/mlflow/{method}"
        if query is not None:
            answer = await self._send("GET", f"{path}?{urlencode(query)}")
        else:
            content = json.dumps(body, allow_nan=False).encode()
            headers = {"Content-Type": "application/json"}
            answer = await self._send("POST", path, content=content, headers=headers)
        try:
            value = json.loads(answer)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise MlflowProblem(
                "it does not answer as an MLflow server does; is the address right?"
            )
        return value

    async def _send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        try:
            request = httpx2.Request(
                method,
                self.url + path,
                content=content,
                headers={**self._headers, **(headers or {})},
                extensions={"timeout": httpx2.Timeout(self._timeout_s).as_dict()},
            )
            with anyio.fail_after(None if method == "PUT" else self._timeout_s):
                response = await self._transport.handle_async_request(request)
                try:
                    return await _read(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise MlflowProblem(f"no answer within {self._timeout_s:g} s") from None
        except Problem as problem:
            raise MlflowProblem(problem.detail) from None
        except httpx2.InvalidURL as error:
            raise MlflowProblem(f"the address is not valid: {error}") from None
        except httpx2.HTTPError as error:
            raise MlflowProblem(explain_failure(error)) from None


def _authorisation(settings: TrackingSettings) -> dict[str, str]:
    if settings.token is not None:
        return {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
    if settings.username is None:
        return {}
    password = settings.password.get_secret_value() if settings.password else ""
    pair = base64.b64encode(f"{settings.username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _run_of(answer: dict[str, Any]) -> TrackedRun:
    info = answer["info"]
    return TrackedRun(
        str(info.get("run_id") or info["run_uuid"]),
        str(info["experiment_id"]),
        str(info.get("artifact_uri", "")),
        str(info.get("status", "")),
    )


async def _read(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise MlflowProblem("it answers with more than anybody asked for")
    status = response.status_code
    if 200 <= status < 300:
        return bytes(body)
    code, message = "", body[:MAX_REASON].decode("utf-8", "replace")
    try:
        said = json.loads(body)
        code, message = str(said["error_code"]), str(said["message"])[:MAX_REASON]
    except (ValueError, KeyError, TypeError):
        pass
    if status in (401, 403):
        message = "it refuses our user or token; correct BENCHWRIGHT_TRACKING__USERNAME and __PASSWORD, or __TOKEN"
    words = " ".join(message.split())
    raise MlflowProblem(
        f"it answered with status {status}" + (f": {words}" if words else ""),
        status=status,
        code=code,
    )


async def _chunks(file: BinaryIO, size_bytes: int) -> AsyncIterator[bytes]:
    """Exactly so many bytes: a log may have grown, and what was announced must be sent."""
    left = size_bytes
    while left > 0:
        chunk = await in_thread(file.read, min(CHUNK_BYTES, left))
        if not chunk:
            raise OSError("the file became shorter while it was read")
        left -= len(chunk)
        yield chunk
