"""Large pages are sent packed; small ones are not worth it."""

from __future__ import annotations

import gzip

from fastapi import Request
from fastapi.responses import Response

WORTH_PACKING_BYTES = 8 * 1024
_QUICK = 3


def pack(request: Request, response: Response) -> Response:
    """The response with its body compressed, if the browser takes that and it is large."""
    response.headers["Vary"] = "Accept-Encoding"
    accepts = "gzip" in request.headers.get("accept-encoding", "")
    if accepts and len(response.body) >= WORTH_PACKING_BYTES:
        response.body = gzip.compress(response.body, compresslevel=_QUICK, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response
