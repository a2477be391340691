from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import BadRequest, Problem, TooLarge
from benchwright.kit.multipart import FormReader, in_blocks

TYPE = "multipart/form-data; boundary=x"


class Files:
    """A sink that keeps everything in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.open = ""
        self.ended: list[str] = []

    def begin(self, path: str) -> None:
        self.open = path
        self.files[path] = b""

    def write(self, data: bytes) -> None:
        self.files[self.open] += data

    def end(self) -> None:
        self.ended.append(self.open)


def part(name: str, content: bytes, file: str | None = None) -> bytes:
    tail = f'; filename="{file}"' if file is not None else ""
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{tail}\r\n\r\n'
    return head.encode() + content + b"\r\n"


FORM = (
    part("name", "größe".encode())
    + part("files", b"1,2\r\n--y\r\n", "sub/a.csv")
    + part("files", b"", "")
    + part("files", b"\0\xff", "b.bin")
    + b"--x--\r\n"
)


@given(st.lists(st.integers(0, len(FORM)), max_size=12))
def test_pieces_of_any_size_say_the_same(cuts: list[int]) -> None:
    sink = Files()
    reader = FormReader(TYPE, sink)
    places = [0, *sorted(cuts), len(FORM)]
    for start, end in itertools.pairwise(places):
        reader.feed(FORM[start:end])
    reader.finish()
    assert reader.fields == {"name": "größe"}
    assert sink.files == {"sub/a.csv": b"1,2\r\n--y\r\n", "b.bin": b"\0\xff"}
    assert sink.ended == ["sub/a.csv", "b.bin"]


@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda data: FORM[:90] + data))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    reader = FormReader(TYPE, Files())
    try:
        reader.feed(data)
        reader.finish()
    except Problem as problem:
        assert problem.status in (400, 413)


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "multipart/mixed"])
def test_what_is_no_form_is_refused(kind: str) -> None:
    with pytest.raises(BadRequest, match="as a form"):
        FormReader(kind, Files())


@pytest.mark.parametrize("length", [0, 5, 60, len(FORM) // 2, len(FORM) - 5])
def test_a_form_that_breaks_off_is_refused(length: int) -> None:
    reader = FormReader(TYPE, Files())
    reader.feed(FORM[:length])
    with pytest.raises(BadRequest, match="broke off"):
        reader.finish()


def test_what_is_kept_in_memory_is_capped() -> None:
    with pytest.raises(TooLarge, match="field"):
        FormReader(TYPE, Files()).feed(part("name", b"x" * 100_000))
    with pytest.raises(BadRequest):
        FormReader(TYPE, Files()).feed(b"--x\r\nContent-Disposition: " + b"x" * 100_000)
    with pytest.raises(BadRequest, match="fields"):
        FormReader(TYPE, Files()).feed(b"".join(part(f"f{n}", b"") for n in range(200)))


async def test_blocks() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * 600_000

    sizes = [len(block) async for block in in_blocks(pieces())]
    assert sizes == [1_200_000, 1_200_000, 600_000]
