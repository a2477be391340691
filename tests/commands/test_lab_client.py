from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import AsyncIterator
from typing import Annotated

import pytest
from fastapi import FastAPI, Header, Response
from fastapi.responses import StreamingResponse

from benchwright.commands import lab_client
from benchwright.commands.lab_client import LabClient, Refused, ServerUnreachable
from benchwright.kit.serving import open_listener, serving, url_of

pytestmark = pytest.mark.anyio
RUN = uuid.uuid4()


def frame(event_id: str, event: str, data: object) -> bytes:
    return f"id: {event_id}\nevent: {event}\ndata: {json.dumps(data)}\n\n".encode()


@contextlib.asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[LabClient]:
    listener = open_listener("127.0.0.1", 0)
    async with serving(app, listener):
        client = LabClient(url_of(listener) + "/")
        try:
            yield client
        finally:
            await client.close()


async def test_a_stream_that_breaks_is_taken_up_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lab_client, "RECONNECT_PAUSE_S", 0.01)
    asked: list[str | None] = []
    app = FastAPI()

    @app.get("/api/v1/runs/{_id}/events")
    async def get_events(
        _id: str, last_event_id: Annotated[str | None, Header()] = None
    ) -> StreamingResponse:
        asked.append(last_event_id)

        async def frames() -> AsyncIterator[bytes]:
            yield b"retry: 1000\n\n"
            if len(asked) == 1:
                yield frame("1", "state", {"n": 1})
                yield b": still here\n\n"
                yield frame("2", "metrics", {"n": 2})
                return
            yield frame("3", "state", {"n": 3})
            yield frame("4", "end", {})
            yield frame("5", "state", {"n": 5})

        return StreamingResponse(frames(), media_type="text/event-stream")

    async with client_of(app) as client:
        events = [event async for event in client.follow(RUN, "state")]
    assert events == [("state", {"n": 1}), ("metrics", {"n": 2}), ("state", {"n": 3})]
    assert asked == [None, "2"]


async def test_an_end_that_was_missed_is_told_by_204() -> None:
    app = FastAPI()

    @app.get("/api/v1/runs/{_id}/events")
    async def get_events(_id: str) -> Response:
        return Response(status_code=204)

    async with client_of(app) as client:
        assert [event async for event in client.follow(RUN, "state")] == []


async def test_a_server_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_client, "RECONNECT_PAUSE_S", 0.01)
    monkeypatch.setattr(lab_client, "RECONNECT_PATIENCE_S", 0.05)
    client = LabClient("http://127.0.0.1:1")
    with pytest.raises(ServerUnreachable, match="127.0.0.1:1"):
        [event async for event in client.follow(RUN, "state")]
    await client.close()


async def test_problems_keep_their_fields() -> None:
    app = FastAPI()
    problem = {
        "title": "Some values are not valid",
        "detail": "The plan is not valid.",
        "errors": [{"field": "base_url", "message": "Odd"}],
    }

    @app.post("/api/v1/load-tests/{_id}/runs")
    async def start(_id: str) -> Response:
        return Response(json.dumps(problem), 422, media_type="application/problem+json")

    async with client_of(app) as client:
        with pytest.raises(Refused, match="not valid") as refused:
            await client.start_run("x")
    assert refused.value.errors == problem["errors"]
    assert not refused.value.is_about_access


@pytest.mark.parametrize(
    "status, body", [(200, "<html>"), (404, "<html>"), (500, '{"detail": "Not Found"}')]
)
async def test_strangers_are_not_taken_for_a_lab(status: int, body: str) -> None:
    app = FastAPI()

    @app.get("/api/v1/runs/{_id}")
    async def get(_id: str) -> Response:
        return Response(body, status)

    async with client_of(app) as client:
        with pytest.raises(ServerUnreachable, match="no Benchwright"):
            await client.get_run(RUN)


async def test_a_run_that_ended_by_itself_need_not_be_stopped() -> None:
    app = FastAPI()

    @app.post("/api/v1/runs/{_id}/stop")
    async def stop(_id: str) -> Response:
        return Response('{"title": "The request does not fit the present state"}', 409)

    async with client_of(app) as client:
        await client.stop_run(RUN)


async def test_lists_are_read_to_their_end() -> None:
    app = FastAPI()

    @app.get("/api/v1/specs/{_id}/endpoints")
    async def get_endpoints(_id: str, cursor: str | None = None) -> dict[str, object]:
        if cursor is None:
            return {"items": [{"n": 1}], "next_cursor": "more"}
        return {"items": [{"n": 2}], "next_cursor": None}

    async with client_of(app) as client:
        assert await client.list_endpoints("x") == [{"n": 1}, {"n": 2}]
