"""How long requests take, by the route that answers them."""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BOUNDS_S = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "(none)"
"""Requests for addresses that do not exist, and those that got no further than the door."""


class RequestKind(NamedTuple):
    """What requests are told apart by: nothing of it is a sender's own text."""

    method: str
    route: str
    status: str
    """The class of the status: `2xx` to `5xx`, or `none` for a sender that left before the answer."""


@dataclass(slots=True)
class Durations:
    """Counts by upper bound, the last of them without one."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0


class RequestTimes:
    """Written on the event loop only; a reader in another thread may miss the newest request."""

    def __init__(self) -> None:
        self._durations: dict[RequestKind, Durations] = {}

    def observe(self, kind: RequestKind, duration_s: float) -> None:
        """Counts one request."""
        durations = self._durations.get(kind)
        if durations is None:
            durations = self._durations[kind] = Durations()
        durations.counts[bisect_left(BOUNDS_S, duration_s)] += 1
        durations.sum_s += duration_s

    def items(self) -> list[tuple[RequestKind, Durations]]:
        """What was counted so far."""
        return sorted(self._durations.items())


class RequestTimesMiddleware:
    """Measures each request to the end of its answer, an event stream to its beginning."""

    def __init__(self, app: ASGIApp, *, times: RequestTimes) -> None:
        self.app = app
        self.times = times

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started_at = time.perf_counter()
        status, ended_at = 0, 0.0

        async def send_and_look(message: Message) -> None:
            nonlocal status, ended_at
            if message["type"] == "http.response.start":
                status = message["status"]
                media_type = Headers(raw=message["headers"]).get("content-type", "")
                if media_type.startswith("text/event-stream"):
                    ended_at = time.perf_counter()
            await send(message)

        try:
            await self.app(scope, receive, send_and_look)
        except Exception:
            # Without an answer so far, the server makes it a 500.
            status = status or 500
            raise
        finally:
            method = scope["method"]
            kind = RequestKind(
                method if method in METHODS else "other",
                getattr(scope.get("route"), "path", NO_ROUTE),
                f"{status // 100}xx" if status else "none",
            )
            self.times.observe(kind, (ended_at or time.perf_counter()) - started_at)
