"""How many virtual users the plan of a run gives each scenario; k6 measures only their sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from benchwright.kit.errors import Invalid
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.profile import estimate
from benchwright.metrics.schemas import Column
from benchwright.runs.models import Run


class PlannedLoad:
    """Corners of a line for each scenario: seconds from the start, virtual users."""

    def __init__(
        self, start_ms: float, points: Mapping[str, Sequence[tuple[float, float]]]
    ) -> None:
        self._start_ms = start_ms
        self._points = points

    def at(self, key: str, time_ms: float) -> float:
        """The virtual users of a scenario at a time; 0 before its start and after its end."""
        points = self._points.get(key, ())
        second = (time_ms - self._start_ms) / 1000
        for (begin, low), (end, high) in pairwise(points):
            if begin <= second <= end:
                share = (second - begin) / (end - begin) if end > begin else 1.0
                return round(low + (high - low) * share)
        return 0.0

    def over(self, key: str, times_ms: Sequence[int]) -> Column:
        """The same for many times."""
        return [self.at(key, time) for time in times_ms]


def planned_load(run: Run) -> PlannedLoad:
    """The planned load of a run; none for scripts of users' own."""
    start = run.started_at or run.created_at
    try:
        profile = estimate(parse_plan(run.spec["plan"])).scenarios if run.spec.get("plan") else []
    except Invalid:
        profile = []  # frozen by another version of this program
    points = {s.key: s.points for s in profile if s.unit == "vus"}
    return PlannedLoad(start.timestamp() * 1000, points)
