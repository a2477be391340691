from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from openapi_spec_validator import validate

from benchwright.demo.api import create_demo_api
from benchwright.specs.analysis import analyse

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(create_demo_api(slowness=0.01))
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


async def sign_in(shop: httpx2.AsyncClient) -> dict[str, str]:
    answer = await shop.post("/auth/token", json={"user": "reader", "password": "any"})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_the_document_is_valid_and_names_every_operation(shop: httpx2.AsyncClient) -> None:
    answer = await shop.get("/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    validate(document)
    analysis = analyse(answer.content, source_url="http://shop/openapi.json")
    assert analysis.warnings == []
    assert len(analysis.operations) >= 10
    assert all(operation.operation_id for operation in analysis.operations)
    assert {tag.name for tag in analysis.tags} >= {"Books", "Orders", "Access"}


async def test_books_can_be_listed_found_and_read(shop: httpx2.AsyncClient) -> None:
    page = (await shop.get("/books", params={"genre": "crime", "page_size": 3})).json()
    assert len(page["items"]) == 3
    book = page["items"][0]
    assert (await shop.get(f"/books/{book['id']}")).json() == book
    word = book["title"].split()[-1]
    assert (await shop.get("/search", params={"q": word})).json()
    assert (await shop.get("/books/0")).status_code == 422
    assert (await shop.get("/recommendations", params={"seed_book": 5})).status_code == 200


async def test_reviews_are_kept(shop: httpx2.AsyncClient) -> None:
    review = {"stars": 4, "text": "Good."}
    assert (await shop.post("/books/9/reviews", json=review)).status_code == 201
    assert (await shop.get("/books/9/reviews")).json() == [review]
    assert (await shop.post("/books/9/reviews", json={"stars": 9})).status_code == 422


async def test_orders_need_a_token(shop: httpx2.AsyncClient) -> None:
    order = {"items": [{"book_id": 2}]}
    assert (await shop.post("/orders", json=order)).status_code == 401
    headers = await sign_in(shop)
    placed = [await shop.post("/orders", json=order, headers=headers) for _ in range(20)]
    assert {answer.status_code for answer in placed} <= {201, 503}
    made = next(answer.json() for answer in placed if answer.status_code == 201)
    assert (await shop.get(f"/orders/{made['id']}", headers=headers)).json() == made
    assert (await shop.get("/orders", headers=headers)).json()
    assert (await shop.get("/orders/999999", headers=headers)).status_code == 404
    assert (await shop.get("/reports/sales")).status_code == 200


async def test_some_orders_fail(shop: httpx2.AsyncClient) -> None:
    headers = await sign_in(shop)
    order = {"items": [{"book_id": 2}]}
    codes = [
        (await shop.post("/orders", json=order, headers=headers)).status_code for _ in range(300)
    ]
    assert 0 < codes.count(503) < 20
