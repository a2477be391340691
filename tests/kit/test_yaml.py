from __future__ import annotations

import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit import yaml as kit_yaml
from benchwright.kit.errors import TooLarge
from benchwright.kit.yaml import YamlLimits, YamlProblem, load_yaml

PLAIN_TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PLAIN_TEXT,
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(PLAIN_TEXT, children, max_size=4)
    ),
    max_leaves=20,
)
# Pieces that mean something to a YAML parser, in any order.
SHARP_PIECES = st.lists(
    st.sampled_from(
        [
            "- ", "? ", ": ", "&a ", "*a", "&b ", "*b", "<<: ", "[", "]", "{", "}", ",", "|\n", ">\n",
            "\n", "  ", "'", '"', "#", "---\n", "...\n", "!!int ", "!x ", "%YAML 1.2\n", "a", "1",
            "\t", "\\u0000", "\N{BYTE ORDER MARK}", "\N{SNOWMAN}",
        ]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    "text, value",
    [
        ("on: 1\nno: 2\nnull: 3\n1.0: 4", {"on": 1, "no": 2, "null": 3, "1.0": 4}),
        ("200: ok\n0x1F: hex", {"200": "ok", "0x1F": "hex"}),
        ("[no, yes, on, off, y, n]", ["no", "yes", "on", "off", "y", "n"]),
        ("[true, False, NULL, ~, null]", [True, False, None, None, None]),
        ("a: 2024-01-15\nb: 2024-01-15T09:30:00Z", {"a": "2024-01-15", "b": "2024-01-15T09:30:00Z"}),
        ("[012, 0o17, 0x1f, +3, -4]", [12, 15, 31, 3, -4]),
        ("[12:30:45, 1_000, 1.2.3, '1', 1e, .]", ["12:30:45", "1_000", "1.2.3", "1", "1e", "."]),
        ("[1.5, 1e3, .5, -2., 1E-2]", [1.5, 1000.0, 0.5, -2.0, 0.01]),
        ("[.inf, -.INF, .nan, 1e999]", [".inf", "-.INF", ".nan", "1e999"]),
        ("a:\nb: ''\n", {"a": None, "b": ""}),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("! 12", "12"),
        ("", None),
        ("# only a comment", None),
        ("\ufeffa: 1", {"a": 1}),
        ("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}", {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}}),
        ("- &x {p: 1}\n- &y {p: 2, r: 3}\n- <<: [*x, *y]\n", [{"p": 1}, {"p": 2, "r": 3}, {"p": 1, "r": 3}]),
        ('a: "\\0b"', {"a": "\ufffdb"}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
    ],
)  # fmt: skip
def test_reads_the_core_schema(text: str, value: Any) -> None:
    read = load_yaml(text)
    assert read == value
    assert repr(read) == repr(value) or isinstance(value, dict)


def test_very_long_numbers_stay_text() -> None:
    assert load_yaml("1" * 301) == "1" * 301


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_reads_every_marked_encoding(encoding: str) -> None:
    assert load_yaml("a: ☃\n".encode(encoding)) == {"a": "☃"}


@pytest.mark.parametrize(
    "text, line, column, words",
    [
        ("a: [1,\n 2", 3, 1, "flow sequence"),
        ("a: 1\nb: c: d", 2, 5, "mapping values are not allowed"),
        ("a: 1\nb: 2\na: 3", 3, 1, "stands twice"),
        ("a: &x [1, *x]", 1, 11, "contains itself"),
        ("a: *x", 1, 4, "no anchor before it"),
        ("? [a]\n: 1", 1, 3, "must be plain text"),
        ("x: &a 1\n*a : 2", 2, 1, "must be plain text"),
        ("a: !!python/object:os.system x", 1, 4, "not supported"),
        ("a: !include other.yaml", 1, 4, "not supported"),
        ("a: !thing {b: 1}", 1, 4, "not supported"),
        ("a: 1\n---\nb: 2", 2, 1, "second document"),
        ("a: 1\nb: \x01", 2, 4, "control characters"),
        ("a: \ud800", 1, 4, "surrogate"),
        ("a: 1\nb: {<<: 3}", 2, 9, "Only mappings"),
        (b"a: 1\nb: \xff", 2, 4, "not UTF-8"),
    ],
)
def test_names_the_place_of_a_fault(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(YamlProblem) as caught:
        load_yaml(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in caught.value.message
    assert caught.value.detail.startswith(f"Line {line}, column {column}: ")
    assert caught.value.status == 400


def test_refuses_too_many_bytes_before_it_parses() -> None:
    with pytest.raises(TooLarge, match="at most 10"):
        load_yaml("a" * 11, limits=YamlLimits(max_bytes=10))


@pytest.mark.parametrize("text", ["[" * 70, "- " * 70, "{a: " * 70, "a: &x " + "[" * 62 + "]" * 62 + "\nb: [[[*x]]]"])  # fmt: skip
def test_refuses_deep_nesting(text: str) -> None:
    with pytest.raises(YamlProblem, match="deeper than 64 levels"):
        load_yaml(text)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert load_yaml("[" * 64 + "]" * 64) is not None


def write_bomb(levels: int = 9, width: int = 9) -> str:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels + 1)]
    return "\n".join(lines)


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    before = time.process_time()
    with pytest.raises(YamlProblem, match="aliases written out"):
        load_yaml(write_bomb())
    assert time.process_time() - before < 1


def test_a_bomb_of_merges_is_refused() -> None:
    lines = ["a0: &a0 {k0: 1}"]
    lines += [
        f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 9)}], k{n}: 1}}" for n in range(1, 10)
    ]
    with pytest.raises(YamlProblem, match="aliases"):
        load_yaml("\n".join(lines))


def test_what_is_counted_is_what_writing_out_would_cost() -> None:
    text = write_bomb(levels=2, width=3)
    counted = count_nodes(load_yaml(text))
    load_yaml(text, limits=YamlLimits(max_nodes=counted))
    with pytest.raises(YamlProblem):
        load_yaml(text, limits=YamlLimits(max_nodes=counted - 1))


def count_nodes(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value
    return 1 + sum(map(count_nodes, children)) if isinstance(value, (dict, list)) else 1


def test_refuses_too_many_aliases() -> None:
    text = "a: &a 1\nb: [" + ",".join(["*a"] * 11) + "]"
    assert len(load_yaml(text)["b"]) == 11
    with pytest.raises(YamlProblem, match="More than 10 aliases"):
        load_yaml(text, limits=YamlLimits(max_aliases=10))


@given(JSON_VALUES)
def test_reads_back_what_a_dumper_wrote(value: Any) -> None:
    assert load_yaml(yaml.safe_dump(value, allow_unicode=True)) == value


@given(JSON_VALUES)
def test_json_is_yaml(value: Any) -> None:
    assert load_yaml(json.dumps(value, ensure_ascii=False)) == value


@given(SHARP_PIECES | st.text(max_size=60) | st.binary(max_size=60))
def test_anything_is_read_or_refused_with_a_reason(text: str | bytes) -> None:
    try:
        value = load_yaml(text, limits=YamlLimits(max_depth=10, max_nodes=500))
    except YamlProblem as problem:
        assert problem.message
    else:
        assert count_nodes(value) <= 500
        json.dumps(value, allow_nan=False).encode()


@given(SHARP_PIECES)
def test_the_slow_parser_reads_the_same(text: str) -> None:
    def read(parser: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kit_yaml, "_new_parser", parser)
            try:
                return load_yaml(text)
            except YamlProblem:
                return "refused"

    slow, fast = read(yaml.SafeLoader), read(kit_yaml._new_parser)
    # The two differ about what they accept, never about what it means.
    assert "refused" in (slow, fast) or slow == fast
