"""A cap on request bodies, before and while they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchwright.kit.errors import TooLarge

MAX_DIGITS = 18


class BodyRoom(NamedTuple):
    """How large a body may be, and the setting that says so."""

    max_bytes: int
    setting: str = "BENCHWRIGHT_SERVER__MAX_BODY_BYTES"


RoomOf = Callable[[Scope], BodyRoom | None]


class BodyLimitMiddleware:
    """Refuses larger bodies with 413: at once if announced, else as soon as they are too long.

    `room_of` gives requests whose bodies are streamed to the disk a limit of their own.

    It raises `TooLarge`, whatever the app made of the broken body; a boundary further out turns
    that into the answer.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, room_of: RoomOf = lambda _scope: None) -> None:
        self.app = app
        self.usual = BodyRoom(max_bytes)
        self.room_of = room_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        room = self.room_of(scope) or self.usual
        announced = Headers(scope=scope).get("content-length", "").lstrip("0")
        # Compared by length first: Python refuses to read numbers of thousands of digits.
        too_large = announced.isdecimal() and (
            len(announced) > MAX_DIGITS or int(announced) > room.max_bytes
        )
        if too_large:
            raise _refusal(room)
        received = 0
        started = False

        async def limited_receive() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > room.max_bytes:
                    raise _refusal(room)
            return message

        async def guarded_send(message: Message) -> None:
            nonlocal started
            # Frameworks turn an error while reading into an answer of their own: drop it.
            if received <= room.max_bytes or started:
                started = True
                await send(message)

        try:
            await self.app(scope, limited_receive, guarded_send)
        except Exception:
            if received <= room.max_bytes or started:
                raise
        if received > room.max_bytes and not started:
            raise _refusal(room)


def _refusal(room: BodyRoom) -> TooLarge:
    problem = TooLarge(
        f"The body may have {room.max_bytes} bytes; {room.setting} raises the limit."
    )
    # What is left of the body is not read, so the connection cannot be used again.
    problem.headers["Connection"] = "close"
    return problem
