"""The large figures at the head of a run's page, and how they differ from the run before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from benchwright.runs.deltas import Delta, points_of_change, share_of_change
from benchwright.runs.presentation import ResultIndex
from benchwright.web import figures

Values = Mapping[tuple[str, str], float]
"""The scalars of a whole run by metric and stat."""


class Headline(NamedTuple):
    """One of the large figures; `id` is how the live page finds it."""

    id: str
    name: str
    value: str = figures.MISSING
    note: str = ""
    tone: str = ""
    delta: Delta | None = None


BLANKS = (
    Headline("requests", "Requests/s"),
    Headline("p50", "p50"),
    Headline("p95", "p95"),
    Headline("p99", "p99"),
    Headline("errors", "Errors"),
    Headline("vus", "Virtual users"),
    Headline("received", "Received"),
    Headline("sent", "Sent"),
)


def headline(
    results: ResultIndex, before: Values | None = None, *, same_workload: bool = True
) -> list[Headline]:
    """Exact figures of an ended run, blanks for the live page otherwise.

    What changed since the run `before` is good or bad only if both were told to do the same.
    """
    if not results.count:
        return list(BLANKS)
    requests = results.get("", "http_reqs", "count")
    failed = results.get("", "http_req_failed", "count")
    error_rate = results.get("", "http_req_failed", "rate")
    active, prepared = (results.get("", name, "max") for name in ("vus", "vus_max"))
    of_all = f"{figures.count(failed)} of {figures.count(requests)}" if failed is not None else ""
    shown = [
        Headline(
            "requests", "Requests/s", figures.rate(results.get("", "http_reqs", "rate")),
            f"{figures.count(requests)} in all" if requests is not None else "",
        ),
        *(_response_time(results, name, stat)
          for name, stat in (("p50", "med"), ("p95", "p95"), ("p99", "p99"))),
        Headline(
            "errors", "Errors", figures.share(error_rate), of_all, "bad" if error_rate else ""
        ),
        Headline("vus", "Virtual users", figures.count(active), _busy_of(prepared)),
        _transfer(results, "received", "Received"),
        _transfer(results, "sent", "Sent"),
    ]  # fmt: skip
    if before is None:
        return shown
    return [
        figure._replace(delta=_delta(figure.id, results, before, same_workload=same_workload))
        for figure in shown
    ]


def _response_time(results: ResultIndex, name: str, stat: str) -> Headline:
    value = results.get("", "http_req_duration", stat)
    note = "response time" if value is not None else ""
    return Headline(name, name, figures.milliseconds(value), note)


def _transfer(results: ResultIndex, way: str, name: str) -> Headline:
    amount = results.get("", f"data_{way}", "count")
    rate = figures.figure(results.get("", f"data_{way}", "rate"), "bytes/s")
    return Headline(way, name, rate, f"{figures.size(amount)} in all" if amount else "")


def _busy_of(prepared: float | None) -> str:
    """k6 looks once a second how many are busy: with quick answers it may never see one."""
    return f"peak, of {figures.count(prepared)}" if prepared is not None else ""


_SOURCES = {
    "requests": ("http_reqs", "rate"),
    "p50": ("http_req_duration", "med"),
    "p95": ("http_req_duration", "p95"),
    "p99": ("http_req_duration", "p99"),
    "errors": ("http_req_failed", "rate"),
    "received": ("data_received", "rate"),
    "sent": ("data_sent", "rate"),
}


def _delta(
    figure: str, results: ResultIndex, before: Values, *, same_workload: bool
) -> Delta | None:
    source = _SOURCES.get(figure)
    if source is None:
        return None
    value, earlier = results.get("", *source), before.get(source)
    if figure == "errors":
        delta = points_of_change(value, earlier)
    else:
        is_time = source[0] == "http_req_duration"
        delta = share_of_change(value, earlier, lower_is_better=is_time)
    # How much was transferred is neither good nor bad.
    if delta is not None and (not same_workload or figure in ("received", "sent")):
        return delta._replace(tone="")
    return delta
