"""What a test does without: it skips with the reason, and in CI it fails."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NoReturn

import pytest

ABSENT = frozenset(os.environ.get("BENCHWRIGHT_TEST_ABSENT", "").split())
"""What this CI does not have at all: its tests skip there too, and are listed at the end."""


def do_without(missing: Iterable[str], reason: str) -> NoReturn:
    """Skips the test; with CI=true it fails, unless CI said that this is not to be had there."""
    if os.environ.get("CI") == "true" and not ABSENT.issuperset(missing):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def is_excused(reason: str) -> bool:
    """Whether a test was skipped for what this CI does not have at all."""
    text = reason.removeprefix("Skipped: ").lower()
    return any(text.startswith((f"no {name}", f"{name} not found")) for name in ABSENT)
