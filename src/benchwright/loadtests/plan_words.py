"""A plan in words, for those who do not read YAML.

What someone chose is told as it was chosen: it is not rounded as a measured figure is.
"""

from __future__ import annotations

from typing import NamedTuple

from benchwright.loadtests.form_values import percent_text
from benchwright.loadtests.plan import AutoStopRule, Plan
from benchwright.loadtests.scenarios import (
    ConstantArrivalRate,
    ConstantVus,
    PerVuIterations,
    RampingArrivalRate,
    RampingVus,
    Scenario,
    SharedIterations,
)
from benchwright.loadtests.targets import Targets
from benchwright.web.figures import NO_BREAK, count, duration

SHOWN_STAGES = 12
_METRICS = {"p50": "the median", "p95": "p95", "p99": "p99"}


class ScenarioWords(NamedTuple):
    """What one scenario does, and what is expected of it."""

    name: str
    load: str
    targets: str


def tell_plan(plan: Plan) -> list[ScenarioWords]:
    """A line for each scenario."""
    return [
        ScenarioWords(
            scenario.name,
            tell_load(scenario)
            + (f", from {duration(scenario.start_time)} on" if scenario.start_time else ""),
            ", ".join(tell_targets(scenario.targets)),
        )
        for scenario in plan.scenarios
    ]


def tell_load(scenario: Scenario, *, in_full: bool = False) -> str:
    """The load of a scenario: `20 requests/s for 30 s`; `in_full` names each stage and limit."""
    match scenario:
        case ConstantArrivalRate():
            return f"{_per_s(scenario.rate / scenario.time_unit)} for {duration(scenario.duration)}"
        case ConstantVus():
            return f"{_users(scenario.vus)} for {duration(scenario.duration)}"
        case SharedIterations() | PerVuIterations():
            how = "shared by" if isinstance(scenario, SharedIterations) else "by each of"
            text = f"{count(scenario.iterations)} requests {how} {_users(scenario.vus)}"
            return f"{text}, {duration(scenario.max_duration)} at most" if in_full else text
        case RampingArrivalRate():
            start, unit_s = scenario.start_rate / scenario.time_unit, scenario.time_unit
        case RampingVus():
            start, unit_s = scenario.start_vus, 1.0
    is_rate = isinstance(scenario, RampingArrivalRate)
    if in_full:
        steps = [
            f"to {_plain(stage.target / unit_s)} in {duration(stage.duration)}"
            for stage in scenario.stages[:SHOWN_STAGES]
        ]
        more = len(scenario.stages) - len(steps)
        unit = "requests/s" if is_rate else "virtual users"
        text = f"{unit} from {_plain(start)} {', then '.join(steps)}"
        return f"{text}, and {more} more stages" if more else text
    most = max(stage.target for stage in scenario.stages) / unit_s
    number = len(scenario.stages)
    stages = "1 stage" if number == 1 else f"{number} stages"
    length = duration(sum(stage.duration for stage in scenario.stages))
    return f"up to {_per_s(most) if is_rate else _users(most)} in {stages}, {length}"


def tell_targets(targets: Targets) -> list[str]:
    """Each target: `p95 ≤ 300 ms`."""
    words = []
    if targets.response_time is not None:
        words.append(f"{targets.response_time.stat} ≤ {_time(targets.response_time.ms)}")
    if targets.error_rate is not None:
        words.append(f"errors ≤ {_percent(targets.error_rate)}")
    return words


def tell_rule(rule: AutoStopRule) -> str:
    """When a run is stopped early: `p95 is above 2 s over 10 s`."""
    limit = (
        f"more than {_percent(rule.above)} of requests fail"
        if rule.metric == "error_rate"
        else f"{_METRICS[rule.metric]} is above {_time(rule.above)}"
    )
    where = f" in {rule.scenario}" if rule.scenario else ""
    return f"{limit}{where} over {duration(rule.window_s)}"


def _plain(value: float) -> str:
    return f"{value:,.10g}"


def _time(ms: float) -> str:
    if ms < 1000:
        return f"{_plain(ms)}{NO_BREAK}ms"
    return f"{_plain(ms / 1000)}{NO_BREAK}s"


def _percent(share: float) -> str:
    return f"{percent_text(share)}{NO_BREAK}%"


def _per_s(value: float) -> str:
    return f"{_plain(value)} request{'' if value == 1 else 's'}/s"


def _users(number: float) -> str:
    return "1 virtual user" if number == 1 else f"{count(number)} virtual users"
