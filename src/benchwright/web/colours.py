"""What can be computed of colours: contrast, and how far apart they are for which eyes."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

_HEX = re.compile(r"#[0-9a-fA-F]{6}")

Matrix = tuple[tuple[float, float, float], ...]

VISIONS: dict[str, Matrix] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""Machado, Oliveira and Fernandes (2009), full severity, for linear sRGB."""

_TO_CONES: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


class Colour(NamedTuple):
    """Linear sRGB, each part of 0..1."""

    red: float
    green: float
    blue: float

    @classmethod
    def parse(cls, text: str) -> Colour:
        """Reads `#rrggbb`."""
        if not _HEX.fullmatch(text):
            raise ValueError(f"not a colour like #0b61c4: {text!r}")
        parts = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
        return cls(*(p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts))

    @property
    def hex(self) -> str:
        parts = (p * 12.92 if p <= 0.0031308 else 1.055 * p ** (1 / 2.4) - 0.055 for p in self)
        return "#" + "".join(f"{round(part * 255):02x}" for part in parts)

    @property
    def luminance(self) -> float:
        return 0.2126 * self.red + 0.7152 * self.green + 0.0722 * self.blue

    def seen_with(self, vision: str) -> Colour:
        """The colour as eyes of one of the `VISIONS` see it."""
        return Colour(*(min(max(p, 0.0), 1.0) for p in _apply(VISIONS[vision], self)))


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG, 1 to 21."""
    darker, lighter = sorted((one.luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)


def distance(one: Colour, other: Colour) -> float:
    """How different two colours look: the Euclidean distance in OKLab, times 100."""
    pairs = zip(_lab(one), _lab(other), strict=True)
    return 100 * math.hypot(*(a - b for a, b in pairs))


def _lab(colour: Colour) -> tuple[float, ...]:
    cones = _apply(_TO_CONES, colour)
    return _apply(_TO_LAB, tuple(max(cone, 0.0) ** (1 / 3) for cone in cones))


def _apply(matrix: Matrix, vector: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
