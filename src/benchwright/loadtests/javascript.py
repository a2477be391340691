"""Values as JavaScript literals that are data wherever they stand."""

from __future__ import annotations

import json
import re
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

# In a JavaScript object this key would set the prototype; in brackets it is a key like any other.
# Within a text both quotes are escaped, so that only whole keys are found.
_PROTOTYPE_KEY = re.compile(r'(?<=[{ ])"__proto__"(?=: )')
_SUSPICIOUS = re.compile(r"<(?=[/!?a-zA-Z])|[\x7f-\U0010ffff]")


class Literal(str):
    """JavaScript that may stand in a script as it is."""

    __slots__ = ()


def literal(value: Any) -> Literal:
    """JSON that is also safe inside `<script>`, in a comment and on a terminal.

    Beyond ASCII only printable characters stay: line separators, control and direction
    characters are escaped, and so is each `<` that could begin a tag or an HTML comment.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)
    text = _PROTOTYPE_KEY.sub('["__proto__"]', text)
    return Literal(_SUSPICIOUS.sub(_escape, text))


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character.isprintable() and character != "<":
        return character
    number = ord(character)
    if number <= 0xFFFF:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"


def _only_literals(value: Any) -> str:
    # The template can only print what went through `literal`: nothing is escaped by habit alone.
    if not isinstance(value, Literal):
        raise TypeError(f"{type(value).__name__} in a script is not a literal")
    return value


ENVIRONMENT = Environment(
    loader=PackageLoader("benchwright.loadtests"),
    autoescape=False,  # noqa: S701 - HTML escaping would break JavaScript; see `_only_literals`
    finalize=_only_literals,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
