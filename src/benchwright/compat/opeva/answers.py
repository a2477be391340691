"""How the OPEVA backend answers: plain bodies, and errors as `{"detail": …}`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from benchwright.compat.error_routes import ErrorRoute
from benchwright.kit.errors import Problem


class OpevaRoute(ErrorRoute):
    """Answers errors as the OPEVA backend did."""

    def answer_problem(self, problem: Problem | None) -> Response:
        """`{"detail": …}` with the reason."""
        if problem is None:
            text = "The server failed; its log says more under the id of this request."
            return JSONResponse({"detail": text}, HTTPStatus.INTERNAL_SERVER_ERROR)
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
