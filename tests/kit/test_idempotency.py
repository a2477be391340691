from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import func, select, update

from benchwright.kit.boundary import BoundaryMiddleware
from benchwright.kit.db import Database, now
from benchwright.kit.errors import Conflict
from benchwright.kit.idempotency import (
    LIFETIME,
    Idempotent,
    IdempotentRequest,
    answer_once,
    forget_expired,
)
from benchwright.kit.models import IdempotentAnswer
from benchwright.kit.problems import install_error_handlers
from benchwright.lab import WriteSessionDep

KEY = {"Idempotency-Key": "k1"}


class Wish(BaseModel):
    name: str


class Made(BaseModel):
    number: int
    name: str


class Counter:
    def __init__(self) -> None:
        self.count = 0
        self.fault: Exception | None = None

    def make(self, name: str) -> Made:
        self.count += 1
        if self.fault:
            raise self.fault
        return Made(number=self.count, name=name)


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def client(database: Database, counter: Counter) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.lab = type("Lab", (), {"database": database})()
    install_error_handlers(app)
    app.add_middleware(BoundaryMiddleware)

    @app.middleware("http")
    async def name_sender(request: Request, follow: object) -> Response:
        request.state.principal = type("P", (), {"key": request.headers.get("x-who", "me")})()
        return await follow(request)  # type: ignore[operator,no-any-return]  # Starlette's own

    @app.post("/things", status_code=201)
    def make(session: WriteSessionDep, request: Idempotent, wish: Wish) -> Response:
        return answer_once(
            session, request, lambda: counter.make(wish.name), location=lambda _: "/things/1"
        )

    @app.post("/others", status_code=201)
    def others(session: WriteSessionDep, request: Idempotent, wish: Wish) -> Response:
        return answer_once(session, request, lambda: counter.make(wish.name), status=202)

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def rows(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(IdempotentAnswer)) or 0


def test_a_repetition_gets_the_first_answer(client: TestClient, counter: Counter) -> None:
    first = client.post("/things", json={"name": "é\n"}, headers=KEY)
    again = client.post("/things", json={"name": "é\n"}, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.json() == {"number": 1, "name": "é\n"}
    assert first.headers["location"] == again.headers["location"] == "/things/1"
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert counter.count == 1


def test_without_a_key_each_request_counts(
    client: TestClient, counter: Counter, database: Database
) -> None:
    for _ in range(2):
        assert client.post("/things", json={"name": "x"}).status_code == 201
    assert (counter.count, rows(database)) == (2, 0)


def test_the_same_key_with_another_body_is_refused(client: TestClient, counter: Counter) -> None:
    client.post("/things", json={"name": "x"}, headers=KEY)
    for path, name in (("/things", "y"), ("/things?a=1", "x")):
        response = client.post(path, json={"name": name}, headers=KEY)
        assert response.status_code == 422
        assert "another body" in response.json()["detail"]
    assert counter.count == 1


def test_keys_belong_to_a_sender_and_an_address(client: TestClient, counter: Counter) -> None:
    wish = {"name": "x"}
    client.post("/things", json=wish, headers=KEY)
    assert client.post("/others", json=wish, headers=KEY).status_code == 202
    client.post("/things", json=wish, headers=KEY | {"x-who": "you"})
    client.post("/things", json=wish, headers={"Idempotency-Key": "k2"})
    assert counter.count == 4


def test_work_that_failed_is_forgotten(
    client: TestClient, counter: Counter, database: Database
) -> None:
    for fault, status in ((Conflict("no"), 409), (RuntimeError("broken"), 500)):
        counter.fault = fault
        assert client.post("/things", json={"name": "x"}, headers=KEY).status_code == status
        assert rows(database) == 0
    counter.fault = None
    response = client.post("/things", json={"name": "x"}, headers=KEY)
    assert response.status_code == 201
    assert "idempotency-replayed" not in response.headers


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "é"])
def test_malformed_keys_are_bad_requests(client: TestClient, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode("latin-1")}
    response = client.post("/things", json={"name": "x"}, headers=headers)
    assert response.status_code == 400


def test_answers_are_kept_for_a_day(
    client: TestClient, counter: Counter, database: Database
) -> None:
    client.post("/things", json={"name": "x"}, headers=KEY)
    with database.write() as session:
        assert forget_expired(session) == 0
        old = now() - LIFETIME - dt.timedelta(seconds=1)
        session.execute(update(IdempotentAnswer).values(created_at=old))
    response = client.post("/things", json={"name": "other"}, headers=KEY)
    assert response.json() == {"number": 2, "name": "other"}
    assert rows(database) == 1
    with database.write() as session:
        assert forget_expired(session, now() + LIFETIME) == 1
    assert rows(database) == 0


def test_of_requests_at_the_same_time_one_works_and_the_others_get_its_answer(
    database: Database,
) -> None:
    request = IdempotentRequest("me", "POST /things", "k", "hash")
    begun, go_on = threading.Event(), threading.Event()
    counter = Counter()

    def slow() -> Made:
        begun.set()
        go_on.wait(10)
        return counter.make("x")

    def send(work: object) -> Response:
        with database.write() as session:
            return answer_once(session, request, work)  # type: ignore[arg-type]  # a thunk

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(send, slow)
        assert begun.wait(10)
        others = [pool.submit(send, lambda: counter.make("twice")) for _ in range(3)]
        go_on.set()
        answers = [first.result(30), *(other.result(30) for other in others)]
    assert counter.count == 1
    assert {bytes(answer.body) for answer in answers} == {b'{"number":1,"name":"x"}'}
    replayed = [answer.headers.get("idempotency-replayed") for answer in answers]
    assert replayed == [None, "true", "true", "true"]


def test_when_the_first_breaks_off_the_second_works(database: Database) -> None:
    request = IdempotentRequest("me", "POST /things", "k", "hash")
    begun, go_on = threading.Event(), threading.Event()
    counter = Counter()

    def break_off() -> Made:
        begun.set()
        go_on.wait(10)
        raise RuntimeError("crash")

    def send(work: object) -> Response:
        with database.write() as session:
            return answer_once(session, request, work)  # type: ignore[arg-type]  # a thunk

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send, break_off)
        assert begun.wait(10)
        second = pool.submit(send, lambda: counter.make("x"))
        go_on.set()
        with pytest.raises(RuntimeError):
            first.result(30)
        assert second.result(30).status_code == 201
    assert counter.count == 1
