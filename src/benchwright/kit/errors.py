"""Errors that a client may see, as RFC 9457 problems or as a page."""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):
    """Something went wrong in a way that the client can understand and act on.

    A subclass names a status, a stable `kind` (the last part of the problem's `type`) and a
    title; `detail` says what happened to this request and what to do about it.
    """

    status: ClassVar[int] = 500
    kind: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something broke on the server"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra
        self.headers: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        """The members of the problem document."""
        return {
            "type": f"urn:benchwright:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }


class NotFound(Problem):
    status, kind, title = 404, "not-found", "There is nothing at this address"


class BadRequest(Problem):
    status, kind, title = 400, "bad-request", "The request cannot be understood"


class Invalid(Problem):
    """The request was understood and refused; `errors` names each faulty field."""

    status, kind, title = 422, "invalid", "Some values are not valid"

    def __init__(self, detail: str, errors: list[FieldError] | None = None, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.errors = errors or []

    def body(self) -> dict[str, Any]:
        return {**super().body(), "errors": self.errors}


FieldError = dict[str, str]
"""`{"field": "scenarios.0.duration", "message": "…"}`: the field as a dotted path."""


class Conflict(Problem):
    status, kind, title = 409, "conflict", "The request does not fit the present state"


class Gone(Problem):
    status, kind, title = 410, "gone", "This is over"


class TooLarge(Problem):
    status, kind, title = 413, "too-large", "The body is larger than allowed"


class Unauthorised(Problem):
    status, kind, title = 401, "unauthorised", "A token is needed"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.headers = {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    status, kind, title = 403, "forbidden", "This is not allowed"


class Unavailable(Problem):
    status, kind, title = 503, "unavailable", "Something that this needs is not available"


class UpstreamFailed(Problem):
    status, kind, title = 502, "upstream-failed", "Another server did not answer as it should"
