"""Forms with files, read piece by piece: no part is ever in memory or on the disk as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, MultipartState, parse_options_header

from benchwright.kit.errors import BadRequest, TooLarge

BLOCK_BYTES = 1024 * 1024
MAX_HEADER_BYTES = 16 * 1024
MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 100


class FileSink(Protocol):
    """Takes the files of a form one after the other."""

    def begin(self, path: str) -> None: ...

    def write(self, data: bytes) -> None: ...

    def end(self) -> None: ...


class FormReader:
    """Feeds the files of a multipart form to a sink; small fields are kept in `fields`.

    A file that a browser sent because nothing was chosen, without a name, is passed over.
    """

    def __init__(self, content_type: str, sink: FileSink) -> None:
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise BadRequest("Send the files as a form: Content-Type multipart/form-data.")
        self.fields: dict[str, str] = {}
        self._sink = sink
        self._name, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._field: str | None = None
        self._content = bytearray()
        self._is_file = False
        callbacks: Any = {
            "on_part_begin": self._headers.clear,
            "on_header_field": lambda data, start, end: self._extend(self._name, data, start, end),
            "on_header_value": lambda data, start, end: self._extend(self._value, data, start, end),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_part,
            "on_part_data": self._take,
            "on_part_end": self._end_part,
        }
        try:
            self._parser = MultipartParser(options[b"boundary"], callbacks)
        except FormParserError:
            raise _broken() from None

    def feed(self, data: bytes) -> None:
        """Reads on; raises `BadRequest` for what is no form, and whatever the sink raises."""
        try:
            self._parser.write(data)
        except FormParserError:
            raise _broken() from None

    def finish(self) -> None:
        """Raises `BadRequest` for a form that broke off."""
        if self._parser.state != MultipartState.END:
            raise BadRequest("The form broke off before its end; nothing was kept.")

    def _extend(self, place: bytearray, data: bytes, start: int, end: int) -> None:
        place += data[start:end]
        if len(place) > MAX_HEADER_BYTES:
            raise BadRequest("A header of a part of the form is too long.")

    def _end_header(self) -> None:
        if len(self._headers) < MAX_FIELDS:
            self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _begin_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name, file_name = _text(options.get(b"name", b"")), options.get(b"filename")
        self._is_file, self._field = bool(file_name), None
        if file_name:
            self._sink.begin(_text(file_name))
        elif file_name is None:
            self._field = name
            self._content.clear()
            if len(self.fields) >= MAX_FIELDS:
                raise BadRequest(f"The form has more than {MAX_FIELDS} fields.")

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._sink.write(data[start:end])
        elif self._field is not None:
            self._content += data[start:end]
            if len(self._content) > MAX_FIELD_BYTES:
                raise TooLarge(f"The field {self._field[:100]!r} of the form is too long.")

    def _end_part(self) -> None:
        if self._is_file:
            self._sink.end()
        elif self._field is not None:
            self.fields[self._field] = _text(bytes(self._content))
        self._is_file, self._field = False, None


async def in_blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces of about `BLOCK_BYTES`, so that a change of threads is rare."""
    waiting, size = list[bytes](), 0
    async for piece in stream:
        waiting.append(piece)
        size += len(piece)
        if size >= BLOCK_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _broken() -> BadRequest:
    return BadRequest("The form cannot be read: it is not as multipart/form-data must be.")
