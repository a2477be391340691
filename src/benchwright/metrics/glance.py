"""What a list shows of a run that is under way: its figures of the last seconds."""

from __future__ import annotations

import json
from typing import NamedTuple
from uuid import UUID

from benchwright.metrics.live import LiveRegistry

SECONDS = 5
"""Over fewer the rate would dance, over more it would lag behind."""


class Glance(NamedTuple):
    """The figures of the last seconds."""

    requests_per_s: float | None
    response_time_p95_ms: float | None
    error_rate: float | None


def glance(live: LiveRegistry, run_id: UUID) -> Glance | None:
    """The newest figures of a run; none before the first push and after the end.

    The percentile is that of the last second with an answer: percentiles have no mean.
    """
    run = live.get(run_id)
    if run is None:
        return None
    points = [json.loads(point.data)["overall"] for point in run.points_since(0).points[-SECONDS:]]
    if not points:
        return None
    requests = sum(point["requests_per_s"] or 0 for point in points)
    failed = sum(point["failed_per_s"] or 0 for point in points)
    measured = [point["p95_ms"] for point in points if point["p95_ms"] is not None]
    return Glance(
        requests / len(points),
        measured[-1] if measured else None,
        failed / requests if requests else None,
    )
