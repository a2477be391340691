"""The MongoDB that tests use: its address comes from the environment."""

from __future__ import annotations

import os

import pytest

VARIABLE = "BENCHWRIGHT_TEST_MONGODB_URI"
URI = os.environ.get(VARIABLE, "")


def require_mongodb() -> str:
    """The address; skips the test, or with CI=true fails it, where there is none."""
    if not URI:
        reason = f"no MongoDB: set {VARIABLE} (mongodb://…) to one that may be written to"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return URI
