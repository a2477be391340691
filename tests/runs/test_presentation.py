from __future__ import annotations

from benchwright.runs.presentation import ResultIndex
from tests.runs.views import result


def test_results_stand_in_the_order_of_interest() -> None:
    index = ResultIndex(
        [
            result("s1", "custom", "value", 1),
            result("", "vus", "max", 3, "vus"),
            result("", "http_reqs", "count", 10, "requests"),
            result("", "http_req_failed", "fails", 10),
            result("", "iteration_duration", "avg", 12, "ms"),
            result("", "http_req_duration", "avg", 11, "ms"),
            result("", "http_req_duration", "p99.9", 14, "ms"),
            result("gone", "x", "value", 1),
        ]
    )
    whole, first, gone = index.scopes({"s1": "first"})
    assert [whole.name, first.name, gone.name] == ["Whole run", "first", "gone"]
    assert [row.metric for row in whole.trends] == ["http_req_duration", "iteration_duration"]
    assert whole.stats == ["avg", "p99.9"]
    assert [row.metric for row in whole.others] == ["http_reqs", "vus"]
