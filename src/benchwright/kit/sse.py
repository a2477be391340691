"""Server-sent events as bytes, for streams whose frames are shared by many readers."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Send

HEARTBEAT_S = 15.0
COMMENT = b": still here\n\n"


def encode_frame(event: str, data: str | bytes, event_id: str | None = None) -> bytes:
    """One event; `data` is JSON text without line breaks."""
    if isinstance(data, str):
        data = data.encode()
    head = f"id: {event_id}\nevent: {event}\ndata: " if event_id else f"event: {event}\ndata: "
    return head.encode() + data + b"\n\n"


def encode_json(event: str, value: Any, event_id: str | None = None) -> bytes:
    """One event with a JSON value."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return encode_frame(event, text, event_id)


def retry_frame(milliseconds: int) -> bytes:
    """Tells the browser how long to wait before it connects again."""
    return f"retry: {milliseconds}\n\n".encode()


class EventStream(StreamingResponse):
    """A response of ready-made frames that no proxy may hold back or transform."""

    def __init__(self, frames: AsyncGenerator[bytes]) -> None:
        self._frames = frames
        super().__init__(
            frames,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
        )

    async def stream_response(self, send: Send) -> None:
        """Sends the frames; whoever makes them learns at once that nobody reads any more."""
        async with aclosing(self._frames):
            await super().stream_response(send)
