"""The edge at which every request has an id and no error gets through."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchwright.kit.errors import Problem
from benchwright.kit.problems import Internal, problem_from, problem_of, render_problem
from benchwright.kit.requests import prefers_html, request_id, request_id_of, state_of

logger = logging.getLogger("benchwright.requests")


class BoundaryMiddleware:
    """Gives each request an id, and answers what was raised inside with a problem.

    A fault of the server's own is logged with its trace under the id, and the client learns the
    id only. Once an answer has begun, nothing can be answered: the error goes on to the server.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = request_id_of(Headers(scope=scope))
        state_of(scope)["request_id"] = identifier
        token = request_id.set(identifier)
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                _refuse_bare_error(scope, message)
                started = True
                MutableHeaders(scope=message)["X-Request-Id"] = identifier
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            logger.debug("%s %s: the client went away", scope["method"], scope["path"])
        except Exception as error:
            problem = error.problem if isinstance(error, _BareError) else problem_from(error)
            if problem is None or started:
                logger.exception(
                    "request %s failed: %s %s", identifier, scope["method"], scope["path"]
                )
            if started:
                raise
            response = render_problem(Request(scope, receive), problem or Internal())
            await response(scope, receive, send_with_id)
        finally:
            request_id.reset(token)


class _BareError(Exception):
    """A part of the framework answers an error in plain text, which no program can read."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def _refuse_bare_error(scope: Scope, start: Message) -> None:
    headers = Headers(raw=start["headers"])
    is_bare = "text/plain" in headers.get("content-type", "")
    if start["status"] < HTTPStatus.BAD_REQUEST or not is_bare or prefers_html(scope):
        return
    kept = {name: headers[name] for name in ("Content-Range",) if name in headers}
    raise _BareError(problem_of(start["status"], headers=kept))
