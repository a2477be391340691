from __future__ import annotations

from benchwright.runs.headline import headline
from benchwright.runs.presentation import ResultIndex
from benchwright.web.figures import NO_BREAK as N
from tests.runs.views import result


def test_the_headline_is_blank_until_there_are_results() -> None:
    shown = headline(ResultIndex([]))
    assert [figure.id for figure in shown] == [
        "requests", "p50", "p95", "p99", "errors", "vus", "received", "sent",
    ]  # fmt: skip
    assert {figure.value for figure in shown} == {"–"}


def test_the_headline_shows_exact_figures() -> None:
    index = ResultIndex(
        [
            result("", "http_reqs", "count", 2412, "requests"),
            result("", "http_reqs", "rate", 80.4, "requests/s"),
            result("", "http_req_duration", "p95", 181.7, "ms"),
            result("", "http_req_failed", "rate", 0.5, "ratio"),
            result("", "http_req_failed", "count", 1206, "requests"),
        ]
    )
    shown = {figure.id: figure for figure in headline(index)}
    assert (shown["requests"].value, shown["requests"].note) == ("80.4", "2,412 in all")
    assert shown["p95"].value == f"182{N}ms"
    assert shown["p99"].value == "–"
    assert (shown["errors"].value, shown["errors"].note) == (f"50.0{N}%", "1,206 of 2,412")
    assert shown["errors"].tone == "bad"


def test_what_changed_since_the_run_before_stands_beside() -> None:
    index = ResultIndex(
        [
            result("", "http_reqs", "rate", 110, "requests/s"),
            result("", "http_req_duration", "p95", 120, "ms"),
            result("", "http_req_failed", "rate", 0.02, "ratio"),
            result("", "data_received", "rate", 500, "bytes/s"),
        ]
    )
    before = {
        ("http_reqs", "rate"): 100.0,
        ("http_req_duration", "p95"): 100.0,
        ("http_req_failed", "rate"): 0.01,
        ("data_received", "rate"): 250.0,
    }
    deltas = {figure.id: figure.delta for figure in headline(index, before)}
    assert deltas["requests"] == (f"+10{N}%", "good")
    assert deltas["p95"] == (f"+20{N}%", "bad")
    assert deltas["errors"] == (f"+1.0{N}pp", "bad")
    assert deltas["received"] == (f"+100{N}%", "")
    assert deltas["p99"] is None
    other = {f.id: f.delta for f in headline(index, before, same_workload=False)}
    assert other["p95"] == (f"+20{N}%", "")


def test_both_ways_of_transfer_are_shown() -> None:
    index = ResultIndex(
        [
            result("", "data_sent", "rate", 1500, "bytes/s"),
            result("", "data_sent", "count", 45_000, "bytes"),
        ]
    )
    sent = next(figure for figure in headline(index) if figure.id == "sent")
    assert (sent.value, sent.note) == (f"1.50{N}kB/s", f"45.0{N}kB in all")
