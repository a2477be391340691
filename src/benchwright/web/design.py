"""What the design page shows, read from the files that make the design."""

from __future__ import annotations

import re
from itertools import combinations
from typing import NamedTuple

from benchwright.web import assets
from benchwright.web.colours import VISIONS, Colour, contrast, distance
from benchwright.web.rendering import environment
from benchwright.web.tokens import SERIES, Token, colours

SURFACES = ("page", "surface", "surface-raised", "surface-sunken", "hover")
TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0
SERIES_DISTANCE = 9.0
"""In OKLab, times 100; about 2 is what one just notices side by side."""
THEMES = ("light", "dark")

_MACRO = re.compile(
    r"(?:\{# (?P<about>(?:(?!#\}).)+) #\}\n)?\{% macro (?P<name>\w+)\((?P<takes>.*)\) -?%\}"
)
_SYMBOL = re.compile(r'<symbol id="([\w-]+)"')


class Promise(NamedTuple):
    """A colour, what it stands on, and the contrast that it must have there."""

    name: str
    on: tuple[str, ...]
    at_least: float


class Contrast(NamedTuple):
    """The least contrast that a colour has in a theme, and on what."""

    ratio: float
    on: str


class Macro(NamedTuple):
    """A part as `ui.html` defines it."""

    name: str
    takes: str
    about: str


class Sight(NamedTuple):
    """The series as certain eyes see them, and the two that are nearest to each other."""

    vision: str
    theme: str
    seen: list[str]
    distance: float
    nearest: tuple[int, int]


def promises() -> list[Promise]:
    """What each colour is good for; the tests hold every one in both themes."""
    tones = ("good", "bad", "warn", "busy", "idle", "odd")
    return [
        *(Promise(name, SURFACES, TEXT_CONTRAST) for name in ("text", "text-soft", "text-faint")),
        Promise("accent", (*SURFACES, "accent-soft"), TEXT_CONTRAST),
        Promise("accent-strong", (*SURFACES, "accent-soft"), TEXT_CONTRAST),
        Promise("on-accent", ("accent", "accent-strong"), TEXT_CONTRAST),
        Promise("on-bad", ("bad",), TEXT_CONTRAST),
        *(Promise(tone, (*SURFACES, f"{tone}-soft"), TEXT_CONTRAST) for tone in tones),
        *(
            Promise(f"code-{what}", SURFACES, TEXT_CONTRAST)
            for what in ("name", "text", "number", "word")
        ),
        Promise("chart-axis", SURFACES, TEXT_CONTRAST),
        Promise("line-control", SURFACES, SHAPE_CONTRAST),
        *(Promise(f"series-{n}", SURFACES, SHAPE_CONTRAST) for n in range(1, SERIES + 1)),
    ]


def measure(promise: Promise, theme: str) -> Contrast:
    """Where the colour is read worst."""
    known = colours()
    front = _in(known[promise.name], theme)
    return min(Contrast(contrast(front, _in(known[on], theme)), on) for on in promise.on)


def sights() -> list[Sight]:
    """The series in each theme, for each kind of eyes."""
    known = colours()
    return [
        _look([_in(known[f"series-{n}"], theme) for n in range(1, SERIES + 1)], vision, theme)
        for theme in THEMES
        for vision in VISIONS
    ]


def macros() -> list[Macro]:
    """The parts that pages are put together from."""
    loader = environment().loader
    assert loader is not None
    source, _, _ = loader.get_source(environment(), "ui.html")
    return [
        Macro(found["name"], found["takes"], found["about"] or "")
        for found in _MACRO.finditer(source)
    ]


def icons() -> list[str]:
    """The names of the sprite's icons."""
    return _SYMBOL.findall(assets.find_asset("icons.svg").body.decode())


def _look(series: list[Colour], vision: str, theme: str) -> Sight:
    seen = [colour.seen_with(vision) for colour in series]
    apart, nearest = min(
        (distance(seen[a], seen[b]), (a + 1, b + 1)) for a, b in combinations(range(len(seen)), 2)
    )
    return Sight(vision, theme, [colour.hex for colour in seen], apart, nearest)


def _in(token: Token, theme: str) -> Colour:
    colour = token.light if theme == "light" else token.dark
    assert colour is not None
    return colour
