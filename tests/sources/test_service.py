from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from benchwright.kit.errors import BadRequest, NotFound, Unavailable
from benchwright.setting_groups import SourceSettings
from benchwright.sources import service
from benchwright.sources.connections import SourceConnections
from benchwright.sources.cursors import Order
from benchwright.sources.reading import Query
from benchwright.sources.times import TimeRange
from tests.fixtures.mongodb import TestDatabase

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
async def connections(mongodb: TestDatabase) -> AsyncIterator[SourceConnections]:
    connections = SourceConnections(mongodb.settings())
    yield connections
    await connections.aclose()


async def walk(
    connections: SourceConnections, query: Query, collection: str = "site"
) -> list[dict[str, Any]]:
    """All pages, one after the other."""
    found: list[dict[str, Any]] = []
    for _ in range(1000):
        query, page = await service.find_documents(connections, "living_lab", collection, query)
        assert len(page.documents) <= query.max_documents
        found += page.documents
        if page.cursor is None:
            return found
        query = replace(query, cursor=page.cursor)
    raise AssertionError("the pages never end")


async def test_the_contents_of_a_source_are_counted(
    mongodb: TestDatabase, connections: SourceConnections
) -> None:
    mongodb.insert("b", {"x": 1}, {"x": 2})
    mongodb.insert("i-charging headquarters", {"x": 1})

    lab, headquarters = await service.list_contents(connections)

    assert [(c.name, c.documents) for c in lab.collections] == [
        ("b", 2), ("i-charging headquarters", 1),
    ]  # fmt: skip
    assert [c.name for c in headquarters.collections] == ["i-charging headquarters"]
    assert lab.problem is None
    assert "@" not in lab.source.server


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("by", ["timestamp", "_id"])
async def test_pages_show_each_document_once_in_order_whatever_its_types(
    mongodb: TestDatabase, connections: SourceConnections, by: str, order: Order
) -> None:
    times: list[Any] = [NOON + n * MINUTE for n in range(7)]
    times += [(NOON + n * MINUTE).isoformat() for n in range(5)]
    times += [NOON.timestamp(), int(NOON.timestamp()) + 1, 3, 3, 3, None, None]
    documents = [{"timestamp": value} for value in times]
    documents += [{"other": n} for n in range(3)]
    documents += [{"_id": key, "timestamp": 3} for key in (1, "a", NOON, True, 2.5)]
    random.Random(7).shuffle(documents)
    mongodb.insert("site", *documents)

    for size in (1, 4, 100):
        query = Query(by=by, order=order, max_documents=size)
        found = await walk(connections, query)
        everything = await walk(connections, replace(query, max_documents=1000))
        assert len(everything) == len(documents)
        assert [d["_id"] for d in found] == [d["_id"] for d in everything]


SPELLINGS: dict[str, Callable[[dt.datetime], Any]] = {
    "dates": lambda at: at,
    "texts": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z",
    "texts with a space": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "texts without seconds": lambda at: f"{at:%Y-%m-%dT%H:%M}",
    "texts with an offset": lambda at: at.astimezone(
        dt.timezone(dt.timedelta(hours=-9))
    ).isoformat(),
    "seconds": lambda at: int(at.timestamp()),
    "seconds as a float": lambda at: at.timestamp(),
    "milliseconds": lambda at: int(at.timestamp() * 1000),
    "microseconds": lambda at: int(at.timestamp() * 1_000_000),
}


@pytest.mark.parametrize("spelling", list(SPELLINGS))
async def test_a_range_of_time_finds_what_lies_in_it(
    spelling: str, mongodb: TestDatabase, connections: SourceConnections
) -> None:
    spell = SPELLINGS[spelling]
    documents = [{"n": n, "timestamp": spell(NOON + n * MINUTE)} for n in range(-1500, 1500, 30)]
    mongodb.insert("site", *documents, {"n": "none"}, {"n": "odd", "timestamp": "soon"})

    async def numbers(since: dt.datetime | None, until: dt.datetime | None) -> list[int]:
        query = Query(range=TimeRange(since, until), order=Order.OLDEST, max_documents=7)
        return sorted(d["n"] for d in await walk(connections, query))

    assert await numbers(NOON, NOON + 120 * MINUTE) == [0, 30, 60, 90]
    assert await numbers(NOON + 1350 * MINUTE, None) == [1350, 1380, 1410, 1440, 1470]
    assert await numbers(None, NOON - 1400 * MINUTE) == [-1500, -1470, -1440, -1410]
    assert await numbers(NOON + 5 * MINUTE, NOON + 25 * MINUTE) == []


async def test_the_usual_order_is_by_time_where_there_is_one(
    mongodb: TestDatabase, connections: SourceConnections
) -> None:
    mongodb.insert("site", {"timestamp": NOON})
    mongodb.insert("schema", {"x": 1})
    for collection, expected in (("site", "timestamp"), ("schema", "_id")):
        query, _ = await service.find_documents(connections, "living_lab", collection, Query(by=""))
        assert query.by == expected


async def test_a_page_ends_by_its_bytes_but_never_without_a_document(
    mongodb: TestDatabase, connections: SourceConnections
) -> None:
    mongodb.insert("site", *({"n": n, "text": "x" * 5000} for n in range(9)))
    query = Query(by="_id", order=Order.OLDEST, max_bytes=12_000)
    _, page = await service.find_documents(connections, "living_lab", "site", query)
    assert [d["n"] for d in page.documents] == [0, 1]
    assert page.is_full
    tiny = replace(query, max_bytes=10)
    assert [d["n"] for d in await walk(connections, tiny)] == list(range(9))


async def test_a_source_is_read_as_a_whole_up_to_its_limits(
    mongodb: TestDatabase, connections: SourceConnections
) -> None:
    key = ObjectId()
    mongodb.insert("small", {"_id": key, "at": NOON, "power": b"123"})
    mongodb.insert("large", *({"n": n} for n in range(30)))
    connections.settings.max_documents = 20

    contents = await service.read_source(connections, "living_lab")

    assert contents.collections["small"] == [
        {"_id": str(key), "at": "2026-03-01T12:00:00+00:00", "power": "(binary, 3 bytes)"}
    ]
    assert [d["n"] for d in contents.collections["large"]] == list(range(20))  # type: ignore[index] # documents
    assert contents.cut == ["large"]


async def test_a_collection_that_fails_says_so_in_its_place(
    mongodb: TestDatabase, connections: SourceConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    mongodb.insert("good", {"n": 1})
    mongodb.insert("bad", {"n": 1})
    find = service.find_documents

    async def fail_for_one(connections: Any, name: str, collection: str, query: Any) -> Any:
        if collection == "bad":
            raise Unavailable("The collection is locked.")
        return await find(connections, name, collection, query)

    monkeypatch.setattr(service, "find_documents", fail_for_one)
    contents = await service.read_source(connections, "living_lab")
    assert contents.collections["bad"] == {"error": "The collection is locked."}
    assert len(contents.collections["good"]) == 1


async def test_only_named_collections_are_shown(
    mongodb: TestDatabase, connections: SourceConnections
) -> None:
    mongodb.insert("private", {"x": 1})
    with pytest.raises(NotFound):
        await service.find_documents(connections, "i-charging_headquarters", "private", Query())
    with pytest.raises(NotFound):
        await service.list_collections(connections, "elsewhere")


@pytest.mark.parametrize(
    "cursor", ["", "%%%", "W10", "WzEsMiwzXQ", "eyIkd2hlcmUiOiAiMSJ9", "A" * 3]
)
async def test_a_foreign_cursor_is_refused(
    cursor: str, mongodb: TestDatabase, connections: SourceConnections
) -> None:
    mongodb.insert("site", {"x": 1})
    with pytest.raises(BadRequest):
        await service.find_documents(connections, "living_lab", "site", Query(cursor=cursor))


async def test_a_server_that_is_away_is_told_of_quickly() -> None:
    given = {"mongodb": {"uri": "mongodb://someone:hush@127.0.0.1:9/"}, "select_timeout_s": 0.3}
    connections = SourceConnections(SourceSettings.model_validate(given))
    began = time.monotonic()
    with pytest.raises(Unavailable) as raised:
        await service.list_collections(connections, "living_lab")
    contents = await service.list_contents(connections)
    await connections.aclose()
    assert time.monotonic() - began < 60
    assert "127.0.0.1:9 cannot be reached" in raised.value.detail
    assert "hush" not in raised.value.detail
    assert all(each.problem for each in contents)


@pytest.mark.parametrize(
    "uri", ["http://x", "mongodb://", "mongodb://h:99999", "mongodb://a:b@c@d/"]
)
async def test_an_address_that_makes_no_sense_is_told_of(uri: str) -> None:
    connections = SourceConnections(SourceSettings.model_validate({"mongodb": {"uri": uri}}))
    with pytest.raises(Unavailable, match="is not valid. Correct BENCHWRIGHT_SOURCES__MONGODB"):
        await service.list_collections(connections, "living_lab")


async def test_a_user_that_is_refused_is_told_of(mongodb: TestDatabase) -> None:
    host = mongodb.uri.partition("://")[2]
    given = mongodb.variables(mongodb={"uri": f"mongodb://nobody:hush@{host}"})
    connections = SourceConnections(SourceSettings.model_validate(given))
    with pytest.raises(Unavailable, match="refuses the user") as raised:
        await service.list_collections(connections, "living_lab")
    await connections.aclose()
    assert "hush" not in raised.value.detail


async def test_nothing_is_there_without_a_connection() -> None:
    connections = SourceConnections(SourceSettings())
    assert service.list_sources(connections) == []
    assert await service.list_contents(connections) == []
    with pytest.raises(NotFound):
        await service.list_collections(connections, "living_lab")
