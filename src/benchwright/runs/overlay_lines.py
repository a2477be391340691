"""Runs that are laid over each other as a page shows them: a table, names for lines, remarks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from benchwright.runs.comparison import FigureChange
from benchwright.runs.deltas import Delta, points_of_change, share_of_change
from benchwright.runs.overlay import OverlaidRun, Overlay
from benchwright.runs.schemas import RunSummary
from benchwright.web import figures
from benchwright.web.rendering import Url
from benchwright.web.words import doubts_text

HEADS = ("Requests/s", "p50", "p95", "p99", "Errors", "Requests")
"""What `overlay.FIGURES` are called in the table."""
CHARTS = (
    ("overlay_p95", "Response time, p95"),
    ("overlay_requests", "Requests per second"),
    ("overlay_p50", "Response time, p50"),
    ("overlay_failed", "Failed requests per second"),
)
"""Kind (`js/chart-kinds.js`) and title."""
MAX_LABEL = 24


class Cell(NamedTuple):
    """A figure of a run, and how it differs from that of the first one."""

    name: str
    text: str
    delta: Delta | None


class Line(NamedTuple):
    """A run in the table; the addresses leave it out, or measure the others by it."""

    one: OverlaidRun
    cells: list[Cell]
    without: str | None
    as_first: str | None


def overlay_context(
    url: Url, slug: str, overlay: Overlay, names: Sequence[str] = ()
) -> dict[str, Any]:
    """What the part of a page needs that shows runs laid over each other.

    `names` are those of the lines where the page calls the runs by names of its own.
    """
    runs = [one.run for one in overlay.runs]
    ids = [run.public_id for run in runs]
    return {
        "overlay_lines": [
            Line(
                one,
                list(_cells(one, is_first=place == 0)),
                overlay_address(url, slug, ids[:place] + ids[place + 1 :]) if place else None,
                overlay_address(url, slug, [ids[place], *ids[:place], *ids[place + 1 :]])
                if place
                else None,
            )
            for place, one in enumerate(overlay.runs)
        ],
        "overlay_heads": HEADS,
        "overlay_charts": CHARTS,
        "overlay_names": [
            {"key": f"r{place}", "name": label} for place, label in enumerate(names or labels(runs))
        ],
        "overlay_is_live": any(not run.state.is_final for run in runs),
        "overlay_remarks": list(_remarks(overlay)),
        "overlay_source": url("/api/v1/runs", ids[0], "overlay", **{"with": _joined(ids)}),
        "overlay_address": overlay_address(url, slug, ids),
        "overlay_json": url("/p", slug, "runs", ids[0], "overlay.json", **{"with": _joined(ids)}),
    }


def overlay_address(url: Url, slug: str, ids: Sequence[uuid.UUID]) -> str:
    """The page of these runs, the first of which the others are measured by."""
    return url("/p", slug, "runs", ids[0], "overlay", **{"with": _joined(ids)})


def _joined(ids: Sequence[uuid.UUID]) -> str:
    return ",".join(map(str, ids[1:]))


def labels(runs: Sequence[RunSummary]) -> list[str]:
    """A short name for each run's line: its number, and its name or else when it was."""
    are_alike = len({run.name for run in runs}) == 1
    return [
        f"{place} · {figures.clock(run.started_at or run.created_at)[5:16]}"
        if are_alike
        else f"{place} · {run.name[:MAX_LABEL]}"
        for place, run in enumerate(runs, 1)
    ]


def _cells(one: OverlaidRun, *, is_first: bool) -> Iterator[Cell]:
    for name, change in zip(HEADS, one.figures, strict=True):
        delta = None if is_first else _delta(change)
        if delta is not None and not one.same_workload:
            delta = delta._replace(tone="")
        yield Cell(name, figures.figure(change.this, change.unit), delta)


def _delta(change: FigureChange) -> Delta | None:
    if change.unit == "ratio":
        return points_of_change(change.this, change.other)
    delta = share_of_change(change.this, change.other, lower_is_better=change.better == "lower")
    return delta._replace(tone="") if delta and change.better == "none" else delta


def _remarks(overlay: Overlay) -> Iterator[str]:
    """What one must know before one believes a difference."""
    first, *others = overlay.runs
    if any(not one.same_workload for one in others):
        yield "Not all of them were told to do the same: differences to the first may come from that."
    for place, one in enumerate(overlay.runs, 1):
        run = one.run
        if not run.state.is_final:
            yield f"Run {place} is under way: its final figures come when it has ended."
        elif all(change.this is None for change in one.figures):
            yield f"Run {place} left no final figures."
        if run.doubts:
            yield f"Run {place}: {doubts_text(run.doubts)}."
    if others and not first.run.started_at:
        yield "The first run has not started: there is nothing to measure the others by."
