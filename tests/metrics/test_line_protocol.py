from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchwright.metrics.line_protocol import PRECISIONS, HeadTable, LineReader, Value

NOW_NS = 1_700_000_000_000_000_000

NAME_CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\")
NAMES = st.text(NAME_CHARACTERS, min_size=1, max_size=12)
MEASUREMENTS = NAMES.filter(lambda name: not name.startswith(("#", " ")))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(FLOATS, st.booleans(), st.integers(-(2**63), 2**63 - 1), TEXTS)
TIMES = st.one_of(st.none(), st.integers(-(2**62), 2**62))


def escape(name: str, characters: str) -> str:
    return "".join(f"\\{one}" if one in characters else one for one in name)


def write_value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "f"
        case int():
            return f"{value}i"
        case float():
            return repr(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_line(
    measurement: str, tags: dict[str, str], fields: dict[str, Value], time: int | None
) -> str:
    head = escape(measurement, ", ")
    for name, text in tags.items():
        head += f",{escape(name, ',= ')}={escape(text, ',= ')}"
    values = ",".join(f"{escape(name, ',= ')}={write_value(v)}" for name, v in fields.items())
    return f"{head} {values}" + (f" {time}" if time is not None else "")


Read = tuple[str, dict[str, str], int, dict[str, Value]]


def read(text: str | bytes, unit_ns: int = 1) -> list[Read]:
    body = text.encode() if isinstance(text, str) else text
    points = LineReader().read(body, NOW_NS, unit_ns)
    return [(p.head.measurement, dict(p.head.tags), p.time_ns, dict(p.fields)) for p in points]


def read_faults(text: str | bytes) -> list[tuple[str, str]]:
    reader = LineReader()
    body = text.encode() if isinstance(text, str) else text
    list(reader.read(body, NOW_NS))
    return [(fault.line, fault.reason) for fault in reader.faults]


LINES = st.tuples(
    MEASUREMENTS,
    st.dictionaries(NAMES, NAMES, max_size=4),
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=4),
    TIMES,
)


@given(lines=st.lists(LINES, max_size=4))
def test_what_is_written_is_read_again(
    lines: list[tuple[str, dict[str, str], dict[str, Value], int | None]],
) -> None:
    body = "\n".join(write_line(*line) for line in lines)
    expected = [
        (measurement, tags, NOW_NS if time is None else time, fields)
        for measurement, tags, fields, time in lines
    ]
    assert read(body) == expected
    assert [{n: type(v) for n, v in f.items()} for *_, f in read(body)] == [
        {n: type(v) for n, v in fields.items()} for *_, fields, _ in lines
    ]


@given(unit=st.sampled_from(sorted(PRECISIONS)), time=st.integers(-(10**6), 10**6))
def test_timestamps_count_in_the_unit_of_the_request(unit: str, time: int) -> None:
    assert read(f"m v=1 {time}", PRECISIONS[unit])[0][2] == time * PRECISIONS[unit]


@given(value=st.integers(0, 2**64 - 1))
def test_unsigned_numbers_reach_their_limit(value: int) -> None:
    assert read(f"m v={value}u 1") == [("m", {}, 1, {"v": value})]


@given(body=st.binary(max_size=200))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    reader = LineReader()
    points = list(reader.read(body, NOW_NS))
    assert all(point.fields for point in points)
    assert all(
        math.isfinite(value)
        for point in points
        for _, value in point.fields
        if isinstance(value, float)
    )


@given(text=st.text('m,t=v1. "\\\n#', max_size=40))
def test_each_line_is_a_point_or_a_fault_or_says_nothing(text: str) -> None:
    assume('"' not in text)  # a line break inside of quotes ends no line
    lines = [line for line in text.split("\n") if (plain := line.strip(" ")) and plain[0] != "#"]
    assume(not any(line.endswith("\\") for line in lines))
    reader = LineReader()
    assert len(list(reader.read(text.encode(), NOW_NS))) + len(reader.faults) == len(lines)


def test_heads_are_the_same_in_any_order_of_their_tags() -> None:
    reader = LineReader()
    first, second = reader.read(b"m,a=1,b=2 v=1\nm,b=2,a=1 v=2", NOW_NS)
    assert first.head is second.head


def test_heads_are_forgotten_when_there_are_too_many() -> None:
    heads = HeadTable(capacity=3)
    list(LineReader(heads).read(b"\n".join(b"m,a=%d v=1" % n for n in range(10)), NOW_NS))
    assert len(heads.by_text) <= 3


def test_lines_end_in_any_way_and_comments_say_nothing() -> None:
    body = "# a comment\r\nm v=1 5\r\n\n   \n  n v=2 6 \n\tm v=3"
    assert [point[0] for point in read(body)] == ["m", "n", "m"]
    assert read_faults(body) == []


def test_a_text_may_hold_line_breaks_and_what_else_separates() -> None:
    assert read('m t="a\nb, c=d e\\"",v=1 7\nn v=2 8') == [
        ("m", {}, 7, {"t": 'a\nb, c=d e"', "v": 1.0}),
        ("n", {}, 8, {"v": 2.0}),
    ]


@given(lines=st.lists(LINES, max_size=3))
def test_heads_that_are_known_change_nothing(
    lines: list[tuple[str, dict[str, str], dict[str, Value], int | None]],
) -> None:
    body = "\n".join(write_line(*line) for line in lines).encode()
    heads = HeadTable()
    first, second = (list(LineReader(heads).read(body, NOW_NS)) for _ in range(2))
    assert [(p.head, p.time_ns, dict(p.fields)) for p in first] == [
        (p.head, p.time_ns, dict(p.fields)) for p in second
    ]


@given(rest=st.text('v="1,2= \n#\\', max_size=24))
def test_a_known_head_is_read_like_a_new_one(rest: str) -> None:
    body = f"m {rest} 5".encode()
    known = HeadTable()
    list(LineReader(known).read(b"m v=1", NOW_NS))
    new, old = LineReader(), LineReader(known)
    found = [[(p.time_ns, dict(p.fields)) for p in r.read(body, NOW_NS)] for r in (new, old)]
    assert found[0] == found[1]
    assert new.faults == old.faults


def test_quotes_in_names_are_characters_like_others() -> None:
    assert read('m"x,t="a" "k"=1 7') == [('m"x', {"t": '"a"'}, 7, {'"k"': 1.0})]


@pytest.mark.parametrize(
    "line, reason",
    [
        ("cpu", "missing fields"),
        ("cpu,host=a", "missing fields"),
        (",host=a v=1", "missing measurement"),
        ("cpu,host v=1", "missing tag value"),
        ("cpu,host= v=1", "missing tag value"),
        ("cpu,=a v=1", "missing tag key"),
        ("cpu, v=1", "missing tag value"),
        ("cpu,a=b=c v=1", "invalid tag format"),
        ("cpu,a=1,a=2 v=1", "duplicate tags"),
        ("cpu v", "invalid field format"),
        ("cpu v=", "missing field value"),
        ("cpu =1", "missing field key"),
        ("cpu v=1,", "missing field key"),
        ("cpu v=1-2", "invalid number"),
        ("cpu v=1e999", "invalid number"),
        ("cpu v=NaN", "invalid number"),
        ("cpu v=1_0", "invalid number"),
        ("cpu v=1.5i", "invalid number"),
        ("cpu v=-1u", "invalid number"),
        ("cpu v=9223372036854775808i", "invalid number"),
        ("cpu v=tru", "invalid boolean"),
        ('cpu v="open', "unbalanced quotes"),
        ("cpu v=1 soon", "bad timestamp"),
        ("cpu v=1 99999999999999999999", "time outside range"),
        (",".join(["cpu", *(f"t{n}=1" for n in range(65))]) + " v=1", "more than 64 tags"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_the_others_are_kept(
    line: str, reason: str
) -> None:
    body = f"before v=1 1\n{line}\nafter v=2 2"
    assert read_faults(body) == [(line, reason)]
    assert [point[0] for point in read(body)] == ["before", "after"]


def test_a_line_that_is_not_text_is_named() -> None:
    body = b"a v=1 1\nb\xff v=2 2\nc v=3 3"
    assert read_faults(body) == [("b\ufffd v=2 2", "not valid UTF-8")]
    assert [point[0] for point in read(body)] == ["a", "c"]
