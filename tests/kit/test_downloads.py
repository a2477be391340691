from __future__ import annotations

import csv
import io

import pytest

from benchwright.kit.downloads import (
    CHUNK_ROWS,
    MAX_NAME,
    content_disposition,
    csv_chunks,
    file_name,
)


@pytest.mark.parametrize(
    "text,name",
    [
        ("Shop at noon", "Shop at noon.csv"),
        ("../../etc/passwd", "etc passwd.csv"),
        ("  .hidden\n\x00name  ", "hidden name.csv"),
        ("\u202egnp.exe", "gnp.exe.csv"),
        ("Käse 🐎", "Käse 🐎.csv"),
        ("", "download.csv"),
        ("<>:|?*", "download.csv"),
    ],
)
def test_names_are_safe_for_every_file_system(text: str, name: str) -> None:
    assert file_name(text, "csv") == name


def test_names_are_not_long() -> None:
    assert len(file_name("x" * 10_000, "csv")) == MAX_NAME + 4


@pytest.mark.parametrize("text", ["plain", "Käse", "🐎", 'a"b;c\\d%e', "\ud800", "x\r\ny: z"])
def test_headers_are_ascii_and_on_one_line(text: str) -> None:
    header = content_disposition(file_name(text, "csv"))
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert header.startswith('attachment; filename="')


def test_both_forms_of_a_name_are_given() -> None:
    header = content_disposition("Käse 🐎.csv")
    assert header == (
        "attachment; filename=\"Kase .csv\"; filename*=UTF-8''K%C3%A4se%20%F0%9F%90%8E.csv"
    )


def test_no_cell_is_a_formula() -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "plain", "a=b", 5, -3.5, None, 'say "hi", you']
    text = b"".join(csv_chunks(["=head"], [cells])).decode()
    head, row = list(csv.reader(io.StringIO(text)))
    assert head == ["'=head"]
    assert row == [
        "'=1+1", "'+1", "'-1", "'@x", "'\tx", "plain", "a=b", "5", "-3.5", "", 'say "hi", you',
    ]  # fmt: skip


def test_large_files_come_in_pieces() -> None:
    chunks = list(csv_chunks(["n"], ([n] for n in range(CHUNK_ROWS * 3 + 1))))
    assert len(chunks) == 4
    rows = list(csv.reader(io.StringIO(b"".join(chunks).decode())))
    assert [row[0] for row in rows] == ["n", *map(str, range(CHUNK_ROWS * 3 + 1))]
