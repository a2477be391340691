from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from benchwright.commands.watching import LINE_EVERY_S, LineView, Sight, TerminalView, view_on


def progress(elapsed_s: float) -> dict[str, float]:
    return {"percent": elapsed_s * 10, "elapsed_s": elapsed_s, "remaining_s": 10 - elapsed_s}


def state(name: str, elapsed_s: float = 0.0, **more: Any) -> dict[str, Any]:
    scenarios = [{"key": "s1", "name": "[bold]one"}, {"key": "s2", "name": "two"}]
    return {
        "state": name,
        "reason": "because",
        "progress": progress(elapsed_s),
        "scenarios": scenarios,
        **more,
    }


def figures(rate: float, failed: float) -> dict[str, float | None]:
    return {
        "requests_per_s": rate,
        "failed_per_s": failed,
        "p50_ms": 12.0,
        "p95_ms": 80.0,
        "p99_ms": None,
    }


def metrics() -> dict[str, Any]:
    point = {
        "time_ms": 1000,
        "overall": figures(200, 4),
        "scenarios": {"s1": figures(150, 4)},
        "totals": {"requests": 1234, "failed": 5},
        "gauges": {"vus": 7},
    }
    return {"points": [point]}


def seen() -> Sight:
    sight = Sight()
    sight.take("state", state("running"))
    sight.take("progress", progress(4))
    sight.take("metrics", metrics())
    return sight


def test_lines_come_with_each_state_and_now_and_then_between() -> None:
    now = 100.0
    out = io.StringIO()
    view = LineView(Console(file=out, width=200), clock=lambda: now)
    sight = Sight()
    for name in ("queued", "launching", "running"):
        sight.take("state", state(name))
        view.show(sight)
    sight = seen()
    view.show(sight)
    now += LINE_EVERY_S
    view.show(sight)
    view.show(sight)
    lines = out.getvalue().splitlines()
    assert [line.split(" ", 1)[1].split(" | ")[0] for line in lines] == [
        "waits for its turn",
        "starts",
        "runs",
        "runs",
    ]
    assert lines[-1] == (
        "0:04 runs | requests/s 200 | p50 12.0 ms | p95 80.0 ms | p99 – | errors 2.00 % | VUs 7"
        " | 0:06 left"
    )


def test_a_terminal_shows_bar_and_figures_and_takes_names_as_they_are() -> None:
    out = io.StringIO()
    console = Console(file=out, width=120, force_terminal=True, color_system=None)
    with view_on(console, "My [red]test") as view:
        assert isinstance(view, TerminalView)
        view.show(seen())
    text = out.getvalue()
    for part in ("My [red]test", "[bold]one", "two", "40 %", "0:06 left", "1 234 requests", "150"):
        assert part in text, part


def test_without_a_length_no_percentage_is_made_up() -> None:
    sight = seen()
    sight.take("progress", {"percent": None, "elapsed_s": 3.0, "remaining_s": None})
    out = io.StringIO()
    console = Console(file=out, width=120, force_terminal=True, color_system=None)
    with view_on(console, "x") as view:
        view.show(sight)
    assert "0:03 gone" in out.getvalue()
    assert "0 %  " not in out.getvalue()


def test_a_stop_that_was_asked_for_is_said() -> None:
    sight = seen()
    sight.take("state", state("running", stop_reason="user"))
    assert sight.words == "stops"
    sight.take("state", state("collecting", stop_reason="user"))
    assert sight.words == "collects its results"
