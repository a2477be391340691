"""What the charts of a run's page are given beside its figures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from benchwright.runs.schemas import RunEventView, RunView
from benchwright.runs.state import RunKind, RunState

Charts = tuple[tuple[str, str], ...]
"""Kind (`js/chart-kinds.js`) and title, in the order of the page."""

MAIN_CHARTS: Charts = (
    ("response_time", "Response time"),
    ("requests", "Requests per second"),
)
_OF_SCENARIOS: Charts = (
    ("scenario_p95", "p95 by scenario"),
    ("scenario_requests", "Requests per second by scenario"),
)
_DISTRIBUTION = ("heat_map", "Response time distribution")
_OF_LOAD: Charts = (
    ("vus", "Virtual users"),
    ("transfer", "Transfer"),
)
_OF_MACHINE: Charts = (
    ("generator", "Load generator"),
    ("network", "Network"),
    ("disk", "Disk"),
    ("device_busy", "Disk utilisation"),
    ("device_wait", "Disk wait"),
)

LIVE_POINTS, ENDED_POINTS = 1199, 600
"""A chart is a few hundred pixels wide; a live one has room for one point more until it is thinned."""
MAX_NAME_LENGTH = 200
MAX_MARKS = 50
_MARKED_TYPES = frozenset({"stop", "stale", "seen", "given_up"})
_MARKED_STATES = frozenset({RunState.RUNNING.value, RunState.COLLECTING.value})


def chart_scenarios(run: RunView) -> list[dict[str, str]]:
    """All scenarios in the order of the plan, which gives each its colour."""
    return [
        {"key": scenario["key"], "name": scenario.get("name", scenario["key"])[:MAX_NAME_LENGTH]}
        for scenario in run.scenarios
    ]


def more_charts(run: RunView) -> Charts:
    """Those of second weight; a single scenario needs none of its own beside the whole run."""
    # Of what another tool carries out nobody samples the machine.
    of_load = _OF_LOAD if run.kind is RunKind.PUSH else (*_OF_LOAD, *_OF_MACHINE)
    return (_DISTRIBUTION, *(_OF_SCENARIOS if len(run.scenarios) > 1 else ()), *of_load)


def chart_marks(events: Iterable[RunEventView]) -> list[dict[str, Any]]:
    """What happened that may explain a figure: start, end, stops, silence."""
    marked = [
        {"at": event.at.isoformat(), "text": event.message[:MAX_NAME_LENGTH]}
        for event in events
        if event.type in _MARKED_TYPES or event.to_state in _MARKED_STATES
    ]
    return marked[:MAX_MARKS]
