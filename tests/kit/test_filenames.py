from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.filenames import clean_file_name, folded, is_plain_name


@given(st.text(max_size=250))
def test_clean_names_are_plain_and_stay_clean(text: str) -> None:
    name = clean_file_name(text)
    if name is not None:
        assert is_plain_name(name)
        assert clean_file_name(name) == name
        assert folded(name) == folded(folded(name))


def test_examples() -> None:
    for name in ("a", "a.b", "größe 2", "日本.csv", "a_b-c", "_a", "x-"):
        assert clean_file_name(name) == name
    for name in (
        "",
        ".",
        "..",
        ".a",
        "a.",
        "a ",
        " a",
        "-a",
        "a/b",
        "a\\b",
        "a\nb",
        "a*",
        "x" * 201,
    ):
        assert clean_file_name(name) is None
    assert is_plain_name("run (2) & more, 100 %.yaml")
    assert not is_plain_name("a\u2028b")
    assert not is_plain_name("a\u202eb")
    assert folded("Größe") == folded("GRÖSSE") == folded("gro\u0308sse")
