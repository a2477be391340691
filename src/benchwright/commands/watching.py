"""Shows a run while it goes on: in place on a terminal, as lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from benchwright.commands.figures_text import (
    MISSING,
    clock_text,
    count_text,
    milliseconds_text,
    rate_text,
    ratio_text,
)

LINE_EVERY_S = 5.0
MAX_SCENARIOS_SHOWN = 12

_STATE_WORDS = {
    "queued": "waits for its turn",
    "launching": "starts",
    "running": "runs",
    "collecting": "collects its results",
}


@dataclass
class Sight:
    """What is known of a run from its events so far."""

    state: str = "queued"
    reason: str = ""
    elapsed_s: float = 0.0
    remaining_s: float | None = None
    percent: float | None = None
    stopping: bool = False
    names: dict[str, str] = field(default_factory=dict)
    overall: Mapping[str, Any] = field(default_factory=dict)
    scenarios: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gauges: Mapping[str, Any] = field(default_factory=dict)
    totals: Mapping[str, Any] = field(default_factory=dict)

    def take(self, event: str, data: Mapping[str, Any]) -> None:
        """Learns from an event of the run's stream."""
        if event == "state":
            self.state, self.reason = data["state"], data["reason"]
            self.stopping = self.stopping or data.get("stop_reason") is not None
            self.names = {s["key"]: s["name"] for s in data.get("scenarios", [])}
            self._take_progress(data["progress"])
        elif event == "progress":
            self._take_progress(data)
        elif event == "metrics" and data["points"]:
            point = data["points"][-1]
            self.overall, self.scenarios = point["overall"], point["scenarios"]
            self.totals = point["totals"]
            # A second without a new value of a gauge leaves it as it was.
            known = {name: value for name, value in point["gauges"].items() if value is not None}
            self.gauges = {**self.gauges, **known}

    def _take_progress(self, progress: Mapping[str, Any]) -> None:
        self.elapsed_s = progress["elapsed_s"]
        self.remaining_s, self.percent = progress["remaining_s"], progress["percent"]

    @property
    def has_figures(self) -> bool:
        """Whether the load generator has sent any."""
        return self.overall.get("requests_per_s") is not None

    @property
    def words(self) -> str:
        """What the run does now."""
        if self.stopping and self.state in {"launching", "running"}:
            return "stops"
        return _STATE_WORDS.get(self.state, self.state.replace("_", " "))


class View(Protocol):
    """Where a run is shown."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *failure: object) -> None: ...

    def show(self, sight: Sight) -> None: ...


def view_on(console: Console, title: str) -> View:
    """The view that suits the console."""
    return TerminalView(console, title) if console.is_terminal else LineView(console)


class LineView:
    """A line whenever the state changes, and every few seconds between."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._last_words = ""
        self._last_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        return

    def show(self, sight: Sight) -> None:
        """Writes a line if one is due."""
        due = self._clock() - self._last_at >= LINE_EVERY_S and sight.state == "running"
        if sight.words == self._last_words and not due:
            return
        self._last_words, self._last_at = sight.words, self._clock()
        parts = [f"{clock_text(sight.elapsed_s)} {sight.words}"]
        if sight.has_figures and sight.state == "running":
            parts += [f"{name} {value}" for name, value in _headline(sight)]
        if sight.remaining_s and sight.state == "running":
            parts.append(f"{clock_text(sight.remaining_s)} left")
        self._console.print(Text(" | ".join(parts)), soft_wrap=True)


class TerminalView:
    """A bar with the time that remains, and the figures of the last second."""

    def __init__(self, console: Console, title: str) -> None:
        self._title = title
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._live.stop()

    def show(self, sight: Sight) -> None:
        """Draws the run anew."""
        self._live.update(self._render(sight), refresh=True)

    def _render(self, sight: Sight) -> RenderableType:
        bar = Table.grid(padding=(0, 2))
        left = MISSING if sight.remaining_s is None else f"{clock_text(sight.remaining_s)} left"
        bar.add_row(
            ProgressBar(total=100, completed=sight.percent or 0.0, width=40),
            "" if sight.percent is None else f"{sight.percent:.0f} %",
            f"{clock_text(sight.elapsed_s)} gone",
            left,
        )
        heading = Text.assemble((self._title, "bold"), "  ", (sight.words, "cyan"))
        parts: list[RenderableType] = [heading, bar]
        if sight.has_figures:
            parts += ["", _figures_table(sight)]
        return Group(*parts)


def _headline(sight: Sight) -> list[tuple[str, str]]:
    figures = sight.overall
    return [
        ("requests/s", rate_text(figures.get("requests_per_s"))),
        ("p50", milliseconds_text(figures.get("p50_ms"))),
        ("p95", milliseconds_text(figures.get("p95_ms"))),
        ("p99", milliseconds_text(figures.get("p99_ms"))),
        ("errors", _errors(figures)),
        ("VUs", count_text(sight.gauges.get("vus"))),
    ]


def _figures_table(sight: Sight) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("LAST SECOND", overflow="ellipsis", no_wrap=True, max_width=40)
    for title in ("REQUESTS/S", "P50", "P95", "P99", "ERRORS"):
        table.add_column(title, justify="right", no_wrap=True, min_width=9)
    shown = list(sight.names.items())[:MAX_SCENARIOS_SHOWN] if len(sight.names) > 1 else []
    for key, name in shown:
        table.add_row(Text(name), *_cells(sight.scenarios.get(key, {})))
    hidden = len(sight.names) - len(shown) if shown else 0
    label = f"all ({hidden} more)" if hidden else "all" if shown else "the scenario"
    table.add_row(Text(label, style="bold"), *_cells(sight.overall))
    table.caption = Text(
        f"{count_text(sight.totals.get('requests'))} requests so far,"
        f" {count_text(sight.totals.get('failed'))} failed,"
        f" {count_text(sight.gauges.get('vus'))} VUs",
        style="dim",
    )
    table.caption_justify = "left"
    return table


def _cells(figures: Mapping[str, Any]) -> list[str]:
    return [
        rate_text(figures.get("requests_per_s")),
        milliseconds_text(figures.get("p50_ms")),
        milliseconds_text(figures.get("p95_ms")),
        milliseconds_text(figures.get("p99_ms")),
        _errors(figures),
    ]


def _errors(figures: Mapping[str, Any]) -> str:
    requests, failed = figures.get("requests_per_s"), figures.get("failed_per_s")
    if not requests or failed is None:
        return MISSING
    return ratio_text(failed / requests)
