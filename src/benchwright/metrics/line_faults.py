"""Says what is wrong with a line that is no line protocol, and where it ends."""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"\\.", re.DOTALL)
_STOPS = re.compile(r'[\\"=,\n ]')


def find_line_end(text: str, at: int) -> int:
    """Where the line that starts at `at` ends: line breaks inside of quotes belong to it.

    A quote that is never closed would take in all lines that follow; then the line ends where
    it seems to.
    """
    in_fields = quoted = False
    equals = commas = 0
    place = at
    while (found := _STOPS.search(text, place)) is not None:
        place = found.end()
        match found.group():
            case "\\":
                place += 1
            case " ":
                in_fields = True
            case "=" if in_fields and not quoted:
                equals += 1
            case "," if in_fields and not quoted:
                commas += 1
            case '"' if in_fields and equals > commas:
                quoted = not quoted
            case "\n" if not quoted:
                return found.start()
    if not quoted:
        return len(text)
    plain = text.find("\n", at)
    return len(text) if plain < 0 else plain


def find_reason(line: str) -> str:
    """The first thing that is wrong with a line."""
    plain = _ESCAPED.sub("xx", line)
    head, _, rest = plain.partition(" ")
    rest = rest.strip(" ")
    if not head or head.startswith(","):
        return "missing measurement"
    if not rest:
        return "missing fields"
    if rest.count('"') % 2:
        return "unbalanced quotes"
    rest = re.sub(r'"[^"]*"', "x", rest)
    fields, _, time = rest.partition(" ")
    for field in fields.split(","):
        name, equals, value = field.partition("=")
        if not equals:
            return "invalid field format" if name else "missing field key"
        if not name:
            return "missing field key"
        if not value:
            return "missing field value"
        if not re.fullmatch(r"[-+.0-9A-Za-z]+", value):
            return "invalid number"
    if time and not re.fullmatch(r"-?[0-9]+ *", time):
        return "bad timestamp"
    return "invalid format"
