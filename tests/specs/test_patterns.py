from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.specs.patterns import LONGEST_TEXT, UnsupportedPattern, is_match, write_text

PIECES = ["a", "b", r"\d", r"\w", r"\s", "[a-c]", "[^a-z]", ".", r"\.", "x|y", "(ab)", "(?:c|d)", "z?", "q*", "r+", "s{2}", "t{1,3}", "u{2,}"]  # fmt: skip
PATTERNS = st.tuples(
    st.sampled_from(["", "^"]), st.lists(st.sampled_from(PIECES), max_size=6), st.sampled_from(["", "$"])
).map(lambda parts: parts[0] + "".join(parts[1]) + parts[2])  # fmt: skip


@given(PATTERNS, st.integers(0, 30), st.integers(0, 30))
def test_what_is_written_matches_and_has_the_length(pattern: str, shortest: int, more: int) -> None:
    try:
        text = write_text(pattern, shortest, shortest + more)
    except UnsupportedPattern:
        return
    assert re.search(pattern, text)
    assert shortest <= len(text) <= shortest + more


@given(PATTERNS)
def test_common_patterns_are_supported(pattern: str) -> None:
    if "|" in pattern and ("^" in pattern or "$" in pattern):
        return  # `^x|y$` anchors each branch at one end only
    assert re.search(pattern, write_text(pattern))


@given(PATTERNS, st.text(alphabet="abcdxyz0 .", max_size=10))
def test_a_certain_answer_is_the_one_of_re(pattern: str, text: str) -> None:
    answer = is_match(pattern, text)
    if answer is not None:
        assert answer == bool(re.search(pattern, text))


@pytest.mark.parametrize(
    "pattern, text",
    [
        (r"^[A-Z]{3}-\d{4}$", "AAA-1111"),
        (r"^(?<year>\d{4})$", "1111"),
        ("^(foo|bar)?$", ""),
        ("", ""),
        (r"^\/api\/[a-z]+$", "/api/a"),
        ("^[^a-zA-Z0-9]$", "-"),
        ("^[а-я]$", "а"),
        ("^.{8,64}$", "aaaaaaaa"),
    ],
)
def test_examples(pattern: str, text: str) -> None:
    assert write_text(pattern) == text


@pytest.mark.parametrize(
    "pattern",
    ["(", "[", r"\p{L}", "(?=a)b", "(?!a)", r"(a)\1", r"a\b", "a^b", "a" * 501, "(" * 40 + ")" * 40,
     "((a{1000}){1000}){1000}", "a{5000}", "(?i:a)", "[^\\s\\S]", "\\ud800", "[\x00]", r"(a)(?(1)b)"],
)  # fmt: skip
def test_unsupported_patterns_are_named_so(pattern: str) -> None:
    with pytest.raises(UnsupportedPattern):
        write_text(pattern)


def test_lengths_that_cannot_be_reached() -> None:
    for shortest, longest in ((5, None), (0, 2)):
        with pytest.raises(UnsupportedPattern, match="length"):
            write_text("^abc$", shortest, longest)
    assert len(write_text("^a*$", 1999)) == 1999
    with pytest.raises(UnsupportedPattern):
        write_text("^a*$", LONGEST_TEXT + 1)


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "(a|a)*b", "(ab|a|b)*c", "a*a*a*a*a*a*b", "(a?){30}a{30}", "(?=a*)*b"]
)
def test_catastrophic_patterns_are_never_run(pattern: str) -> None:
    begun = time.process_time()
    answer = is_match(pattern, "a" * 60 + "!")
    assert time.process_time() - begun < 0.5
    assert answer is None
