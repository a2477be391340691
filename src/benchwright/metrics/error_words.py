"""What k6's error codes and HTTP statuses say, in words."""

from __future__ import annotations

from http import HTTPStatus

_CODES = {
    1000: "Failed for an unknown reason",
    1010: "Network error",
    1020: "Invalid address",
    1050: "Timed out",
    1100: "Name lookup failed",
    1101: "Host name unknown",
    1110: "Address is blocked",
    1111: "Host name is blocked",
    1200: "Connection failed",
    1201: "Connection broke while sending",
    1202: "Connection failed",
    1210: "Could not connect",
    1211: "Connecting timed out",
    1212: "Connection refused",
    1213: "Could not connect",
    1220: "Connection reset by the server",
    1300: "TLS failed",
    1310: "Certificate of an unknown authority",
    1311: "Certificate is for another host",
    1600: "HTTP/2 failed",
    1610: "HTTP/2: server is going away",
    1630: "HTTP/2: stream was ended",
    1650: "HTTP/2: connection failed",
    1701: "Answer could not be decompressed",
}
_FAMILIES = {
    10: "Failed", 11: "Name lookup failed", 12: "Connection failed", 13: "TLS failed",
    16: "HTTP/2 failed", 17: "Answer could not be read",
}  # fmt: skip


def explain_failure(status: int | None, error_code: int | None) -> str:
    """Why a request failed: the status's phrase, or k6's error code where nothing was answered."""
    if status:
        try:
            return HTTPStatus(status).phrase
        except ValueError:
            return f"Status {status}"
    if error_code is None:
        return "No answer" if status == 0 else "Failed"
    # Codes of HTTP/2 carry the protocol's own code in their last digit.
    tens = error_code // 10 * 10
    known = _CODES.get(error_code) or (_CODES.get(tens) if error_code >= 1600 else None)
    return known or _FAMILIES.get(error_code // 100) or f"Error {error_code}"
