from __future__ import annotations

import pytest

from benchwright.metrics.error_words import explain_failure


@pytest.mark.parametrize(
    "status,code,words",
    [
        (503, 1503, "Service Unavailable"),
        (404, 1404, "Not Found"),
        (599, 1599, "Status 599"),
        (0, 1050, "Timed out"),
        (0, 1212, "Connection refused"),
        (0, 1220, "Connection reset by the server"),
        (0, 1632, "HTTP/2: stream was ended"),
        (0, 1299, "Connection failed"),
        (0, 9999, "Error 9999"),
        (0, None, "No answer"),
        (None, None, "Failed"),
    ],
)
def test_failures_are_named(status: int | None, code: int | None, words: str) -> None:
    assert explain_failure(status, code) == words
