"""The MongoDB that tests use: its address comes from the environment."""

from __future__ import annotations

import os

from tests.services.absence import do_without

VARIABLE = "BENCHWRIGHT_TEST_MONGODB_URI"
URI = os.environ.get(VARIABLE, "")


def require_mongodb() -> str:
    """The address; skips the test, or with CI=true fails it, where there is none."""
    if not URI:
        reason = f"no MongoDB: set {VARIABLE} (mongodb://…) to one that may be written to"
        do_without(["mongodb"], reason)
    return URI
