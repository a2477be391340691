from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchwright.access.token_text import ALPHABET, PREFIX, is_token_text, new_token_text


def test_new_tokens_are_well_formed_and_all_different() -> None:
    tokens = {new_token_text() for _ in range(200)}
    assert len(tokens) == 200
    assert all(is_token_text(token) for token in tokens)
    assert all(token.startswith(PREFIX) and len(token) == 45 for token in tokens)


@given(text=st.text(max_size=80))
def test_no_other_text_passes(text: str) -> None:
    assert not is_token_text(text)
    assert not is_token_text(PREFIX + text)


@given(data=st.data())
def test_each_mistyped_character_is_noticed(data: st.DataObject) -> None:
    token = new_token_text()
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(ALPHABET + " _é").filter(lambda c: c != token[place]))
    assert not is_token_text(token[:place] + other + token[place + 1 :])


@given(data=st.data())
def test_swapped_neighbours_and_lost_ends_are_noticed(data: st.DataObject) -> None:
    token = new_token_text()
    place = data.draw(st.integers(len(PREFIX), len(token) - 2))
    swapped = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
    assert is_token_text(swapped) == (swapped == token)
    assert not is_token_text(token[:-1])
    assert not is_token_text(token + "\n")
