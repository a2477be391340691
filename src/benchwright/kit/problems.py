"""Every error as an answer: a problem document, or a page for browsers."""

from __future__ import annotations

import errno
import html
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from benchwright.kit.errors import (
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    Unauthorised,
    Unavailable,
)
from benchwright.kit.requests import prefers_html, route_path, state_of
from benchwright.kit.unicode import broken_text, refuse_broken_text
from benchwright.kit.value_faults import explain_value

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 100
RETRY_AFTER_S = 5

ErrorPage = Callable[[Request, Problem], Response]
"""Draws a problem as a page; `app.state.render_error_page` may hold one."""

_BY_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (BadRequest, Unauthorised, Forbidden, NotFound, Conflict, TooLarge, Unavailable)
}


class Internal(Problem):
    """Says nothing of what happened: that stands in the log, under the request's id."""

    def __init__(self) -> None:
        super().__init__("The server's log says more under the id of this request.")


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem (RFC 9457): what went wrong and what to do about it",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "title": "Problem",
                    "type": "object",
                    "required": ["type", "title", "status", "detail", "request_id"],
                    "properties": {
                        "type": {"type": "string", "format": "uri", "description": "Stable."},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "request_id": {"type": "string", "description": "As in the server's log."},
                        "errors": {
                            "type": "array",
                            "description": "Each value that was refused, where some were.",
                            "items": {
                                "type": "object",
                                "required": ["field", "message"],
                                "properties": {
                                    "field": {"type": "string"},
                                    "message": {"type": "string"},
                                },
                            },
                        },
                    },
                }
            }
        },
    }
}
"""How `/openapi.json` describes every answer that is not the route's own."""


def install_error_handlers(app: FastAPI) -> None:
    """Makes the app answer with problems wherever FastAPI would answer in its own shapes."""
    for kind in (Problem, HTTPException, RequestValidationError, SQLAlchemyError, OSError):
        app.add_exception_handler(kind, _answer)
    # Before any router is included: they take over what stands here then.
    app.router.dependencies.append(Depends(refuse_broken_text))
    app.router.responses.update(DOCUMENTED)


async def _answer(request: Request, error: Exception) -> Response:
    problem = problem_from(error)
    if problem is None:
        raise error
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        problem.headers["Allow"] = ", ".join(allowed_methods(request))
    return render_problem(request, problem)


def problem_from(error: BaseException) -> Problem | None:
    """What a client is told of an error; None when it is a fault of the server's own."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _invalid(error.errors(), drop=1)
        case HTTPException():
            return problem_of(error.status_code, error.detail, error.headers)
        case IntegrityError() if _is_race(error):
            return Conflict(
                "Another request changed the same thing at this moment; look and try again."
            )
        case OperationalError() | PoolTimeout():
            return _from_database(error)
        case DataError():
            return _not_storable()
        case OverflowError() if "SQLite" in str(error):
            return _not_storable()
        case UnicodeEncodeError(reason="surrogates not allowed"):
            return broken_text()
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return _disk_full()
    return None


def allowed_methods(request: Request) -> list[str]:
    """All methods of an address; Starlette's own answer names those of its first route only."""
    path = route_path(request.scope)
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(path):
            methods |= route.methods or set()
    if "GET" in methods:
        methods.add("HEAD")
    return sorted(methods)


def invalid_from(error: ValidationError, prefix: str = "") -> Invalid:
    """The problem of values that a model refused; `prefix` leads to the model's place."""
    return _invalid(error.errors(include_url=False, include_context=False), prefix=prefix)


def render_problem(request: Request, problem: Problem) -> Response:
    """The answer that fits the sender: a page for a browser, a problem document otherwise."""
    if prefers_html(request.scope):
        page: ErrorPage = getattr(request.app.state, "render_error_page", _plain_page)
        response = page(request, problem)
    else:
        body = problem.body() | {"request_id": state_of(request.scope).get("request_id")}
        content = json.dumps(body, ensure_ascii=True, default=str).encode("ascii")
        response = Response(content, problem.status, media_type=MEDIA_TYPE)
    response.headers.update(problem.headers)
    return response


def _invalid(errors: Iterable[Mapping[str, Any]], *, drop: int = 0, prefix: str = "") -> Invalid:
    listed: list[FieldError] = []
    for error in errors:
        location = [str(part) for part in error["loc"]]
        # The first part says "body", "query"…, and alone it is all that there is to say.
        parts = ([prefix] if prefix else []) + (location[drop:] or location)
        if error["type"] == "json_invalid" or not parts:
            parts = ["body"]
        listed.append({"field": ".".join(parts), "message": _message(error)})
    return Invalid(_summary(listed), listed[:MAX_ERRORS])


def _summary(errors: list[FieldError]) -> str:
    named = list(dict.fromkeys(error["field"] for error in errors))
    if len(named) == 1:
        return f"The value of “{named[0][:200]}” was refused."
    more = f" and {len(named) - 5} more" if len(named) > 5 else ""
    return f"{len(named)} values were refused: {', '.join(named[:5])}{more}."


def _message(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        reason = error.get("ctx", {}).get("error", "")
        if not error["loc"]:  # read by Pydantic itself, whose reason says where
            return str(error["msg"])
        return f"not JSON at character {error['loc'][-1]}: {reason}"
    return explain_value(error)


def problem_of(
    status: int, detail: object = "", headers: Mapping[str, str] | None = None
) -> Problem:
    """The problem that stands for a status of the framework's."""
    text = (detail if isinstance(detail, str) else "") or HTTPStatus(status).phrase
    problem = _problem_class(status)(_DETAILS.get(text, text))
    problem.headers = {**problem.headers, **(headers or {})}
    return problem


# By what Starlette and FastAPI say of them.
_DETAILS = {
    "Not Found": "There is nothing at this address; see /docs for what there is.",
    "Method Not Allowed": "This address does not know the method; the Allow header lists those "
    "that it knows.",
    "There was an error parsing the body": "The body cannot be read: send JSON in UTF-8, not "
    "compressed and not nested too deep.",
}


@cache
def _problem_class(status: int) -> type[Problem]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    phrase = HTTPStatus(status).phrase
    members = {"status": status, "kind": phrase.lower().replace(" ", "-"), "title": phrase}
    return cast("type[Problem]", type("HttpProblem", (Problem,), members))


def _is_race(error: IntegrityError) -> bool:
    """Whether two requests met: one made or deleted what the other had looked for before.

    On SQLite writers wait for each other, so this happens on PostgreSQL only.
    """
    return getattr(error.orig, "sqlstate", None) in {"23505", "23503"}  # unique, foreign key


def _from_database(error: OperationalError | PoolTimeout) -> Problem:
    text = str(getattr(error, "orig", error)).lower()
    if "disk is full" in text or "no space left" in text or "disk full" in text:
        return _disk_full()
    if isinstance(error, PoolTimeout) or "locked" in text or "busy" in text:
        problem = Unavailable("The database is busy; try again in a moment.")
    elif "readonly" in text or "read-only" in text:
        return Unavailable("The database cannot be written; check the rights of its folder.")
    else:
        problem = Unavailable("The database does not answer; try again in a moment.")
    problem.headers["Retry-After"] = str(RETRY_AFTER_S)
    return problem


def _not_storable() -> Invalid:
    return Invalid("A value cannot be stored: it is too long, out of range or no text.")


def _disk_full() -> Unavailable:
    return Unavailable(
        "The disk is full; nothing was stored. Free some space in the data folder and try again."
    )


def _plain_page(request: Request, problem: Problem) -> Response:
    body = problem.body()
    title, detail = html.escape(str(body["title"])), html.escape(problem.detail)
    listed = "".join(
        f"<li>{html.escape(error['field'])}: {html.escape(error['message'])}</li>"
        for error in body.get("errors", [])
    )
    reference = html.escape(str(state_of(request.scope).get("request_id", "")))
    return Response(
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<title>{title}</title><h1>{title}</h1><p>{detail}</p>"
        f"<ul>{listed}</ul><p><small>Request {reference}</small></p>",
        problem.status,
        media_type="text/html",
    )
