"""Errors in FastAPI's own shape, `{"detail": …}`, as several documented interfaces answer them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Response
from fastapi.encoders import jsonable_encoder

from benchwright.kit.errors import Invalid


def details(errors: Iterable[Mapping[str, Any]]) -> Response:
    """Values that were refused, as FastAPI lists them."""
    listed = [{k: v for k, v in error.items() if k != "ctx"} for error in errors]
    try:
        body = json.dumps({"detail": jsonable_encoder(listed)}, allow_nan=False)
    except ValueError:  # what was sent is no JSON: infinity
        body = json.dumps({"detail": [{**error, "input": None} for error in listed]})
    return Response(body, 422, media_type="application/json")


def details_of(problem: Invalid) -> Response:
    """The same of values that were refused behind the route."""
    return details(
        {"type": "value_error", "loc": ["body", *_place(e["field"])], "msg": e["message"]}
        for e in problem.errors
    )


def _place(field: str) -> list[str | int]:
    return [int(part) if part.isdecimal() else part for part in field.split(".")]
