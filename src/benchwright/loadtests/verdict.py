"""Verdicts on a run's exact figures: one for each target, one for the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from benchwright.loadtests.plan import Plan
from benchwright.loadtests.summary import Summary
from benchwright.loadtests.targets import k6_stat
from benchwright.metrics.rules import METHOD as AUTO_STOP_METHOD
from benchwright.metrics.rules import METHOD_VERSION as AUTO_STOP_VERSION
from benchwright.runs.workload import Judgement

TARGET_METHOD, TARGET_VERSION = "k6-summary", "1"
"""A figure of k6's summary is compared with the target; equal is met, unmeasured is unknown."""
THRESHOLD_METHOD, THRESHOLD_VERSION = "k6-threshold", "1"
"""k6's own answer about a threshold of the user's script."""
SCRIPT_METHOD, SCRIPT_VERSION = "k6-exit", "1"
"""The script itself marked its test as failed."""
RUN_METHOD, RUN_VERSION = "all-targets", "1"
"""Missed if one target was missed, else unknown if one is unknown, else met."""

MARKED_AS_FAILED_EXIT = 110

Answer = Literal["met", "missed", "unknown"]


@dataclass(frozen=True)
class Target:
    """One figure that must not lie on the wrong side of a limit."""

    subject: str
    benchmark: str
    metric: str
    stat: str
    operator: Literal["<=", ">="]
    threshold: float
    unit: str
    name: str


@dataclass(frozen=True)
class Ending:
    """How the run came to its end, as far as verdicts depend on it."""

    exit_code: int | None = None
    stop_reason: str | None = None
    auto_stop: Mapping[str, Any] | None = field(default=None)

    @property
    def cut_short(self) -> str | None:
        """Why the figures are not those of the whole plan, if they are not."""
        if self.stop_reason is not None:
            return "the run was stopped before its planned end"
        if self.exit_code not in (None, 0, 99, MARKED_AS_FAILED_EXIT):
            return f"k6 ended early with exit code {self.exit_code}"
        return None


def targets_of(plan: Plan) -> list[Target]:
    """All targets of a plan."""
    targets = []
    for index, scenario in enumerate(plan.scenarios):
        key = plan.scenario_key(index)
        response, error_rate = scenario.targets.response_time, scenario.targets.error_rate
        if response is not None:
            targets.append(
                Target(
                    f"{key}/response_time", key, "http_req_duration", response.stat, "<=",
                    response.ms, "ms", scenario.name,
                )
            )  # fmt: skip
        if error_rate is not None:
            targets.append(
                Target(
                    f"{key}/error_rate", key, "http_req_failed", "rate", "<=", error_rate,
                    "ratio", scenario.name,
                )
            )  # fmt: skip
    if plan.target_tps is not None:
        targets.append(
            Target("target_tps", "", "http_reqs", "rate", ">=", plan.target_tps, "requests/s", "")
        )
    return targets


def judge(targets: Iterable[Target], summary: Summary | None, ending: Ending) -> list[Judgement]:
    """The verdicts on a generated script's targets, that of the run last; none without targets."""
    judgements = [_judge_target(target, summary, ending) for target in targets]
    return _conclude([*judgements, *_judge_ending(ending)])


def judge_thresholds(summary: Summary | None, ending: Ending) -> list[Judgement]:
    """The verdicts on the thresholds of a user's own script, that of the run last."""
    judgements = []
    for name, metric in summary.metrics.items() if summary is not None else ():
        for expression, ok in metric.thresholds.items():
            reason = ending.cut_short if ok else None
            judgements.append(
                Judgement(
                    f"threshold/{name}/{expression}"[:500],
                    "missed" if not ok else "unknown" if reason else "met",
                    THRESHOLD_METHOD,
                    THRESHOLD_VERSION,
                    {
                        "metric": name, "threshold": expression, "values": dict(metric.values),
                        **_because(reason),
                    },
                )
            )  # fmt: skip
    return _conclude([*judgements, *_judge_ending(ending)])


def _judge_target(target: Target, summary: Summary | None, ending: Ending) -> Judgement:
    selector = f"{{scenario:{target.benchmark}}}" if target.benchmark else ""
    value = n = None
    unmeasured = "k6 left no such figure"
    if summary is not None:
        value = summary.value(f"{target.metric}{selector}", k6_stat(target.stat))
        n = summary.value(f"http_reqs{selector}", "count")
        if target.metric != "http_req_failed" and summary.got_no_answer(selector):
            value = None
            unmeasured = "no request was answered"
    answer, reason = _answer(target, value, n, unmeasured, ending)
    inputs = {
        "benchmark": target.benchmark,
        "scenario": target.name,
        "metric": target.metric,
        "stat": target.stat,
        "operator": target.operator,
        "threshold": target.threshold,
        "unit": target.unit,
        "value": value if n else None,
        "n": None if n is None else int(n),
        **_because(reason),
    }
    return Judgement(target.subject, answer, TARGET_METHOD, TARGET_VERSION, inputs)


def _answer(
    target: Target, value: float | None, n: float | None, unmeasured: str, ending: Ending
) -> tuple[Answer, str | None]:
    if n == 0:
        return "unknown", "no request was sent"
    if value is None or n is None:
        return "unknown", unmeasured
    met = value <= target.threshold if target.operator == "<=" else value >= target.threshold
    if not met:
        return "missed", None
    return ("unknown", ending.cut_short) if ending.cut_short else ("met", None)


def _judge_ending(ending: Ending) -> list[Judgement]:
    judgements = []
    if ending.auto_stop is not None:
        inputs = dict(ending.auto_stop)
        method = str(inputs.pop("method", AUTO_STOP_METHOD))
        version = str(inputs.pop("method_version", AUTO_STOP_VERSION))
        judgements.append(Judgement("auto_stop", "missed", method, version, inputs))
    if ending.exit_code == MARKED_AS_FAILED_EXIT:
        code = {"exit_code": MARKED_AS_FAILED_EXIT}
        judgements.append(Judgement("script", "missed", SCRIPT_METHOD, SCRIPT_VERSION, code))
    return judgements


def _conclude(judgements: Sequence[Judgement]) -> list[Judgement]:
    if not judgements:
        return []
    answers = [judgement.judgement for judgement in judgements]
    answer: Answer = (
        "missed" if "missed" in answers else "unknown" if "unknown" in answers else "met"
    )
    inputs = {known: answers.count(known) for known in ("met", "missed", "unknown")}
    return [*judgements, Judgement("run", answer, RUN_METHOD, RUN_VERSION, inputs)]


def _because(reason: str | None) -> dict[str, str]:
    return {"reason": reason} if reason else {}
