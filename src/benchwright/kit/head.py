"""HEAD at every address that answers GET."""

from __future__ import annotations

import contextlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadMiddleware:
    """Answers HEAD as GET would be answered, without the body; a stream ends where it would begin.

    FastAPI's routes know GET only, and `curl -I` or a monitor then get status 405.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            else:
                await send({"type": "http.response.body"})
                raise _Complete

        with contextlib.suppress(_Complete):
            await self.app({**scope, "method": "GET"}, receive, send_head)


class _Complete(Exception):
    """Nothing more of the answer is wanted."""
