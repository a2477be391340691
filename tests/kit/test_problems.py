from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field, ValidationError, field_validator
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse

from benchwright.kit.boundary import BoundaryMiddleware
from benchwright.kit.errors import Conflict, Invalid, NotFound, Problem
from benchwright.kit.problems import install_error_handlers, invalid_from
from benchwright.kit.requests import request_id

HTML = {"Accept": "text/html,*/*;q=0.8"}


class Stage(BaseModel):
    duration_s: float = Field(gt=0)


class Wish(BaseModel):
    name: str
    stages: list[Stage] = []

    @field_validator("name")
    @classmethod
    def check_name(cls, name: str) -> str:
        if name == "bad":
            raise ValueError("this name is taken")
        return name


def build() -> FastAPI:
    app = FastAPI()
    install_error_handlers(app)
    app.add_middleware(BoundaryMiddleware)

    @app.post("/wishes")
    def wish(wish: Wish, limit: Annotated[int, Query(le=10)] = 1) -> str:
        return wish.name

    router = APIRouter()

    @router.post("/any")
    def anything(thing: dict[str, object]) -> dict[str, object]:
        return thing

    app.include_router(router)
    return app


def raising(error: BaseException) -> FastAPI:
    app = build()

    @app.get("/fail")
    @app.get("/api/fail")
    @app.get("/fail.json")
    def fail() -> None:
        raise error

    return app


def ask(app: FastAPI, path: str = "/fail", headers: dict[str, str] | None = None) -> Response:
    with TestClient(app) as client:
        response = client.get(path, headers=headers)
    return Response(response.content, response.status_code, dict(response.headers))


def document(app: FastAPI, path: str = "/fail") -> dict[str, object]:
    with TestClient(app) as client:
        response = client.get(path)
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = response.json()
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["x-request-id"]
    return body


def sql(kind: type[OperationalError | DataError], text: str) -> Exception:
    return kind("SELECT secret FROM t", {"x": 1}, Exception(text))


@pytest.mark.parametrize(
    "error, status, kind, words",
    [
        (NotFound("no such run"), 404, "not-found", "no such run"),
        (Conflict("busy", run="x"), 409, "conflict", "busy"),
        (HTTPException(405), 405, "method-not-allowed", "Allow"),
        (HTTPException(404), 404, "not-found", "/docs"),
        (HTTPException(418, "short"), 418, "i'm-a-teapot", "short"),
        (HTTPException(401, {"any": "thing"}), 401, "unauthorised", "Unauthorized"),
        (sql(OperationalError, "database or disk is full"), 503, "unavailable", "disk is full"),
        (sql(OperationalError, "database is locked"), 503, "unavailable", "busy"),
        (sql(OperationalError, "connection refused"), 503, "unavailable", "does not answer"),
        (sql(OperationalError, "attempt to write a readonly database"), 503, "unavailable", "rights"),
        (PoolTimeout("QueuePool limit"), 503, "unavailable", "busy"),
        (sql(DataError, "value too long"), 422, "invalid", "cannot be stored"),
        (OverflowError("Python int too large to convert to SQLite INTEGER"), 422, "invalid", "range"),
        (OSError(errno.ENOSPC, "No space left on device"), 503, "unavailable", "disk is full"),
    ],
)  # fmt: skip
def test_what_can_be_explained_is(error: Exception, status: int, kind: str, words: str) -> None:
    body = document(raising(error))
    assert body["status"] == status
    assert str(body["type"]).endswith(f":{kind}")
    assert words in str(body["detail"])
    assert "SELECT" not in str(body)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("the secret is hunter2"),
        OSError(errno.EIO, "hunter2"),
        IntegrityError("INSERT hunter2", {}, Exception("UNIQUE hunter2")),
        KeyError("hunter2"),
        OverflowError("hunter2"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTML])
def test_own_faults_stay_in_the_log(
    error: Exception, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    response = ask(raising(error), headers=headers)
    assert response.status_code == 500
    assert b"hunter2" not in bytes(response.body)
    identifier = response.headers["x-request-id"]
    assert identifier.encode() in bytes(response.body)
    (record,) = [r for r in caplog.records if r.name == "benchwright.requests"]
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert identifier in record.getMessage()


def test_headers_and_members_of_a_problem_are_sent() -> None:
    problem = Conflict("busy", run="r1")
    problem.headers["Retry-After"] = "3"
    response = ask(raising(problem))
    assert response.headers["retry-after"] == "3"
    assert document(raising(problem))["run"] == "r1"


@pytest.mark.parametrize(
    "path, headers, is_page",
    [
        ("/fail", HTML, True),
        ("/fail", {"Accept": "TEXT/HTML"}, True),
        ("/fail", {"HX-Request": "true"}, True),
        ("/fail", {"Accept": "application/json"}, False),
        ("/fail", {"Accept": "*/*"}, False),
        ("/fail", {}, False),
        ("/api/fail", HTML, False),
        ("/fail.json", HTML, False),
    ],
)
def test_browsers_get_a_page(path: str, headers: dict[str, str], is_page: bool) -> None:
    problem = Invalid("<b>bad</b>", [{"field": "<i>", "message": "<u>"}])
    response = ask(raising(problem), path, headers)
    assert response.status_code == 422
    assert response.headers["content-type"].startswith("text/html") == is_page
    if is_page:
        for tag in (b"<b>", b"<i>", b"<u>"):
            assert tag not in bytes(response.body)


def test_another_error_page_can_be_drawn() -> None:
    app = raising(Conflict("busy"))

    def draw(_: Request, problem: Problem) -> Response:
        return PlainTextResponse(f"drawn: {problem.detail}", problem.status)

    app.state.render_error_page = draw
    assert bytes(ask(app, headers=HTML).body) == b"drawn: busy"


@pytest.mark.parametrize(
    "content, query, fields",
    [
        (b'{"name": 1}', "", ["name"]),
        (b'{"name": "bad"}', "", ["name"]),
        (b'{"name": "x", "stages": [{"duration_s": 1}, {"duration_s": 0}]}', "", ["stages.1.duration_s"]),
        (b'{"name": "x"}', "?limit=11", ["limit"]),
        (b"{}", "?limit=x", ["limit", "name"]),
        (b"[]", "", ["body"]),
        (b"", "", ["body"]),
        (b"{", "", ["body"]),
        (b'{"name": "x"', "", ["body"]),
        (b'{"name": "\\ud800"}', "", ["name"]),
        (b'{"name": "a\\u0000b"}', "", ["name"]),
        (b'{"name": "x", "stages": [{"duration_s": "\\u0000"}]}', "", ["stages.0.duration_s"]),
        (b'"\\u0000"', "", ["body"]),
    ],
)  # fmt: skip
def test_faulty_requests_name_their_fields(content: bytes, query: str, fields: list[str]) -> None:
    with TestClient(build()) as client:
        response = client.post(
            f"/wishes{query}", content=content, headers={"Content-Type": "application/json"}
        )
    assert response.status_code == 422
    body = response.json()
    assert sorted(error["field"] for error in body["errors"]) == fields
    assert all(field in body["detail"] for field in fields)
    assert all(set(error) == {"field", "message"} for error in body["errors"])


@pytest.mark.parametrize(
    "text, status",
    [
        (r"\ud83d\ude00", 200),
        (r"\ud83d", 422),
        (r"\uDE00\uD83D", 422),
        (r"x\\ud83d", 200),
        (r"\u00e9", 200),
        (r"x\u0000", 422),
        (r"x\\u0000", 200),
    ],
)
def test_what_no_database_stores_is_refused_wherever_they_stand(text: str, status: int) -> None:
    with TestClient(build()) as client:
        for body in (f'{{"a": [{{"b": "{text}"}}]}}', f'{{"{text}": 1}}'):
            response = client.post(
                "/any", content=body, headers={"Content-Type": "application/json; charset=utf-8"}
            )
            assert response.status_code == status


def test_requests_that_meet_are_told_so(caplog: pytest.LogCaptureFixture) -> None:
    class Violation(Exception):
        sqlstate = "23505"

    body = document(raising(IntegrityError("INSERT hunter2", {}, Violation("hunter2"))))
    assert body["status"] == 409
    assert "hunter2" not in str(body)
    assert not caplog.records


def test_the_allow_header_names_the_methods_of_all_routes() -> None:
    app = build()

    @app.get("/things/{name}")
    @app.delete("/things/{name}")
    def thing(name: str) -> str:
        return name

    @app.post("/things/new")
    def new() -> None:
        return

    with TestClient(app) as client:
        assert client.put("/things/a").headers["allow"] == "DELETE, GET, HEAD"
        assert client.put("/things/new").headers["allow"] == "DELETE, GET, HEAD, POST"
        assert client.get("/wishes").headers["allow"] == "POST"


def test_plain_errors_of_the_framework_become_problems(tmp_path: Path) -> None:
    app = build()
    file = tmp_path / "file.txt"
    file.write_text("0123456789")

    @app.get("/api/file")
    def download() -> FileResponse:
        return FileResponse(file)

    with TestClient(app) as client:
        assert client.get("/api/file", headers={"Range": "bytes=0-3"}).text == "0123"
        for wanted, status in (("bytes=90-", 416), ("bytes=5-1", 400), ("bytes=x", 400)):
            response = client.get("/api/file", headers={"Range": wanted})
            assert response.status_code == response.json()["status"] == status
            assert response.headers["content-type"] == "application/problem+json"
        assert (
            client.get("/api/file", headers={"Range": "bytes=90-"})
            .headers["content-range"]
            .endswith("/10")
        )


def test_problems_are_documented() -> None:
    operation = build().openapi()["paths"]["/any"]["post"]
    assert set(operation["responses"]) == {"200", "default"}
    assert set(operation["responses"]["default"]["content"]) == {"application/problem+json"}


def test_messages_are_ours_and_values_are_not_echoed() -> None:
    with TestClient(build()) as client:
        response = client.post("/wishes", json={"name": "bad"})
        assert response.json()["errors"] == [{"field": "name", "message": "this name is taken"}]
        assert "hunter2" not in client.post("/wishes", json={"name": ["hunter2"]}).text


def test_errors_are_listed_up_to_a_limit() -> None:
    with TestClient(build()) as client:
        response = client.post("/wishes", json={"name": "x", "stages": [{}] * 5000})
    assert len(response.json()["errors"]) == 100


@pytest.mark.parametrize("content", [b"\xff\xfe{", b'{"name": "\xff"}', b"[" * 100_000])
def test_hostile_bodies_are_the_senders_fault(content: bytes) -> None:
    with TestClient(build()) as client:
        headers = {"Content-Type": "application/json"}
        assert client.post("/wishes", content=content, headers=headers).status_code in (400, 422)


def test_models_of_services_give_the_same_problem() -> None:
    with pytest.raises(ValidationError) as raised:
        Wish.model_validate({"name": "bad", "stages": [{"duration_s": -1}]})
    problem = invalid_from(raised.value, "plan")
    assert [e["field"] for e in problem.errors] == ["plan.name", "plan.stages.0.duration_s"]


@pytest.mark.parametrize(
    "given, kept",
    [("proxy-id-1234", True), ("short", False), ("a b c d e f g", False), ("x" * 65, False)],
)
def test_ids_of_proxies_are_kept_if_harmless(given: str, kept: bool) -> None:
    with TestClient(build()) as client:
        response = client.get("/nowhere", headers={"X-Request-Id": given})
    assert (response.headers["x-request-id"] == given) == kept


def test_id_is_known_while_the_request_is_served() -> None:
    app = build()

    @app.get("/id")
    def show() -> PlainTextResponse:
        return PlainTextResponse(str(request_id.get()))

    with TestClient(app) as client:
        response = client.get("/id")
    assert response.text == response.headers["x-request-id"]
    assert request_id.get() is None


def test_an_answer_that_has_begun_is_broken_off(caplog: pytest.LogCaptureFixture) -> None:
    app = build()

    @app.get("/stream")
    def stream() -> StreamingResponse:
        def parts() -> Iterator[bytes]:
            yield b"one"
            raise RuntimeError("too late")

        return StreamingResponse(parts())

    with TestClient(app) as client, pytest.raises(RuntimeError, match="too late"):
        client.get("/stream")
    assert any(record.name == "benchwright.requests" for record in caplog.records)
