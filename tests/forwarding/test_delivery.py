from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from pydantic import ValidationError
from sqlalchemy import select

import benchwright.tables
from benchwright.forwarding.delivery import LONGEST_PAUSE_S, Forwarder
from benchwright.forwarding.destination import Answer, Destination
from benchwright.forwarding.seconds import FIGURES
from benchwright.kit.db import Database
from benchwright.kit.heartbeats import Heartbeats
from benchwright.metrics.remote_write import read_labels, split_push
from benchwright.runs import tag_repository as tags
from benchwright.runs.models import Run, RunEvent
from benchwright.runs.state import RunKind, RunState
from benchwright.settings import ForwardSettings
from tests.fixtures.small_lab import add_project
from tests.forwarding.cells import START, cell

assert benchwright.tables.metadata.tables
RUN = uuid.UUID(int=1)
SAMPLES = 2 * FIGURES
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class FakeDestination:
    """Answers as it is told, and keeps what it took in."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.taken: list[bytes] = []
        self.attempts = 0
        self.asked = asyncio.Event()

    async def push(self, body: bytes) -> Answer:
        self.attempts += 1
        self.asked.set()
        if not self.answer.fault:
            self.taken.append(body)
        return self.answer

    async def aclose(self) -> None:
        return

    def names(self) -> list[str]:
        """The series of the last push."""
        return [read_labels(labels)[0] for labels, _ in split_push(self.taken[-1])]


Make = Callable[..., Forwarder]


@pytest.fixture
def destination() -> FakeDestination:
    return FakeDestination()


@pytest.fixture
def forwarder(database: Database, tmp_path: Path, destination: FakeDestination) -> Make:
    with database.write() as session:
        project = add_project(session, "shop")
        session.add(
            Run(
                public_id=RUN,
                project_id=project.id,
                kind=RunKind.LOAD_TEST,
                name="checkout",
                spec={"scenarios": [{"key": "s1", "name": "Items"}]},
                timeout_s=60,
                state=RunState.RUNNING,
            )
        )

    def make(**settings: object) -> Forwarder:
        given = ForwardSettings.model_validate({"url": "http://127.0.0.1:9/w", **settings})
        return Forwarder(
            given,
            database,
            cast("Destination", destination),
            tmp_path / "forwarded.json",
            Heartbeats(),
        )

    return make


def fill(forwarder: Forwarder, seconds: int, first: int = 0) -> None:
    forwarder.queue.begin(RUN)
    for second in range(first, first + seconds):
        forwarder.queue.take(RUN, cell(START + second), ["s1"])


def events(database: Database) -> list[str]:
    with database.read() as session:
        found = session.scalars(select(RunEvent).order_by(RunEvent.seq))
        return [event.message for event in found if event.type == "forwarding_gap"]


async def test_what_waits_is_sent_with_its_labels(
    forwarder: Make, destination: FakeDestination
) -> None:
    sender = forwarder(labels={"site": "lab"})
    fill(sender, 3)
    assert await sender.send_waiting() is None
    labels = [read_labels(encoded)[1] for encoded, _ in split_push(destination.taken[0])]
    whole = {"run_id": str(RUN), "run": "checkout", "project": "shop", "site": "lab"}
    assert whole in labels
    assert {**whole, "scenario": "Items", "quantile": "0.95"} in labels
    assert sender.sent_samples == 3 * SAMPLES
    assert sender.last_success_at is not None


@ON_SQLITE
async def test_while_it_is_away_nothing_is_lost_and_pauses_grow(
    forwarder: Make, destination: FakeDestination, database: Database
) -> None:
    sender = forwarder()
    fill(sender, 3)
    destination.answer = Answer("it is away")
    pauses = [await sender.send_waiting() for _ in range(8)]
    assert all(pause is not None and 0.9 * 2**n <= pause <= 1.1 * 2**n for n, pause in enumerate(pauses[:5]))  # fmt: skip
    assert pauses[7] is not None and pauses[7] <= 1.1 * LONGEST_PAUSE_S
    assert sender.fault == "it is away"
    destination.answer = Answer("busy", wait_s=77.0)
    assert await sender.send_waiting() == 77.0
    destination.answer = Answer()
    assert await sender.send_waiting() is None
    assert (sender.sent_samples, sender.fault) == (3 * SAMPLES, "")
    assert events(database) == []


async def test_a_run_learns_what_was_refused_first_and_in_all(
    forwarder: Make, destination: FakeDestination, database: Database
) -> None:
    sender = forwarder()
    destination.answer = Answer("it answered with status 400: too old", is_final=True)
    for first in (0, 3, 6):
        fill(sender, 3, first)
        assert await sender.send_waiting() is None
    words = "samples were not forwarded: it answered with status 400: too old"
    assert events(database) == [f"{3 * SAMPLES} {words}"]
    sender.queue.end(RUN)
    await sender.send_waiting()
    await sender.send_waiting()
    assert events(database) == [f"{3 * SAMPLES} {words}", f"{9 * SAMPLES} {words}"]
    assert sender.queue.streams == {}


@ON_SQLITE
async def test_the_series_of_a_run_end_with_it(
    forwarder: Make, destination: FakeDestination
) -> None:
    sender = forwarder()
    fill(sender, 2)
    sender.queue.end(RUN)
    destination.answer = Answer("it is away")
    assert await sender.send_waiting() is not None
    destination.answer = Answer()
    await sender.send_waiting()
    assert len(destination.taken) == 2
    assert len(destination.names()) == SAMPLES
    await sender.send_waiting()
    assert len(destination.taken) == 2


async def test_only_runs_with_the_tag_are_sent_once_they_have_it(
    forwarder: Make, destination: FakeDestination, database: Database
) -> None:
    sender = forwarder(runs="tagged", tag="grafana")
    fill(sender, 2)
    await sender.send_waiting()
    assert destination.attempts == 0
    assert sender.queue.waiting_samples == 0
    with database.write() as session:
        run = session.scalars(select(Run)).one()
        tags.add(session, [run.id], ["grafana"])
    sender.queue.take(RUN, cell(START + 2), ["s1"])
    await sender.send_waiting()
    assert sender.sent_samples == SAMPLES


@ON_SQLITE
async def test_the_next_server_goes_on_where_this_one_ended(
    forwarder: Make, destination: FakeDestination, database: Database
) -> None:
    former = forwarder()
    fill(former, 3)
    await former.send_waiting()
    later = forwarder()
    later.clear_left_over()
    fill(later, 5)  # as the journal brings them again
    await later.send_waiting()
    assert later.sent_samples == 2 * SAMPLES
    assert events(database) == []


@ON_SQLITE
async def test_a_run_that_ended_with_the_server_learns_of_its_gap_once(
    forwarder: Make, destination: FakeDestination, database: Database
) -> None:
    former = forwarder()
    destination.answer = Answer("it is away")
    fill(former, 3)
    former.queue.end(RUN)
    await former.send_waiting()
    with database.write() as session:
        session.scalars(select(Run)).one().state = RunState.SUCCEEDED
    for _ in range(2):
        later = forwarder()
        later.clear_left_over()
        await later.send_waiting()
    assert events(database) == ["Its last figures were not forwarded: the server ended first"]


@ON_SQLITE
async def test_a_server_that_ends_still_sends_what_waits(
    forwarder: Make, destination: FakeDestination
) -> None:
    sender = forwarder(interval_s=300)
    fill(sender, 1)
    loop = asyncio.create_task(sender.run())
    await asyncio.wait_for(destination.asked.wait(), 20)
    fill(sender, 2, first=1)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert sender.sent_samples == 3 * SAMPLES


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://user:secret@db/api"},
        {"url": "ftp://db/api"},
        {"labels": {"run": "x"}},
        {"labels": {"__name__": "x"}},
        {"labels": {"a-b": "x"}},
        {"tenant": "two\r\nlines"},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ForwardSettings.model_validate(settings)
