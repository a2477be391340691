from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.runs import file_tables
from benchwright.runs.file_tables import (
    MAX_CELL,
    MAX_COLUMNS,
    ROWS_A_PAGE,
    FileTable,
    is_table,
    read_table,
)


def table(text: str | bytes, first: int = 0) -> FileTable | None:
    raw = text.encode() if isinstance(text, str) else text
    return read_table(io.BytesIO(raw), first)


def test_pages_of_rows_follow_each_other() -> None:
    text = "n,square\n" + "".join(f"{n},{n * n}\n" for n in range(450))
    found, numbers = [], []
    first: int | None = 0
    while first is not None:
        page = table(text, first)
        assert page is not None
        found.append(page)
        numbers += [int(row[0]) for row in page.rows]
        first = page.next_row
    assert numbers == list(range(450))
    assert [page.first for page in found] == [0, ROWS_A_PAGE, 2 * ROWS_A_PAGE]
    assert [page.previous_row for page in found] == [None, 0, ROWS_A_PAGE]
    beyond = table(text, 10**9)
    assert beyond is not None and beyond.rows == [] and beyond.next_row is None


def test_other_delimiters_quotes_and_marks_are_read() -> None:
    page = table('\ufeffa;b\n"x;\ny";2\n')
    assert page is not None and (page.heads, page.rows) == (["a", "b"], [["x;\ny", "2"]])
    page = table("a\tb\n1\t2\n")
    assert page is not None and page.rows == [["1", "2"]]
    page = table(b"a,b\n\xff,2\n")
    assert page is not None and page.rows == [["\ufffd", "2"]]


def test_what_is_no_table_is_none() -> None:
    assert table("one word on each line\nand another\n") is None
    assert table(b"PAR1\0\0,,") is None
    assert table("") is None
    assert is_table("results/KPIs.CSV") and not is_table("kpis.csv.gz")


def test_wide_rows_and_long_cells_are_cut() -> None:
    page = table(",".join(f"c{n}" for n in range(80)) + "\n" + "x" * 9999 + ",1\n")
    assert page is not None
    assert (len(page.heads), page.hidden_columns) == (MAX_COLUMNS, 80 - MAX_COLUMNS)
    assert len(page.rows[0][0]) == MAX_CELL


def test_only_so_much_of_a_file_is_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_tables, "MAX_BYTES", 100)
    page = table("a,b\n" + "1,2\n" * 1000)
    assert page is not None and len(page.rows) == 24


@given(st.binary(max_size=400), st.integers(0, 500))
def test_no_bytes_break_it(content: bytes, first: int) -> None:
    page = table(content, first)
    if page is not None:
        assert len(page.rows) <= ROWS_A_PAGE
