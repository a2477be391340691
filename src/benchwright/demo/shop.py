"""The bookshop behind the demo API: a seeded catalogue, and orders kept in memory."""

from __future__ import annotations

import random
import secrets
from collections import OrderedDict, deque
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, Field

Genre = Literal["crime", "history", "poetry", "science", "travel"]
GENRES: tuple[Genre, ...] = ("crime", "history", "poetry", "science", "travel")

BOOK_COUNT = 500
MAX_ORDERS = 5000
MAX_REVIEWS_PER_BOOK = 20
MAX_TOKENS = 1000

_FIRST = ("Quiet", "Copper", "Northern", "Borrowed", "Hidden", "Salt", "Second", "Paper", "Winter")
_SECOND = ("Harbour", "Orchard", "Ledger", "Compass", "River", "Lantern", "Border", "Garden")
_NAMES = ("A. Moreau", "T. Lindqvist", "R. Okafor", "M. Castellani", "J. Petrov", "S. Nakamura")


class Book(BaseModel):
    id: int = Field(examples=[42])
    title: str
    author: str
    genre: Genre
    year: int
    price_cents: int
    in_stock: bool


class Review(BaseModel):
    stars: int = Field(ge=1, le=5, examples=[4])
    text: str = Field(max_length=500, examples=["Read it in one go."])


class OrderItem(BaseModel):
    book_id: int = Field(ge=1, le=BOOK_COUNT, examples=[42])
    quantity: int = Field(1, ge=1, le=20, examples=[1])


class NewOrder(BaseModel):
    items: list[OrderItem] = Field(min_length=1, max_length=20)
    gift_wrap: bool = False
    note: str = Field("", max_length=200, examples=["Please ring twice."])


class Order(BaseModel):
    id: int
    customer: str
    items: list[OrderItem]
    total_cents: int
    placed_at: datetime


class Shop:
    """Forgets the oldest orders, reviews and tokens, so that a long load test does not fill it."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self.books = {number: _make_book(number, draw) for number in range(1, BOOK_COUNT + 1)}
        self.reviews: dict[int, deque[Review]] = {}
        self.orders: OrderedDict[int, Order] = OrderedDict()
        self._tokens: OrderedDict[str, str] = OrderedDict()
        self._last_order = 1000
        for _ in range(20):
            self.place_order("reader", NewOrder(items=[OrderItem(book_id=draw.randint(1, 500))]))

    def find_books(self, genre: str | None, words: str, first: int, count: int) -> list[Book]:
        """Books of a genre whose title or author contains the words."""
        wanted = words.casefold()
        found = [
            book
            for book in self.books.values()
            if (genre is None or book.genre == genre)
            and (not wanted or wanted in book.title.casefold() or wanted in book.author.casefold())
        ]
        return found[first : first + count]

    def issue_token(self, user: str) -> str:
        """A token that `holder` knows again."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = user
        if len(self._tokens) > MAX_TOKENS:
            self._tokens.popitem(last=False)
        return token

    def holder(self, token: str) -> str | None:
        """Whose token this is."""
        return self._tokens.get(token)

    def add_review(self, book_id: int, review: Review) -> None:
        """Keeps a review of a book."""
        kept = self.reviews.setdefault(book_id, deque(maxlen=MAX_REVIEWS_PER_BOOK))
        kept.append(review)

    def place_order(self, customer: str, new: NewOrder) -> Order:
        """Keeps an order; every item must be a book of the catalogue."""
        self._last_order += 1
        total = sum(self.books[item.book_id].price_cents * item.quantity for item in new.items)
        order = Order(
            id=self._last_order,
            customer=customer,
            items=new.items,
            total_cents=total,
            placed_at=datetime.now(UTC),
        )
        self.orders[order.id] = order
        if len(self.orders) > MAX_ORDERS:
            self.orders.popitem(last=False)
        return order


def _make_book(number: int, draw: random.Random) -> Book:
    return Book(
        id=number,
        title=f"The {draw.choice(_FIRST)} {draw.choice(_SECOND)}",
        author=draw.choice(_NAMES),
        genre=draw.choice(GENRES),
        year=draw.randint(1950, 2025),
        price_cents=draw.randrange(690, 3990, 100),
        in_stock=draw.random() < 0.9,
    )
