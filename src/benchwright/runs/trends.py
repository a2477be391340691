"""How the scenarios of an ended run went over time, in few points."""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from benchwright.lab import Lab
from benchwright.metrics import service as metrics
from benchwright.metrics.schemas import Timeline
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.scenario_table import ScenarioRow, Trend

POINTS = 48
HELD_RUNS = 64

_held: OrderedDict[uuid.UUID, Mapping[str, Trend]] = OrderedDict()
_lock = threading.Lock()


def add_trends(lab: Lab, run: Run, rows: Sequence[ScenarioRow]) -> None:
    """Gives each row its p95 over time; series of an ended run are read once."""
    with _lock:
        trends = _held.get(run.public_id)
    if trends is None:
        timeline = ended_timeline(lab, run)
        trends = {key: columns["p95_ms"] for key, columns in timeline.scenarios.items()}
        # A run that was just over may still be writing its series.
        if lab.live.get(run.public_id) is None:
            with _lock:
                _held[run.public_id] = trends
                while len(_held) > HELD_RUNS:
                    _held.popitem(last=False)
    for row in rows:
        row.trend = trends.get(row.key, [])


def ended_timeline(lab: Lab, run: Run) -> Timeline:
    """The series in few points: all there is of a run that left no exact figures."""
    folder = RunFolder.of(lab.settings.data_dir, run.public_id).root
    return metrics.get_timeline(lab.live, run.public_id, folder, points=POINTS)
