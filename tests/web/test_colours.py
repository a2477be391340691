from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.web.colours import VISIONS, Colour, contrast, distance

HEX = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
BLACK, WHITE = Colour.parse("#000000"), Colour.parse("#ffffff")


@given(HEX)
def test_what_is_read_is_written_again(text: str) -> None:
    assert Colour.parse(text).hex == text


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "0b61c4", "#0b61c4;"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        Colour.parse(text)


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast(WHITE, WHITE) == 1
    # The darkest grey that the guidelines' examples call too light for text on white.
    assert contrast(Colour.parse("#777777"), WHITE) == pytest.approx(4.48, abs=0.005)
    assert contrast(Colour.parse("#767676"), WHITE) == pytest.approx(4.54, abs=0.005)


def test_distance_is_that_of_oklab() -> None:
    assert distance(BLACK, WHITE) == pytest.approx(100, abs=0.01)
    # Red has L 0.628, a 0.2249, b 0.1258.
    assert distance(Colour.parse("#ff0000"), BLACK) == pytest.approx(67.9, abs=0.1)


@given(HEX)
def test_greys_look_the_same_to_all_eyes(text: str) -> None:
    grey = Colour.parse("#" + text[1:3] * 3)
    for vision in VISIONS:
        assert distance(grey.seen_with(vision), grey) < 0.5


def test_colours_that_are_confused_come_near_each_other() -> None:
    red, green = Colour.parse("#b5483a"), Colour.parse("#7a7a1f")
    usual = distance(red, green)
    assert distance(red.seen_with("deuteranopia"), green.seen_with("deuteranopia")) < usual / 2
    assert distance(red.seen_with("tritanopia"), green.seen_with("tritanopia")) > usual / 2
    blue, teal = Colour.parse("#3f74c9"), Colour.parse("#1f8a8a")
    assert distance(blue.seen_with("tritanopia"), teal.seen_with("tritanopia")) < distance(
        blue, teal
    )
