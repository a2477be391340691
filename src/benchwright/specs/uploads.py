"""The body of a request that brings a document, or says where one is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from benchwright.kit.errors import BadRequest, Invalid, TooLarge
from benchwright.kit.problems import invalid_from
from benchwright.specs.schemas import SpecFromUrl

ENVELOPE_BYTES = 64 * 1024
LONGEST_NAME = 200

OPENAPI_BODY: dict[str, Any] = {
    "requestBody": {
        "content": {
            "application/json": {"schema": SpecFromUrl.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["document"],
                    "properties": {
                        "document": {"type": "string", "format": "binary"},
                        "name": {"type": "string", "maxLength": LONGEST_NAME},
                    },
                }
            },
        }
    }
}
"""How `/openapi.json` describes a body that `read_submission` reads."""


@dataclass(frozen=True, slots=True)
class Submission:
    """Either `url` or `document` is set; both are None for an empty body."""

    url: str | None = None
    document: bytes | None = None
    name: str | None = None


async def read_submission(request: Request, max_bytes: int) -> Submission:
    """Reads JSON or a multipart form; raises `TooLarge`, `BadRequest` and `Invalid`."""
    body = await _read_body(request, max_bytes + ENVELOPE_BYTES)
    if not body:
        return Submission()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        return await _read_form(request, body, max_bytes)
    if media_type == "application/json":
        return _read_json(body)
    raise BadRequest(
        'Send JSON like {"url": "https://…/openapi.json"}, or a multipart form with the file '
        "in the field `document`."
    )


async def _read_body(request: Request, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(f"At most {max_bytes - ENVELOPE_BYTES:,} bytes of a document are read.")
    return bytes(body)


def _read_json(body: bytes) -> Submission:
    try:
        wish = SpecFromUrl.model_validate_json(body)
    except ValidationError as error:
        raise invalid_from(error) from None
    return Submission(url=wish.url, name=wish.name)


async def _read_form(request: Request, body: bytes, max_bytes: int) -> Submission:
    async def stream() -> AsyncIterator[bytes]:
        yield body

    # The parser checks its own cap for fields only; the body as a whole is bounded already.
    parser = MultiPartParser(request.headers, stream(), max_files=1, max_fields=5)  # type: ignore[arg-type]  # it only iterates
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        reason = str(error).rstrip(".") or "its parts are not as they should be"
        raise BadRequest(f"The multipart form cannot be read: {reason}.") from None
    try:
        document = form.get("document") or form.get("file")
        if not isinstance(document, UploadFile):
            raise Invalid(
                "The form holds no file.",
                [{"field": "document", "message": "Send the document as a file in this field."}],
            )
        data = await document.read()
        name = form.get("name")
    finally:
        await form.close()
    if len(data) > max_bytes:
        raise TooLarge(f"At most {max_bytes:,} bytes of a document are read.")
    name = name.strip() if isinstance(name, str) else ""
    if len(name) > LONGEST_NAME:
        raise Invalid(
            "The name is too long.",
            [{"field": "name", "message": f"Use at most {LONGEST_NAME} characters."}],
        )
    return Submission(document=data, name=name or None)
