"""The one bridge from asynchronous code to synchronous, blocking functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs `function` in a worker thread and returns its answer.

    A caller that is cancelled waits for the function to end: a thread cannot be interrupted, and
    would otherwise go on beside what comes next, such as the closing of the database.
    """
    work = asyncio.ensure_future(anyio.to_thread.run_sync(partial(function, *args, **kwargs)))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):
            await asyncio.wait({work})
        raise
