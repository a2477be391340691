from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from benchwright.influxdb import client as client_module
from benchwright.influxdb.client import Away, InfluxClient, Refusal
from benchwright.settings import InfluxSettings
from tests.fixtures.peers import Peer, Request, write_answer
from tests.services.influxdb import InfluxServer, influxdb_server

PASSWORD = "pass word+/7"


@pytest.fixture
async def make_client() -> AsyncIterator[Any]:
    made: list[InfluxClient] = []

    def make(url: str, **settings: Any) -> InfluxClient:
        made.append(InfluxClient(InfluxSettings(url=url, **settings)))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


async def test_the_database_is_made_and_written(influxdb: InfluxServer, make_client: Any) -> None:
    client = make_client(influxdb.url, database='odd "name"')
    assert (await client.version()).startswith("1.")
    with pytest.raises(Refusal, match="database not found") as refused:
        await client.check_write()
    assert refused.value.status == 404
    await client.ensure_database()
    await client.ensure_database()
    await client.write(b"m value=1 1700000000000000001")
    with pytest.raises(Refusal, match="400: partial write: unable to parse"):
        await client.write(b"m value=2 2\nnonsense")
    rows = influxdb.rows("SELECT value FROM m", 'odd "name"')
    assert [row["value"] for row in rows] == [2, 1]


@pytest.mark.needs("influxd")
async def test_rights_are_asked_for_in_words_without_the_password(
    tmp_path: Path, make_client: Any
) -> None:
    with influxdb_server(tmp_path / "influxdb", user="lab", password=PASSWORD) as server:
        server.create_database("k6")
        server.query("CREATE USER \"guest\" WITH PASSWORD 'guest-password'")
        await make_client(server.url, username="lab", password=PASSWORD).check_write()
        for wrong in ({"username": "lab", "password": "not this"}, {}):
            with pytest.raises(Refusal, match="401") as refused:
                await make_client(server.url, **wrong).ensure_database()
            assert "not this" not in str(refused.value)
        guest = {"username": "guest", "password": "guest-password"}
        with pytest.raises(Refusal, match="403"):
            await make_client(server.url, **guest).ensure_database()
        with pytest.raises(Refusal, match="the database other is missing, and this user may not"):
            await make_client(server.url, **guest, database="other").ensure_database()


async def test_what_does_not_answer_is_away(
    peer: Peer, unused_port: int, make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Away, match="refused; is the server running"):
        await make_client(f"http://127.0.0.1:{unused_port}").version()

    async def say_nothing(_request: Request, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    peer.answers["/write"] = say_nothing
    monkeypatch.setattr(client_module, "TIMEOUT_S", 0.2)
    with pytest.raises(Away, match=r"did not answer within 0\.2 s"):
        await make_client(peer.url).check_write()


async def test_answers_that_are_none_of_influxdb(peer: Peer, make_client: Any) -> None:
    client = make_client(peer.url, username="u", password=PASSWORD)
    peer.answers["/write"] = write_answer(f'{{"error": "no {PASSWORD}\\n!"}}', status=503)
    with pytest.raises(Away, match=r"^503: no \*\*\* !$"):
        await client.check_write()
    peer.answers["/write"] = write_answer("<p>" * 100_000, status=418)
    with pytest.raises(Refusal, match=r"^418: <p><p>") as refused:
        await client.check_write()
    assert len(str(refused.value)) <= client_module.MAX_WORDS
    peer.answers["/write"] = write_answer("", status=302, location="http://127.0.0.1:1/")
    with pytest.raises(Refusal, match="302: no further words"):
        await client.check_write()
    assert peer.requests[0].path == "/write?db=k6&precision=ns"
