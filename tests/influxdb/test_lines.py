from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.influxdb.lines import Tagger, count_lines

K6_LINE = rb"""http_reqs,name=GET\ /a\,b\=c,status=200 url="GET /a,b=c",value=1 17"""


def tag(body: bytes, value: str = "job1") -> bytes:
    return Tagger("job_name", value).tag(body)


def test_every_line_of_k6_gets_the_tag() -> None:
    body = K6_LINE + b'\nvus value=3 18\nvus_max url="a, b",value=3 18\n'
    assert tag(body).split(b"\n") == [
        K6_LINE.replace(b"http_reqs,", b"http_reqs,job_name=job1,"),
        b"vus,job_name=job1 value=3 18",
        b'vus_max,job_name=job1 url="a, b",value=3 18',
        b"",
    ]


@pytest.mark.parametrize(
    "line, tagged",
    [
        (rb"my\ metric,a=b v=1", rb"my\ metric,job_name=job1,a=b v=1"),
        (rb"my\,metric,a=b v=1", rb"my\,metric,job_name=job1,a=b v=1"),
        (rb"m\, v=1", rb"m\,,job_name=job1 v=1"),
        (b"m,job_name=own,a=b v=1", b"m,job_name=own,a=b v=1"),
        (b'm,a=b s=",job_name=x",v=1', b'm,job_name=job1,a=b s=",job_name=x",v=1'),
        (b"# a remark, with a comma", b"# a remark, with a comma"),
        (b"", b""),
        (b" ", b" "),
    ],
)
def test_what_others_write_is_understood_too(line: bytes, tagged: bytes) -> None:
    assert tag(line) == tagged


def test_a_name_is_escaped() -> None:
    assert tag(b"m v=1", "a b,c=d\\\ne") == b"m,job_name=a\\ b\\,c\\=d\\\\\\ e v=1"


@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), max_size=8))
def test_lines_keep_their_number_and_all_that_they_said(lines: list[bytes]) -> None:
    after = tag(b"\n".join(lines)).split(b"\n")
    assert len(after) == max(len(lines), 1)
    for before, now in zip(lines, after, strict=False):
        assert before in (now, now.replace(b",job_name=job1", b"", 1))


@pytest.mark.parametrize("body, count", [(b"", 0), (b"a", 1), (b"a\nb\n", 2), (b"a\nb", 2)])
def test_samples_are_counted(body: bytes, count: int) -> None:
    assert count_lines(body) == count
