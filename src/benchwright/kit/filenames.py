"""Names of files: which are accepted for new ones, and which of others are understood."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME_BYTES = 200
MAX_FOREIGN_BYTES = 255

_CLEAN = re.compile(r"\w(?:[\w.\- ]*[\w\-])?")


def clean_file_name(text: str) -> str | None:
    """`text` as a name that every system and shell takes, composed (NFC); None if it is none.

    Letters, digits, `.`, `_`, `-` and spaces; no dot or space at its edges, no hyphen before.
    """
    name = unicodedata.normalize("NFC", text[: 4 * MAX_NAME_BYTES])
    if len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES or not _CLEAN.fullmatch(name):
        return None
    return name


def is_plain_name(name: str) -> bool:
    """Whether a name that other programs gave names one visible entry of a folder."""
    return (
        name.isprintable()
        and name.strip() == name
        and name[:1] not in ("", ".")
        and not {"/", "\\"} & set(name)
        and len(name.encode("utf-8", "replace")) <= MAX_FOREIGN_BYTES
    )


def folded(name: str) -> str:
    """Equal for names that some systems cannot tell apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
