from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.loadtests.summary import SummaryProblem, read_summary, results_of, stat_name
from tests.loadtests.conftest import RunPlan, RunScript
from tests.loadtests.echo import EchoServer

OWN = """
import http from "k6/http"; import {Trend, Counter, Rate, Gauge} from "k6/metrics"; import {check} from "k6";
const t = new Trend("waited", true), p = new Trend("plain"), c = new Counter("things"),
  r = new Rate("lucky"), g = new Gauge("depth"), unused = new Trend("unused");
export const options = {iterations: 20, vus: 2, summaryTrendStats: ["avg", "p(99.9)", "count", "max"],
  thresholds: {http_req_duration: ["p(95)<0.0001", "max<100000"], http_req_failed: ["rate<0.5"],
    "lucky{a:b}": ["rate>0.1"], checks: ["rate>0.9"]}};
export default function () {
  check(http.get(__ENV.TARGET), {ok: true, no: false});
  t.add(5.5); p.add(3); c.add(2); r.add(true, {a: "b"}); r.add(false); g.add(7);
}
"""


def keyed(results: Any) -> dict[tuple[str, str, str], float]:
    found = {(r.benchmark, r.metric, r.stat): r.value for r in results}
    assert len(found) == len(results)
    return found


def test_every_figure_of_a_generated_script_is_that_of_k6(run_plan: RunPlan) -> None:
    ended = run_plan(
        {"iterations": 30, "path": "/a", "targets": {"response_time": {"stat": "p99.9", "ms": 9999}}},
        {"iterations": 5, "path": "/status/500", "checks": [{"status": 200}]},
        {"path": "/c"},
    )  # fmt: skip
    results = keyed(results_of(read_summary(ended.summary), {"s1", "s2", "s3"}))
    expected = {}
    for name, metric in ended.metrics.items():
        base, _, selector = name.partition("{")
        if base == "benchwright_checks" or (selector and not selector.startswith("scenario:")):
            continue
        key = selector.removeprefix("scenario:").rstrip("}")
        for stat, value in metric["values"].items():
            shown = stat.replace("(", "").replace(")", "")
            if base == "http_req_failed" and stat == "passes":
                shown = "count"
            expected[key, base, shown] = value
    assert results == expected
    assert results["", "http_reqs", "count"] == 36
    assert results["s1", "http_req_duration", "p99.9"] > 0
    assert results["s2", "http_req_failed", "rate"] == 1
    assert results["s2", "http_req_failed", "count"] == 5
    assert results["s2", "checks", "fails"] == 5


def test_units_and_directions(run_plan: RunPlan) -> None:
    results = results_of(read_summary(run_plan({"checks": [{"status": 200}]}).summary), {"s1"})
    said = {(r.metric, r.stat): (r.unit, r.better) for r in results}
    assert said["http_req_duration", "p95"] == ("ms", "lower")
    assert said["http_reqs", "count"] == ("requests", "none")
    assert said["http_reqs", "rate"] == ("requests/s", "higher")
    assert said["http_req_failed", "rate"] == ("ratio", "lower")
    assert said["checks", "rate"] == ("ratio", "higher")
    assert said["checks", "passes"] == ("checks", "none")
    assert said["data_received", "count"] == ("bytes", "none")
    assert said["data_received", "rate"] == ("bytes/s", "none")
    assert said["dropped_iterations", "count"] == ("iterations", "lower")


def test_a_scenario_that_sent_nothing_has_no_response_time(run_plan: RunPlan) -> None:
    ended = run_plan({}, {"path": "/late"})
    document = json.loads(ended.summary)
    document["metrics"]["http_reqs{scenario:s2}"]["values"]["count"] = 0
    results = keyed(results_of(read_summary(json.dumps(document).encode()), {"s1", "s2"}))
    assert ("s1", "http_req_duration", "p95") in results
    assert ("s2", "http_req_duration", "p95") not in results
    assert ("s2", "http_req_failed", "rate") not in results
    assert results["s2", "http_reqs", "count"] == 0


def test_requests_that_were_refused_have_no_response_time(
    run_plan: RunPlan, unused_port: int
) -> None:
    ended = run_plan({"iterations": 3}, base_url=f"http://127.0.0.1:{unused_port}")
    summary = read_summary(ended.summary)
    assert summary.value("http_req_duration", "p(95)") == 0, "that is what k6 says"
    results = keyed(results_of(summary, {"s1"}))
    assert not [key for key in results if key[1] == "http_req_duration"]
    for benchmark in ("", "s1"):
        assert results[benchmark, "http_reqs", "count"] == 3
        assert results[benchmark, "http_req_failed", "rate"] == 1


def test_every_figure_of_an_own_script_is_that_of_k6(
    run_script: RunScript, echo: EchoServer
) -> None:
    ended = run_script(OWN, own=True, TARGET=echo.url)
    assert ended.exit_code == 99
    summary = read_summary(ended.summary)
    results = keyed(results_of(summary))
    expected = {}
    for name, figures in ended.metrics.items():
        base, _, selector = name.partition("{")
        for stat, value in figures.items():
            if stat == "thresholds":
                continue
            shown = stat_name("rate" if stat == "value" and "passes" in figures else stat)
            if base == "http_req_failed" and shown == "passes":
                shown = "count"
            expected[selector.rstrip("}"), base, shown] = value
    assert results == expected
    assert results["a:b", "lucky", "rate"] == 1
    assert results["", "plain", "p99.9"] == 3
    assert results["", "things", "count"] == 40
    assert results["", "depth", "value"] == 7
    assert results["expected_response:true", "http_req_duration", "count"] == 20
    held = {
        (name, expression): ok
        for name, metric in summary.metrics.items()
        for expression, ok in metric.thresholds.items()
    }
    assert held == {
        ("http_req_duration", "p(95)<0.0001"): False,
        ("http_req_duration", "max<100000"): True,
        ("http_req_failed", "rate<0.5"): True,
        ("lucky{a:b}", "rate>0.1"): True,
        ("checks", "rate>0.9"): False,
    }


def test_both_shapes_of_one_run_say_the_same(run_script: RunScript, echo: EchoServer) -> None:
    script = OWN + "export function handleSummary(data) { return {stdout: JSON.stringify(data)} }"
    ended = run_script(script, own=True, TARGET=echo.url)
    exported, handled = read_summary(ended.summary), read_summary(ended.output.encode())
    assert keyed(results_of(exported)) == keyed(results_of(handled))
    thresholds = [
        {name: dict(metric.thresholds) for name, metric in summary.metrics.items()}
        for summary in (exported, handled)
    ]
    assert thresholds[0] == thresholds[1]
    assert handled.duration_s is not None


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"{}", b'{"metrics": []}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_summary_is_a_problem(raw: bytes) -> None:
    with pytest.raises(SummaryProblem):
        read_summary(raw)


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANY = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["values", "thresholds", "type", "count", "rate", "p(95)", "passes", "fails", "ok", "value"])
        | st.text(max_size=8),
        inner,
        max_size=5,
    ),
    max_leaves=15,
)  # fmt: skip
NAMES = st.sampled_from(
    ["http_reqs", "http_req_failed", "http_reqs{scenario:s1}", "x{", "checks{a:b}"]
)


@given(st.dictionaries(NAMES | st.text(max_size=8), ANY, max_size=5), ANY)
def test_no_summary_breaks_the_reader(metrics: dict[str, Any], state: Any) -> None:
    raw = json.dumps({"metrics": metrics, "state": state}).encode()
    summary = read_summary(raw)
    for keys in (None, {"s1"}):
        for result in results_of(summary, keys):
            assert abs(result.value) < float("inf")


FIGURES = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.dictionaries(
        st.sampled_from(["avg", "min", "med", "max", "p(90)", "p(99.99)"]), FIGURES, min_size=1
    ),
    FIGURES,
    st.integers(0, 10**9),
)
def test_figures_survive_unchanged(trend: dict[str, float], rate: float, count: int) -> None:
    metrics = {
        "http_req_duration{scenario:s1}": {"type": "trend", "contains": "time", "values": trend},
        "http_reqs": {"type": "counter", "values": {"count": count, "rate": rate}},
    }
    results = keyed(results_of(read_summary(json.dumps({"metrics": metrics}).encode()), {"s1"}))
    assert results == {
        **{("s1", "http_req_duration", stat_name(stat)): value for stat, value in trend.items()},
        ("", "http_reqs", "count"): count,
        ("", "http_reqs", "rate"): rate,
    }
