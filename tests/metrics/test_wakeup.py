from __future__ import annotations

import asyncio
import threading

from benchwright.metrics.wakeup import Wakeup


async def test_one_notification_from_a_thread_wakes_all() -> None:
    wakeup, seen = Wakeup(), [0]
    watchers = [asyncio.create_task(wakeup.wait_until(lambda: seen[0] > 0, 5)) for _ in range(200)]
    await asyncio.sleep(0)

    def publish() -> None:
        seen[0] = 1
        wakeup.notify()

    threading.Thread(target=publish).start()
    assert all(await asyncio.gather(*watchers))


async def test_a_notification_for_something_else_is_slept_through() -> None:
    wakeup = Wakeup()
    watcher = asyncio.create_task(wakeup.wait_until(lambda: False, 0.05))
    await asyncio.sleep(0)
    wakeup.notify()
    assert await watcher is False


async def test_what_is_ready_needs_no_wake_up() -> None:
    assert await Wakeup().wait_until(lambda: True, 0) is True


def test_nobody_waiting_is_no_fault_even_after_the_loop_ended() -> None:
    wakeup = Wakeup()
    wakeup.notify()
    asyncio.run(wakeup.wait_until(lambda: False, 0.001))
    wakeup.notify()
    wakeup.notify()
