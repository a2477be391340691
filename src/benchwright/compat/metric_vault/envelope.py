"""How Metric Vault answers: an envelope around everything, errors included."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.routing import Match
from starlette.types import Scope

from benchwright.compat.error_routes import ErrorRoute
from benchwright.kit.errors import Problem
from benchwright.kit.requests import prefers_html, route_path

SUCCEEDED = "요청 처리에 성공하였습니다."
MESSAGES = {
    400: "잘못된 요청입니다",
    404: "존재하지 않는 데이터입니다",
    500: "서버 에러입니다.",
}
REASON_HEADER = "X-Benchwright-Reason"
MAX_REASON = 1000
LARGEST_ID = 2**31 - 1

Id = Annotated[int, Path(ge=-LARGEST_ID, le=LARGEST_ID)]
"""An integer id of an address; databases hold no larger one."""
BodyId = Annotated[int, Field(ge=-LARGEST_ID, le=LARGEST_ID)]


class Envelope(BaseModel):
    """Around every answer but those of FastAPI itself."""

    success: bool = True
    message: str = SUCCEEDED
    data: Any = None
    status_code: int = 200


def fail(status: int, reason: str = "") -> Response:
    """An error in its envelope; why, if the message does not say it, stands in a header."""
    code = status if status in MESSAGES or status in {401, 403, 413, 503} else _nearest(status)
    message = MESSAGES.get(code) or reason or HTTPStatus(code).phrase
    body = Envelope(success=False, message=message, status_code=code).model_dump()
    headers = {REASON_HEADER: quote(reason[:MAX_REASON], safe=" !#$&'()*+,/:;=?@[]")}
    return JSONResponse(body, code, headers if reason else None)


def _nearest(status: int) -> int:
    # What else can go wrong here lies in what was asked for: a conflict, a document that
    # cannot be fetched.
    return 400 if status < HTTPStatus.INTERNAL_SERVER_ERROR or status == 502 else 500


class VaultRoute(ErrorRoute):
    """Answers errors as Metric Vault did; at `/` it leaves browsers to the page."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Does not match a browser's request for the page at `/`."""
        if scope["type"] == "http" and route_path(scope) == "/" and prefers_html(scope):
            return Match.NONE, {}
        return super().matches(scope)

    def answer_problem(self, problem: Problem | None) -> Response:
        """The error in its envelope."""
        if problem is None:
            return fail(500)
        response = fail(problem.status, problem.detail)
        response.headers.update(problem.headers)
        return response
