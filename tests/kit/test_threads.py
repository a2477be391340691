from __future__ import annotations

import asyncio
import threading

import anyio
import pytest

from benchwright.kit.threads import in_thread


async def test_gives_the_answer_or_the_error() -> None:
    assert await in_thread(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 7, 0)


@pytest.mark.parametrize("scoped", [False, True])
async def test_who_is_cancelled_waits_for_the_function_to_end(*, scoped: bool) -> None:
    began, may_end, ended = threading.Event(), threading.Event(), []

    def work() -> None:
        began.set()
        may_end.wait(10)
        ended.append(True)

    async def call(scope: anyio.CancelScope) -> None:
        with scope:
            await in_thread(work)

    scope = anyio.CancelScope()
    task = asyncio.create_task(call(scope))
    await asyncio.to_thread(began.wait, 10)
    (scope.cancel if scoped else task.cancel)()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not task.done()
    may_end.set()
    await asyncio.wait({task})
    assert ended
    assert task.cancelled() is not scoped
