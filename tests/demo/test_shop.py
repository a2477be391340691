from __future__ import annotations

from benchwright.demo.shop import (
    BOOK_COUNT,
    MAX_ORDERS,
    MAX_REVIEWS_PER_BOOK,
    MAX_TOKENS,
    NewOrder,
    OrderItem,
    Review,
    Shop,
)


def test_the_catalogue_follows_from_the_seed() -> None:
    assert Shop(1).books == Shop(1).books
    assert Shop(1).books != Shop(2).books
    assert len(Shop(1).books) == BOOK_COUNT


def test_finds_by_genre_and_words() -> None:
    shop = Shop(1)
    crime = shop.find_books("crime", "", 0, BOOK_COUNT)
    assert crime
    assert {book.genre for book in crime} == {"crime"}
    harbours = shop.find_books(None, "hARBOUR", 0, BOOK_COUNT)
    assert harbours
    assert all("Harbour" in book.title for book in harbours)
    assert shop.find_books("crime", "", 5, 3) == crime[5:8]
    assert shop.find_books(None, "no such book", 0, 10) == []


def test_a_long_load_test_does_not_fill_it() -> None:
    shop = Shop(1)
    for _ in range(MAX_ORDERS + 100):
        order = shop.place_order("reader", NewOrder(items=[OrderItem(book_id=1)]))
    assert len(shop.orders) == MAX_ORDERS
    assert order.id in shop.orders
    for n in range(MAX_REVIEWS_PER_BOOK + 5):
        shop.add_review(7, Review(stars=5, text=str(n)))
    assert shop.reviews[7][0].text == "5"
    tokens = [shop.issue_token("reader") for _ in range(MAX_TOKENS + 1)]
    assert shop.holder(tokens[0]) is None
    assert shop.holder(tokens[-1]) == "reader"


def test_an_order_costs_what_its_books_cost() -> None:
    shop = Shop(1)
    items = [OrderItem(book_id=3, quantity=2), OrderItem(book_id=9)]
    order = shop.place_order("reader", NewOrder(items=items))
    assert order.total_cents == 2 * shop.books[3].price_cents + shop.books[9].price_cents
