from __future__ import annotations

import asyncio
import io
import uuid
from typing import Any, cast

import pytest
from rich.console import Console

from benchwright.commands.conducting import Brake, Conduct
from benchwright.commands.interrupts import Interrupts
from benchwright.commands.lab_client import LabClient, Refused, ServerUnreachable

pytestmark = pytest.mark.anyio
RUN = uuid.uuid4()


class FakePlace:
    """Notes what is asked of it; it is its own client."""

    keeps_serving = True
    url = "http://lab"

    def __init__(self, *, refusal: Exception | None = None, kills: bool = True) -> None:
        self.asked: list[str] = []
        self._refusal = refusal
        self._kills = kills

    @property
    def client(self) -> LabClient:
        return cast(LabClient, self)

    async def start_run(self, load_test_id: str) -> uuid.UUID:
        raise NotImplementedError

    async def stop_run(self, run_id: uuid.UUID) -> None:
        self.asked.append("stop")
        if self._refusal is not None:
            raise self._refusal

    async def kill_run(self, run_id: uuid.UUID) -> bool:
        self.asked.append("kill")
        return self._kills


async def press(place: FakePlace, times: int) -> str:
    """What is said after so many presses; `left` if the watcher was ended."""
    out = io.StringIO()
    conduct = Conduct(place, "default", Console(file=out, width=200), cast(Interrupts, None))

    async def watch() -> None:
        brake = Brake(conduct, RUN)
        for _ in range(times):
            brake.press()
            await asyncio.sleep(0.01)

    try:
        await asyncio.create_task(watch())
    except asyncio.CancelledError:
        out.write("left")
    return out.getvalue()


async def test_the_first_press_stops_the_second_kills_the_third_leaves() -> None:
    place = FakePlace()
    assert "left" not in await press(place, 1)
    assert place.asked == ["stop"]
    assert (await press(place, 2)).splitlines()[-1] == "Killed."
    assert place.asked == ["stop", "stop", "kill"]
    assert (await press(place, 3)).endswith("left")


async def test_what_cannot_be_killed_from_here_is_said() -> None:
    assert "Still stopping" in await press(FakePlace(kills=False), 2)


@pytest.mark.parametrize(
    "refusal", [Refused(403, "Not with this token.", []), ServerUnreachable("The server is gone.")]
)
async def test_a_stop_that_does_not_arrive_is_said(refusal: Exception) -> None:
    said = await press(FakePlace(refusal=refusal), 1)
    assert "The stop did not arrive" in said
    assert str(refusal) in said


def test_a_page_is_named_only_where_there_is_one() -> None:
    place = FakePlace()
    conduct = Conduct(place, "p", Console(), cast(Any, None))
    assert conduct.page_of(RUN) == f"http://lab/p/p/runs/{RUN}"
    place.keeps_serving = False
    assert conduct.page_of(RUN) is None
