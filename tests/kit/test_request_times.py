from __future__ import annotations

from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from benchwright.kit import request_times
from benchwright.kit.request_times import (
    BOUNDS_S,
    NO_ROUTE,
    RequestKind,
    RequestTimes,
    RequestTimesMiddleware,
)


class Clock:
    """Goes on only when it is told to: a busy machine takes its time for everything."""

    now_s = 1.0

    def perf_counter(self) -> float:
        return self.now_s


CLOCK = Clock()


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_times, "time", CLOCK)


async def no_message() -> Message:
    return {"type": "http.request"}


async def ask(times: RequestTimes, media_type: bytes | None, pause_s: float = 0.0) -> None:
    """One request whose answer begins at once and takes a while."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if media_type is None:
            raise ZeroDivisionError
        headers = [(b"content-type", media_type)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        CLOCK.now_s += pause_s
        await send({"type": "http.response.body", "body": b""})

    async def send(_message: Message) -> None:
        return

    scope: dict[str, Any] = {"type": "http", "method": "GET"}
    await RequestTimesMiddleware(app, times=times)(scope, no_message, send)


async def test_a_stream_is_measured_to_its_beginning() -> None:
    times = RequestTimes()
    await ask(times, b"text/event-stream; charset=utf-8", pause_s=0.2)
    await ask(times, b"text/csv", pause_s=0.2)
    [(kind, durations)] = times.items()
    assert kind == RequestKind("GET", NO_ROUTE, "2xx")
    assert sum(durations.counts) == 2
    # Only the one that was not a stream took its 0.2 s.
    assert sum(durations.counts[BOUNDS_S.index(0.5) :]) == 1


async def test_what_breaks_counts_as_a_fault() -> None:
    times = RequestTimes()
    with pytest.raises(ZeroDivisionError):
        await ask(times, None)
    assert [kind.status for kind, _ in times.items()] == ["5xx"]


async def test_a_sender_that_leaves_before_the_answer_is_no_fault() -> None:
    times = RequestTimes()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        return

    async def send(_message: Message) -> None:
        return

    scope: dict[str, Any] = {"type": "http", "method": "POST"}
    await RequestTimesMiddleware(app, times=times)(scope, no_message, send)
    assert [kind.status for kind, _ in times.items()] == ["none"]


@pytest.mark.parametrize("duration_s, place", [(0.005, 0), (0.0051, 1), (10.0, 5), (11.0, 6)])
def test_a_bound_belongs_to_its_bucket(duration_s: float, place: int) -> None:
    times = RequestTimes()
    times.observe(RequestKind("GET", "/", "2xx"), duration_s)
    [(_, durations)] = times.items()
    assert durations.counts.index(1) == place
    assert durations.sum_s == duration_s
