from __future__ import annotations

from typing import Any

import pytest

from benchwright.loadtests.constraints import LONGEST, schema_words


@pytest.mark.parametrize(
    "schema, words",
    [
        ({"type": "integer", "minimum": 1, "maximum": 100}, "integer, 1 to 100"),
        ({"type": "string", "format": "uuid"}, "string, uuid"),
        ({"type": ["string", "null"], "maxLength": 5}, "string or null, up to 5 characters"),
        ({"enum": ["a", 1]}, 'one of "a", 1'),
        ({"enum": list(range(20))}, "one of 0, 1, 2, 3, 4, 5, 6, 7 …"),
        ({"type": "array", "minItems": 2, "default": []}, "array, from 2 entries, default []"),
        ({"pattern": "^a$", "minimum": True, "format": 3}, "matching ^a$"),
        ({}, ""), (True, ""), (None, ""), ({"type": {"odd": 1}}, ""),
    ],
)  # fmt: skip
def test_a_schema_in_a_few_words(schema: Any, words: str) -> None:
    assert schema_words(schema) == words


def test_long_words_are_cut() -> None:
    assert len(schema_words({"pattern": "x" * 9999})) == LONGEST
