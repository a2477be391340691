"""Descriptions that others wrote, as paragraphs: their Markdown is shown, never rendered.

Only what helps to read them is understood: paragraphs, lists, fenced and inline code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

MOST_BLOCKS = 200
LONGEST_PIECE = 1000
_FENCE = re.compile(r"\s*(```|~~~)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+(?=\S)")
_CODE = re.compile(r"`([^`\n]{1,500})`")


@dataclass(slots=True)
class Block:
    """`spans` are pieces of text, each with whether it is code; a code block is one span."""

    kind: Literal["paragraph", "item", "code"]
    spans: list[tuple[str, bool]]


def read_prose(text: str) -> list[Block]:
    """The blocks of a description, at most so many that a page can hold them."""
    blocks: list[Block] = []
    lines: list[str] = []

    def close() -> None:
        if joined := " ".join(line.strip() for line in lines).strip():
            item = _ITEM.match(joined)
            shown = joined[item.end() :] if item else joined
            blocks.append(Block("item" if item else "paragraph", _spans(shown.lstrip("# "))))
        lines.clear()

    fence: list[str] | None = None
    for line in text.splitlines():
        if _FENCE.match(line):
            close()
            if fence:
                blocks.append(Block("code", [("\n".join(fence), True)]))
            fence = [] if fence is None else None
        elif fence is not None:
            fence.append(line)
        elif not line.strip():
            close()
        else:
            if _ITEM.match(line) or line.lstrip().startswith("#"):
                close()
            lines.append(line)
    close()
    if fence:
        blocks.append(Block("code", [("\n".join(fence), True)]))
    return blocks[:MOST_BLOCKS]


def _spans(text: str) -> list[tuple[str, bool]]:
    pieces = _CODE.split(text)
    # `split` gives text and code in turns.
    return [(piece, bool(number % 2)) for number, piece in enumerate(pieces) if piece]


def fold(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """What is read at once, and the rest; a paragraph without an end is divided."""
    shown: list[Block] = []
    room = LONGEST_PIECE
    for number, block in enumerate(blocks):
        length = sum(len(text) for text, _ in block.spans)
        if length <= room:
            shown.append(block)
            room -= length
            continue
        rest = blocks[number:]
        if not shown and block.kind != "code":
            # Only the first piece of text can be divided without losing which parts are code.
            (text, is_code), *others = block.spans
            shown.append(Block(block.kind, [(text[:room], is_code)]))
            rest = [Block("paragraph", [(text[room:], is_code), *others]), *rest[1:]]
        return shown, rest
    return shown, []
