from __future__ import annotations

import pytest

from benchwright.specs.prose import LONGEST_PIECE, MOST_BLOCKS, fold, read_prose


@pytest.mark.parametrize(
    "text, blocks",
    [
        ("", []),
        ("One\ntwo", [("paragraph", [("One two", False)])]),
        ("One\n\ntwo", [("paragraph", [("One", False)]), ("paragraph", [("two", False)])]),
        ("- a\n- b", [("item", [("a", False)]), ("item", [("b", False)])]),
        ("1. a\n   goes on", [("item", [("a goes on", False)])]),
        ("Use `id`.", [("paragraph", [("Use ", False), ("id", True), (".", False)])]),
        ("# Title\ntext", [("paragraph", [("Title text", False)])]),
        ("a\n```json\n{\n}\n```\nb", [("paragraph", [("a", False)]), ("code", [("{\n}", True)]), ("paragraph", [("b", False)])]),
        ("```\nnever closed", [("code", [("never closed", True)])]),
        ("<b>x</b>", [("paragraph", [("<b>x</b>", False)])]),
    ],
)  # fmt: skip
def test_reads_paragraphs_items_and_code(
    text: str, blocks: list[tuple[str, list[tuple[str, bool]]]]
) -> None:
    assert [(block.kind, block.spans) for block in read_prose(text)] == blocks


def test_is_bounded() -> None:
    assert len(read_prose("a\n\n" * 10_000)) == MOST_BLOCKS


def test_long_descriptions_are_folded() -> None:
    blocks = read_prose("short\n\n" + "x" * 900 + "\n\n" + "y" * 900)
    assert fold(blocks) == (blocks[:2], blocks[2:])
    assert fold(blocks[:2]) == (blocks[:2], [])
    assert fold([]) == ([], [])


def test_a_paragraph_without_an_end_is_divided() -> None:
    text = "x" * (3 * LONGEST_PIECE)
    shown, rest = fold(read_prose(text + " `code`"))
    assert [len(block.spans[0][0]) for block in shown] == [LONGEST_PIECE]
    assert "".join(span for block in [*shown, *rest] for span, _ in block.spans) == f"{text} code"
