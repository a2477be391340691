"""How quick and how reliable each part of the demo API is, repeatable by a seed."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass

MAX_LATENCY_S = 5.0


@dataclass(frozen=True)
class Habit:
    """Latency is log-normal about `median_ms`; now and then it is `tail_factor` times longer."""

    median_ms: float
    sigma: float = 0.25
    tail_share: float = 0.0
    tail_factor: float = 5.0
    failure_share: float = 0.0


HABITS = {
    "token": Habit(12, sigma=0.2),
    "list_books": Habit(9, sigma=0.35),
    "get_book": Habit(4, sigma=0.3),
    "list_reviews": Habit(14, sigma=0.4),
    "add_review": Habit(18, sigma=0.3),
    "search": Habit(90, sigma=0.5, tail_share=0.03, tail_factor=6),
    "recommend": Habit(45, sigma=0.4, tail_share=0.01, tail_factor=10),
    "place_order": Habit(35, sigma=0.35, tail_share=0.01, tail_factor=8, failure_share=0.02),
    "get_order": Habit(7, sigma=0.3),
    "list_orders": Habit(16, sigma=0.3),
    "sales_report": Habit(600, sigma=0.3),
}
"""By the name of the operation."""


class Behaviour:
    """Draws latencies and failures; each operation has its own sequences, set by the seed.

    How calls overlap changes neither: so many calls have so many failures.
    """

    def __init__(self, seed: int, *, slowness: float = 1.0) -> None:
        self._latencies = {name: random.Random(f"{seed}/{name}/latency") for name in HABITS}
        self._failures = {name: random.Random(f"{seed}/{name}/failure") for name in HABITS}
        self._slowness = slowness

    def draw_latency_s(self, operation: str) -> float:
        """Seconds that the next call of this operation takes."""
        habit, draw = HABITS[operation], self._latencies[operation]
        latency_s = draw.lognormvariate(math.log(habit.median_ms / 1000), habit.sigma)
        if draw.random() < habit.tail_share:
            latency_s *= habit.tail_factor
        return min(latency_s * self._slowness, MAX_LATENCY_S)

    def draw_failure(self, operation: str) -> bool:
        """Whether the next call of this operation fails."""
        return self._failures[operation].random() < HABITS[operation].failure_share

    async def wait(self, operation: str) -> None:
        """Takes as long as the operation does this time."""
        await asyncio.sleep(self.draw_latency_s(operation))
