from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select, update

from benchwright.kit.db import now
from benchwright.kit.fetch import Fetcher
from benchwright.kit.networks import NetworkPolicy
from benchwright.kit.secrets import Keyring
from benchwright.projects.models import Project
from benchwright.webhooks import delivery, service
from benchwright.webhooks.delivery import deliver_due, keep_delivering, pause_after
from benchwright.webhooks.models import Webhook, WebhookDelivery
from benchwright.webhooks.schemas import WebhookCreate
from benchwright.webhooks.signature import verify
from tests.fixtures.small_lab import SmallLab

MakeLab = Callable[..., SmallLab]

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SECRET = "a-signing-secret-of-the-receiver"


@dataclass
class Receiver:
    """A small HTTP server that answers with `status`, or not at all when it is None."""

    status: int | None = 200
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.add(asyncio.create_task(self.handle(reader, writer)))

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.headers.append({":first": head[0], **headers})
        self.bodies.append(body)
        if self.status is not None:
            location = "Location: /elsewhere\r\n" if 300 <= self.status < 400 else ""
            writer.write(
                f"HTTP/1.1 {self.status} X\r\n{location}Content-Length: 0\r\n\r\n".encode()
            )
            await writer.drain()
        else:
            await self.closing.wait()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def receiving(status: int | None = 200) -> AsyncIterator[Receiver]:
    receiver = Receiver(status)
    server = await asyncio.start_server(receiver.accept, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?x=1"
    try:
        yield receiver
    finally:
        server.close()
        receiver.closing.set()
        await asyncio.gather(*receiver.tasks)


def add_ping(lab: SmallLab, url: str, project: Project | None = None) -> int:
    project = project or lab.project()
    with lab.database.write() as session:
        wish = WebhookCreate.model_validate({"url": url, "secret": SECRET})
        webhook, _ = service.create_webhook(session, lab.keyring, project, wish)
        return service.ping(session, webhook).id


def look(lab: SmallLab, delivery_id: int) -> WebhookDelivery:
    with lab.database.read() as session:
        return session.get_one(WebhookDelivery, delivery_id)


async def test_message_arrives_signed(small_lab: MakeLab) -> None:
    lab = small_lab()
    async with receiving() as receiver:
        ping = add_ping(lab, receiver.url)
        assert await deliver_due(lab.as_lab()) == 1
        assert await deliver_due(lab.as_lab()) == 0
    (headers,), (body,) = receiver.headers, receiver.bodies
    assert headers[":first"] == "POST /hook?x=1 HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert headers["benchwright-event"] == "ping"
    signature = headers["benchwright-signature"]
    assert verify(SECRET, body, signature, int(now().timestamp()))
    assert not verify(SECRET, body + b" ", signature, int(now().timestamp()))
    sent = look(lab, ping)
    message: dict[str, Any] = json.loads(body)
    assert message["id"] == headers["benchwright-delivery"] == str(sent.public_id)
    assert (sent.state, sent.attempts, sent.last_status, sent.last_error) == (
        "delivered",
        1,
        200,
        "",
    )


async def test_failures_are_tried_again_for_a_day(small_lab: MakeLab) -> None:
    lab = small_lab()
    async with receiving(500) as receiver:
        ping = add_ping(lab, receiver.url)
        at = first = now()
        while (sent := look(lab, ping)).next_attempt_at is not None:
            assert sent.state == "pending"
            at = sent.next_attempt_at + dt.timedelta(microseconds=1)
            assert await deliver_due(lab.as_lab(), at - dt.timedelta(seconds=1)) == 0
            assert await deliver_due(lab.as_lab(), at) == 1
    assert sent.state == "failed"
    assert sent.last_status == 500
    assert sent.attempts == len(receiver.bodies)
    assert 25 <= sent.attempts <= 40
    assert dt.timedelta(hours=22) < at - first <= dt.timedelta(hours=24)
    assert len(set(receiver.bodies)) == 1


async def test_recovery_is_enough(small_lab: MakeLab) -> None:
    lab = small_lab()
    async with receiving(503) as receiver:
        ping = add_ping(lab, receiver.url)
        await deliver_due(lab.as_lab())
        receiver.status = 204
        await deliver_due(lab.as_lab(), now() + dt.timedelta(minutes=1))
    sent = look(lab, ping)
    assert (sent.state, sent.attempts, sent.last_error) == ("delivered", 2, "")


@one_database
async def test_redirects_are_not_followed(small_lab: MakeLab) -> None:
    lab = small_lab()
    async with receiving(307) as receiver:
        ping = add_ping(lab, receiver.url)
        await deliver_due(lab.as_lab())
    assert len(receiver.bodies) == 1
    assert look(lab, ping).last_error == "answered with status 307"


@one_database
async def test_receivers_that_say_nothing_do_not_hold_others_up(
    small_lab: MakeLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT_S", 0.3)
    lab = small_lab()
    project = lab.project()
    async with receiving(None) as silent, receiving() as quick:
        stuck, sent = add_ping(lab, silent.url, project), add_ping(lab, quick.url, project)
        assert await deliver_due(lab.as_lab()) == 2
    assert look(lab, sent).state == "delivered"
    assert look(lab, stuck).last_error == "no answer within 0.3 s"


@one_database
async def test_nothing_listens_there(small_lab: MakeLab) -> None:
    lab = small_lab()
    async with receiving() as receiver:
        pass
    ping = add_ping(lab, receiver.url)
    await deliver_due(lab.as_lab())
    assert "connection was refused" in look(lab, ping).last_error


@one_database
async def test_networks_that_are_closed_stay_closed(small_lab: MakeLab) -> None:
    lab = small_lab()
    lab.fetcher = Fetcher(NetworkPolicy(private_open=False))
    async with receiving() as receiver:
        ping = add_ping(lab, receiver.url)
        await deliver_due(lab.as_lab())
    assert receiver.bodies == []
    assert "private address" in look(lab, ping).last_error


@one_database
async def test_a_lost_key_is_the_reason(small_lab: MakeLab) -> None:
    lab = small_lab()
    async with receiving() as receiver:
        ping = add_ping(lab, receiver.url)
        lab.keyring = Keyring(["x" * 32])
        await deliver_due(lab.as_lab())
    assert receiver.bodies == []
    assert "does not have" in look(lab, ping).last_error


async def test_two_servers_send_a_message_once(small_lab: MakeLab) -> None:
    lab = small_lab()
    project = lab.project()
    async with receiving() as receiver:
        for _ in range(15):
            add_ping(lab, receiver.url, project)
        sent = await asyncio.gather(*(deliver_due(lab.as_lab()) for _ in range(3)))
        assert sum(sent) + await deliver_due(lab.as_lab()) == 15
    assert len(receiver.bodies) == len(set(receiver.bodies)) == 15


async def test_a_claim_of_a_dead_server_ends(small_lab: MakeLab) -> None:
    lab = small_lab()
    async with receiving() as receiver:
        ping = add_ping(lab, receiver.url)
        delivery._claim(lab.as_lab(), now())
        assert await deliver_due(lab.as_lab()) == 0
        assert await deliver_due(lab.as_lab(), now() + delivery.CLAIM * 2) == 1
    assert look(lab, ping).state == "delivered"


@one_database
async def test_webhooks_that_are_off_or_gone_get_nothing(small_lab: MakeLab) -> None:
    lab = small_lab()
    project = lab.project()
    async with receiving() as receiver:
        ping = add_ping(lab, receiver.url, project)
        with lab.database.write() as session:
            session.execute(update(Webhook).values(enabled=False))
        assert await deliver_due(lab.as_lab()) == 0
        parcels = [delivery.Parcel(ping, receiver.url, "ping", "x", b"", "s")]
        with lab.database.write() as session:
            session.delete(session.scalars(select(Webhook)).one())
        delivery._note(lab.as_lab(), [(parcels[0], delivery.Attempt(200, ""))], None)
    with lab.database.read() as session:
        assert session.scalars(select(WebhookDelivery)).all() == []


@one_database
async def test_addresses_of_runs_are_given_under_the_public_name(small_lab: MakeLab) -> None:
    lab = small_lab(public_url="https://lab.example/")
    row = WebhookDelivery(event="run.ended", data={"run": {"path": "/api/v1/runs/1"}})
    row.created_at = now()
    message = json.loads(delivery._body(row, lab.settings.server.public_url))
    assert message["run"]["url"] == "https://lab.example/api/v1/runs/1"
    assert "url" not in json.loads(delivery._body(row, None))["run"]


async def test_old_messages_are_forgotten(small_lab: MakeLab) -> None:
    lab = small_lab()
    project = lab.project()
    ids = [add_ping(lab, "http://x.example/", project) for _ in range(3)]
    old = now() - service.KEPT - dt.timedelta(seconds=1)
    cases: list[dict[str, Any]] = [
        {"created_at": old, "next_attempt_at": None},
        {"created_at": old},
        {"next_attempt_at": None},
    ]
    with lab.database.write() as session:
        for id_, values in zip(ids, cases, strict=True):
            row = update(WebhookDelivery).where(WebhookDelivery.id == id_)
            session.execute(row.values(values))
        assert service.forget_old_deliveries(session) == 1
        assert sorted(session.scalars(select(WebhookDelivery.id))) == sorted(ids[1:])


@one_database
async def test_the_loop_delivers_and_survives_faults(
    small_lab: MakeLab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(delivery, "POLL_INTERVAL_S", 0.02)
    lab = small_lab()
    real, faults = delivery._claim, iter([RuntimeError("a fault")])

    def claim(*arguments: Any) -> list[delivery.Parcel]:
        for fault in faults:
            raise fault
        return real(*arguments)

    monkeypatch.setattr(delivery, "_claim", claim)
    async with receiving() as receiver:
        ping = add_ping(lab, receiver.url)
        task = asyncio.create_task(keep_delivering(lab.as_lab()))
        for _ in range(1500):
            await asyncio.sleep(0.02)
            if receiver.bodies and look(lab, ping).state == "delivered":
                break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert look(lab, ping).state == "delivered"
    assert "trying again" in caplog.text


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [pause_after(attempt, jitter=0).total_seconds() for attempt in (1, 2, 3, 9, 10, 1000)]
    assert pauses == [10, 20, 40, 2560, 3600, 3600]
    assert all(9 <= pause_after(1).total_seconds() <= 11 for _ in range(50))
