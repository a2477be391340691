"""Routes whose errors are told as the interface they belong to tells them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
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


class ErrorRoute(APIRoute):
    """Answers refused values as FastAPI does, and everything else as `answer_problem` says."""

    def answer_problem(self, problem: Problem | None) -> Response:
        """The answer to a problem; None stands for a failure that nobody expected."""
        raise NotImplementedError

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
                elif isinstance(problem, Invalid) and problem.errors:
                    return details_of(problem)
                return self.answer_problem(problem)

        return translated
