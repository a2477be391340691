"""The demo API, a bookshop: `python -m benchwright.demo.api --port 9000`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from benchwright.demo.behaviour import Behaviour
from benchwright.demo.shop import (
    BOOK_COUNT,
    GENRES,
    Book,
    Genre,
    NewOrder,
    Order,
    Review,
    Shop,
)

router = APIRouter()
_bearer = HTTPBearer(auto_error=False)

BookId = Annotated[int, Path(ge=1, le=BOOK_COUNT, examples=[42])]


class Credentials(BaseModel):
    user: str = Field(min_length=1, max_length=50, examples=["reader"])
    password: str = Field(min_length=1, max_length=100, examples=["open-sesame"])


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the kind of a token, not a token
    expires_in_s: int = 3600


class BookPage(BaseModel):
    items: list[Book]
    page: int


class GenreSales(BaseModel):
    genre: Genre
    sold: int
    revenue_cents: int


def _shop(request: Request) -> Shop:
    shop: Shop = request.app.state.shop
    return shop


def _behaviour(request: Request) -> Behaviour:
    behaviour: Behaviour = request.app.state.behaviour
    return behaviour


ShopDep = Annotated[Shop, Depends(_shop)]
BehaviourDep = Annotated[Behaviour, Depends(_behaviour)]


async def _customer(
    shop: ShopDep,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    customer = shop.holder(sent.credentials) if sent else None
    if customer is None:
        raise HTTPException(401, "Get a token from POST /auth/token and send it.")
    return customer


CustomerDep = Annotated[str, Depends(_customer)]


@router.post("/auth/token", tags=["Access"], operation_id="createToken")
async def create_token(sent: Credentials, shop: ShopDep, behaviour: BehaviourDep) -> Token:
    """Gives a token for orders; any password will do."""
    await behaviour.wait("token")
    return Token(access_token=shop.issue_token(sent.user))


@router.get("/books", tags=["Books"], operation_id="listBooks")
async def list_books(
    shop: ShopDep,
    behaviour: BehaviourDep,
    genre: Annotated[Genre | None, Query()] = None,
    page: Annotated[int, Query(ge=1, le=100)] = 1,
    page_size: Annotated[int, Query(ge=1, le=50)] = 10,
) -> BookPage:
    """Lists the catalogue, page by page."""
    await behaviour.wait("list_books")
    return BookPage(items=shop.find_books(genre, "", (page - 1) * page_size, page_size), page=page)


@router.get("/books/{book_id}", tags=["Books"], operation_id="getBook")
async def get_book(book_id: BookId, shop: ShopDep, behaviour: BehaviourDep) -> Book:
    """One book; quick, as most pages of the shop ask for it."""
    await behaviour.wait("get_book")
    return shop.books[book_id]


@router.get("/books/{book_id}/reviews", tags=["Reviews"], operation_id="listReviews")
async def list_reviews(book_id: BookId, shop: ShopDep, behaviour: BehaviourDep) -> list[Review]:
    """What readers say about a book."""
    await behaviour.wait("list_reviews")
    return list(shop.reviews.get(book_id, ()))


@router.post(
    "/books/{book_id}/reviews", tags=["Reviews"], operation_id="addReview", status_code=201
)
async def add_review(
    book_id: BookId, sent: Review, shop: ShopDep, behaviour: BehaviourDep
) -> Review:
    """Adds a review; only the newest few of each book are kept."""
    await behaviour.wait("add_review")
    shop.add_review(book_id, sent)
    return sent


@router.get("/search", tags=["Books"], operation_id="searchBooks")
async def search_books(
    shop: ShopDep,
    behaviour: BehaviourDep,
    q: Annotated[str, Query(min_length=1, max_length=100, examples=["harbour"])],
) -> list[Book]:
    """Searches titles and authors; slow, and now and then very slow."""
    await behaviour.wait("search")
    return shop.find_books(None, q, 0, 10)


@router.get("/recommendations", tags=["Books"], operation_id="recommendBooks")
async def recommend_books(
    shop: ShopDep,
    behaviour: BehaviourDep,
    seed_book: Annotated[int, Query(ge=1, le=BOOK_COUNT, examples=[7])],
) -> list[Book]:
    """Books of the same genre."""
    await behaviour.wait("recommend")
    return shop.find_books(shop.books[seed_book].genre, "", 0, 5)


@router.post(
    "/orders",
    tags=["Orders"],
    operation_id="placeOrder",
    status_code=201,
    responses={503: {"description": "The payment service did not answer"}},
)
async def place_order(
    sent: NewOrder, customer: CustomerDep, shop: ShopDep, behaviour: BehaviourDep
) -> Order:
    """Places an order; about one in fifty fails, as the payment service does."""
    await behaviour.wait("place_order")
    if behaviour.draw_failure("place_order"):
        raise HTTPException(503, "The payment service did not answer; try again.")
    return shop.place_order(customer, sent)


@router.get("/orders", tags=["Orders"], operation_id="listOrders")
async def list_orders(customer: CustomerDep, shop: ShopDep, behaviour: BehaviourDep) -> list[Order]:
    """The newest orders of the token's holder."""
    await behaviour.wait("list_orders")
    newest = reversed(shop.orders.values())
    return [
        order for order, _ in zip(newest, range(10), strict=False) if order.customer == customer
    ]


@router.get("/orders/{order_id}", tags=["Orders"], operation_id="getOrder")
async def get_order(
    order_id: Annotated[int, Path(ge=1, examples=[1001])],
    customer: CustomerDep,
    shop: ShopDep,
    behaviour: BehaviourDep,
) -> Order:
    """One order of the token's holder."""
    await behaviour.wait("get_order")
    order = shop.orders.get(order_id)
    if order is None or order.customer != customer:
        raise HTTPException(404, "There is no such order.")
    return order


@router.get("/reports/sales", tags=["Reports"], operation_id="reportSales")
async def report_sales(shop: ShopDep, behaviour: BehaviourDep) -> list[GenreSales]:
    """Sales by genre; takes over half a second, as reports do."""
    await behaviour.wait("sales_report")
    sales = {genre: GenreSales(genre=genre, sold=0, revenue_cents=0) for genre in GENRES}
    for order in shop.orders.values():
        for item in order.items:
            book = shop.books[item.book_id]
            sales[book.genre].sold += item.quantity
            sales[book.genre].revenue_cents += book.price_cents * item.quantity
    return list(sales.values())


@router.get("/health", tags=["Health"], operation_id="getHealth")
async def get_health() -> dict[str, str]:
    """Answers at once."""
    return {"status": "ok"}


def create_demo_api(seed: int = 1, *, slowness: float = 1.0) -> FastAPI:
    """The bookshop with the habits of `seed`; `slowness` stretches all latencies."""
    app = FastAPI(
        title="Demo bookshop",
        version="1.0.0",
        description="A small shop to try load tests on: some of it is slow, some of it fails.",
    )
    app.state.shop = Shop(seed)
    app.state.behaviour = Behaviour(seed, slowness=slowness)
    app.include_router(router)
    return app


if __name__ == "__main__":
    from benchwright.demo.serving import main

    main()
