"""The design tokens as `css/tokens.css` has them, so that what is shown of them is what holds."""

from __future__ import annotations

import re
from typing import NamedTuple

from benchwright.web import assets
from benchwright.web.colours import Colour

SERIES = 8
"""Hues of series; a ninth series has the first hue again, dashed."""
DASHES = 3

_COMMENT = re.compile(r"/\* (.+?) \*/", re.DOTALL)
_TOKEN = re.compile(r"--([\w-]+):\s*([^;]+);")
_THEMED = re.compile(r"light-dark\((#\w{6}), (#\w{6})\)")


class Token(NamedTuple):
    """A custom property; `light` and `dark` are there if it is a colour."""

    name: str
    value: str
    light: Colour | None = None
    dark: Colour | None = None


def read_tokens() -> dict[str, list[Token]]:
    """The tokens by the title of their group."""
    sheet = assets.find_asset("css/tokens.css").body.decode()
    groups: dict[str, list[Token]] = {}
    title = ""
    body = sheet.partition(":root {")[2].partition("\n  }")[0]
    for line in body.splitlines():
        if comment := _COMMENT.search(line):
            title = comment[1].partition(":")[0]
        elif found := _TOKEN.search(line):
            groups.setdefault(title, []).append(_token(found[1], found[2]))
    return {title: tokens for title, tokens in groups.items() if tokens}


def colours() -> dict[str, Token]:
    """The colours by their name."""
    listed = (token for tokens in read_tokens().values() for token in tokens)
    return {token.name: token for token in listed if token.light is not None}


def _token(name: str, value: str) -> Token:
    themed = _THEMED.fullmatch(value)
    if themed is None:
        return Token(name, value)
    return Token(name, value, Colour.parse(themed[1]), Colour.parse(themed[2]))
