from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.jobs.plan import Scalar
from benchwright.jobs.substitution import (
    BadToken,
    find_fault,
    find_faults,
    substitute,
    substitute_all,
    text_of,
)

VALUES: dict[str, Scalar] = {"lr": 0.1, "n": 3, "on": True, "who": "me", "odd": "${{ who }}"}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", ""),
        ("no tokens, $ and {{ }} and ${x}", "no tokens, $ and {{ }} and ${x}"),
        ("${{ lr }}", "0.1"),
        ("${{lr}}-${{  n  }}", "0.1-3"),
        ("${{ on }}", "true"),
        ("$${{ lr }}", "${{ lr }}"),
        ("$$${{ lr }}", "$${{ lr }}"),
        ("${{ odd }}", "${{ who }}"),
    ],
)
def test_tokens(text: str, expected: str) -> None:
    assert substitute(text, VALUES) == expected


@pytest.mark.parametrize("text", ["${{ nope }}", "${{}}", "${{ a", "x ${{ {lr} }}", "${{ lr } }"])
def test_what_names_nothing(text: str) -> None:
    with pytest.raises(BadToken):
        substitute(text, VALUES)
    assert find_fault(text, VALUES)


def test_places_of_faults() -> None:
    value = {"a": ["${{ lr }}", {"b": "${{ x }}"}], "${{ key }}": 1}
    assert [field for field, _ in find_faults(value, VALUES, "config.inline")] == [
        "config.inline.a.1.b"
    ]


def test_whole_tokens_keep_their_type() -> None:
    assert substitute_all({"a": "${{ lr }}", "b": ["${{ on }} "], "c": 5}, VALUES) == {
        "a": 0.1, "b": ["true "], "c": 5,
    }  # fmt: skip


@given(st.text(), st.text())
def test_a_value_is_put_in_as_it_is(before: str, value: str) -> None:
    quiet = before.replace("${{", "")
    while "${{" in quiet:
        quiet = quiet.replace("${{", "")
    text = f"{quiet.rstrip('$')}${{{{ x }}}}"
    assert substitute(text, {"x": value}) == quiet.rstrip("$") + value


@given(st.text(alphabet="${} ax\n"))
def test_a_text_is_read_or_refused(text: str) -> None:
    """What is found faulty is refused, and nothing else."""
    if find_fault(text, {"a"}) is None:
        done = substitute(text, {"a": "1"})
        assert ("${{" in done) <= ("$${{" in text)
    else:
        with pytest.raises(BadToken):
            substitute(text, {"a": "1"})


@given(st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()))
def test_texts_of_values(value: bool | float | str) -> None:
    text = text_of(value)
    if isinstance(value, float):
        assert float(text) == value
    assert isinstance(text, str)
