"""What charts drawn on the server share: round values for axes, and lines with gaps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

ROUND = (1, 2, 2.5, 5, 10)
LARGEST = 1e300
"""An axis ends here at the latest: the next round value must be one that a float holds."""

Segment = list[tuple[float, float]]


def round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5 or 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in ROUND if step * power >= value * 0.999999), 10 * power)


def round_values(highest: float, most: int, *, beyond: bool) -> list[float]:
    """Zero and at most so many round values above; the last is `beyond` the highest, or below."""
    highest = min(highest, LARGEST)
    step = round_up(highest / most)
    number = highest / step
    steps = math.ceil(number - 1e-9) if beyond else math.floor(number + 1e-9)
    return [step * place for place in range(steps + 1)]


def round_span(lowest: float, highest: float, most: int) -> list[float]:
    """Round values in equal steps from zero, or from below `lowest`, to beyond `highest`."""
    if lowest >= 0:
        return round_values(highest, most, beyond=True) if highest > 0 else [0.0, 1.0]
    lowest, highest = max(lowest, -LARGEST), min(max(highest, 0.0), LARGEST)
    step = round_up((highest - lowest) / most)
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [step * place for place in range(first, last + 1)]


def segments_of(points: Iterable[tuple[float, float | None]]) -> list[Segment]:
    """The unbroken pieces of a line; `None` and what is not finite leave a gap."""
    segments: list[Segment] = []
    is_open = False
    for x, y in points:
        if y is None or not math.isfinite(y):
            is_open = False
            continue
        if not is_open:
            segments.append([])
        segments[-1].append((x, y))
        is_open = True
    return segments


def path_of(segments: Sequence[Segment]) -> str:
    """What `d` of an SVG path takes; a point alone becomes a dot, given round line ends."""
    return "".join(
        "M" + "L".join(f"{x:g} {y:g}" for x, y in segment) + ("h0" if len(segment) == 1 else "")
        for segment in segments
    )
