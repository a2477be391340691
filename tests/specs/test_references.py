from __future__ import annotations

import pytest

from benchwright.specs.references import BrokenReference, References, reference_name

ROOT = {
    "a": {"$ref": "#/b"},
    "b": {"$ref": "#/c/d~1e/0"},
    "c": {"d/e": [{"found": True}], "%": 1, "x y": 2},
    "loop": {"$ref": "#/loop"},
    "list": [1],
}


def test_follows_chains() -> None:
    references = References(ROOT)
    assert references.resolve({"$ref": "#/a"}) == {"found": True}
    assert references.resolve(5) == 5
    assert references.resolve({"$ref": 5}) == {"$ref": 5}
    assert references.look_up("#/c/%25") == 1
    assert references.look_up("#/c/x%20y") == 2
    assert references.look_up("#") is ROOT


@pytest.mark.parametrize(
    "reference, words",
    [
        ("#/gone", "points at nothing"),
        ("#/list/5", "points at nothing"),
        ("#/list/x", "points at nothing"),
        ("#anchor", "points at nothing"),
        ("#/loop", "no end"),
        ("other.json#/a", "never fetched"),
        ("https://evil.test/a.json", "never fetched"),
        ("file:///etc/passwd", "never fetched"),
        ("http://[::1", "never fetched"),
    ],
)
def test_says_why_a_reference_is_broken(reference: str, words: str) -> None:
    references = References(ROOT)
    for _ in range(2):  # the second time from memory
        with pytest.raises(BrokenReference, match=words):
            references.resolve({"$ref": reference})


def test_names() -> None:
    assert reference_name("#/components/schemas/a~1b") == "a/b"
