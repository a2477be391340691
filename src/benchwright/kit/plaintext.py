"""Text that came from outside: its encoding, and where in it something is wrong."""

from __future__ import annotations

import codecs

from benchwright.kit.errors import BadRequest

# UTF-32 first: its little-endian mark begins with the one of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class TextProblem(BadRequest):
    """A text that cannot be read; `line` and `column` count from 1 and are None when unknown."""

    kind, title = "unreadable-text", "The document cannot be read"

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        where = f"Line {line}, column {column}: " if line is not None else ""
        super().__init__(where + message, line=line, column=column)
        self.message = message
        self.line = line
        self.column = column


def decode_text(data: bytes, problem: type[TextProblem] = TextProblem) -> str:
    """The text of `data`, by its byte order mark, else as UTF-8; raises `problem`."""
    encoding = "utf-8"
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, errors="replace")
        line, column = find_place(before, len(before))
        raise problem(
            f"This is not {encoding.upper()} text; save the document as UTF-8.",
            line=line,
            column=column,
        ) from None


def find_place(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at `index`."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def clean_text(text: str) -> str:
    """`text` as every database and encoder takes it: no NUL, no half of a surrogate pair."""
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
