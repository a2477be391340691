"""A cap on request bodies, before and while they are read."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchwright.kit.errors import TooLarge

MAX_DIGITS = 18


class BodyLimitMiddleware:
    """Refuses larger bodies with 413: at once if announced, else as soon as they are too long.

    It raises `TooLarge`, whatever the app made of the broken body; a boundary further out turns
    that into the answer.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "").lstrip("0")
        # Compared by length first: Python refuses to read numbers of thousands of digits.
        too_large = announced.isdecimal() and (
            len(announced) > MAX_DIGITS or int(announced) > self.max_bytes
        )
        if too_large:
            raise self._refusal()
        received = 0
        started = False

        async def limited_receive() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self.max_bytes:
                    raise self._refusal()
            return message

        async def guarded_send(message: Message) -> None:
            nonlocal started
            # Frameworks turn an error while reading into an answer of their own: drop it.
            if received <= self.max_bytes or started:
                started = True
                await send(message)

        try:
            await self.app(scope, limited_receive, guarded_send)
        except Exception:
            if received <= self.max_bytes or started:
                raise
        if received > self.max_bytes and not started:
            raise self._refusal()

    def _refusal(self) -> TooLarge:
        problem = TooLarge(
            f"The body may have {self.max_bytes} bytes; "
            "BENCHWRIGHT_SERVER__MAX_BODY_BYTES raises the limit."
        )
        # What is left of the body is not read, so the connection cannot be used again.
        problem.headers["Connection"] = "close"
        return problem
