from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.loadtests.javascript import ENVIRONMENT, Literal, literal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(VALUES)
def test_a_literal_is_the_value_and_nothing_else(value: Any) -> None:
    text = literal(value)
    assert json.loads(text) == value
    assert "</" not in text
    assert "<!" not in text
    assert all(character.isprintable() for character in text)


@pytest.mark.parametrize(
    "name", ["</script><script>", "<!-- x", "a\nb", "\u2028", "\u202eevil", "\x1b[2J", "\U000e0001"]
)
def test_what_could_break_out_is_escaped(name: str) -> None:
    text = literal(name)
    assert name not in text
    assert json.loads(text) == name


def test_readable_text_stays_readable() -> None:
    assert literal("Größe 名前 p(95)<=3 & more") == '"Größe 名前 p(95)<=3 & more"'


def test_a_template_prints_nothing_but_literals() -> None:
    template = ENVIRONMENT.from_string("const NAME = {{ name }};")
    assert template.render(name=literal('"')) == 'const NAME = "\\"";'
    with pytest.raises(TypeError, match="not a literal"):
        template.render(name="x")
    assert isinstance(literal(1), Literal)
