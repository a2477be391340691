"""How the OPEVA backend answers: plain bodies, and errors as `{"detail": …}`."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from benchwright.compat.details import details, details_of
from benchwright.kit.errors import Invalid, Problem
from benchwright.kit.problems import problem_from

logger = logging.getLogger("benchwright.compat")


class OpevaRoute(APIRoute):
    """Answers errors as the OPEVA backend did."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route, with its errors translated."""
        handle = super().get_route_handler()

        async def translated(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return details(error.errors())
            except HTTPException as error:
                return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
            except Exception as error:
                problem = problem_from(error)
                if problem is None:
                    logger.exception("%s %s failed", request.method, request.url.path)
                return _answer(problem)

        return translated


def _answer(problem: Problem | None) -> Response:
    match problem:
        case None:
            text = "The server failed; its log says more under the id of this request."
            return JSONResponse({"detail": text}, HTTPStatus.INTERNAL_SERVER_ERROR)
        case Invalid() if problem.errors:
            return details_of(problem)
        case _:
            return JSONResponse({"detail": problem.detail}, problem.status, problem.headers)


def json_answer(value: Any) -> Response:
    """A value that a workload wrote, half characters and all; it has no infinite numbers."""
    return Response(json.dumps(value), media_type="application/json")


@contextmanager
def failing_as_documented() -> Iterator[None]:
    """A MongoDB that is away or refuses is a 500 with the reason, as it always was."""
    try:
        yield
    except Problem as problem:
        if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        raise HTTPException(500, problem.detail) from problem
