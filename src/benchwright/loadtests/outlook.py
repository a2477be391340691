"""What the form's load test will do, told while it is being written: parts may be missing still."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from benchwright.kit.errors import FieldError
from benchwright.loadtests.form_rows import parse_rules
from benchwright.loadtests.load_picture import Picture, draw_loads
from benchwright.loadtests.plan import AutoStopRule
from benchwright.loadtests.plan_form import PlanForm, ScenarioFields
from benchwright.loadtests.plan_intake import load_of, targets_of
from benchwright.loadtests.plan_words import tell_load, tell_rule, tell_targets
from benchwright.loadtests.profile import ScenarioProfile, profile_of
from benchwright.loadtests.scenarios import Scenario
from benchwright.loadtests.targets import Targets
from benchwright.web.figures import count, duration

_SCENARIO: TypeAdapter[Scenario] = TypeAdapter(Scenario)
SHOWN_TARGETS = 12


@dataclass(frozen=True)
class Summary:
    """One scenario in one line; `is_faulty` where its load cannot be read."""

    text: str
    is_faulty: bool = False


@dataclass(frozen=True)
class Outlook:
    """The load over time, how much of it there will be, and what is expected."""

    pictures: list[Picture]
    length: str
    requests: str
    depends: list[str]
    """What the number of requests or the length follows from, apart from the plan."""
    targets: list[str]
    summaries: list[Summary]


def look_ahead(form: PlanForm) -> Outlook:
    """The outlook of what can be read of the form."""
    scenarios = [_load(fields) for fields in form.scenarios]
    profiles = [
        profile_of(scenario, f"s{index + 1}") if scenario else None
        for index, scenario in enumerate(scenarios)
    ]
    known = [profile for profile in profiles if profile is not None]
    open_end = any(profile.is_limit for profile in known)
    longest = max((profile.points[-1][0] for profile in known), default=None)
    counted = [profile.requests for profile in known if profile.requests is not None]
    return Outlook(
        pictures=draw_loads(profiles),
        length=f"at most {duration(longest)}" if open_end else duration(longest),
        requests=_requests(known, sum(counted)),
        depends=list(_depends(known, len(form.scenarios))),
        targets=list(_targets(form)),
        summaries=[
            _summary(fields, scenario)
            for fields, scenario in zip(form.scenarios, scenarios, strict=True)
        ],
    )


def _load(fields: ScenarioFields) -> Scenario | None:
    errors: list[FieldError] = []
    load: dict[str, Any] = {"name": fields.label[:500] or "-", "path": "/"}
    load |= load_of(fields, errors)
    try:
        return None if errors else _SCENARIO.validate_python(load)
    except ValidationError:
        return None


def _summary(fields: ScenarioFields, scenario: Scenario | None) -> Summary:
    targets = _read_targets(fields)
    if scenario is None:
        return Summary("its load cannot be read yet", is_faulty=True)
    return Summary(" · ".join([tell_load(scenario), *(tell_targets(targets) if targets else [])]))


def _read_targets(fields: ScenarioFields) -> Targets | None:
    try:
        return Targets.model_validate(targets_of(fields))
    except ValidationError:
        return None


def _requests(known: list[ScenarioProfile], total: int) -> str:
    if all(profile.requests is None for profile in known):
        return ""
    least = any(profile.requests is None for profile in known)
    return f"{'at least' if least else 'about'} {count(total)}"


def _depends(known: list[ScenarioProfile], scenarios: int) -> Iterable[str]:
    if any(profile.requests is None for profile in known):
        yield "Virtual users send the next request when the last is answered: how many there will be depends on the response times."
    if any(profile.is_limit for profile in known):
        yield "A number of requests ends the run: how long it takes depends on the response times."
    if any(profile.unit == "iterations/s" for profile in known):
        yield "The rate is kept as long as virtual users are free; otherwise requests are dropped, and the run says so."
    if missing := scenarios - len(known):
        yield f"{missing} of {scenarios} scenarios cannot be read yet and {'is' if missing == 1 else 'are'} left out."


def _targets(form: PlanForm) -> Iterable[str]:
    groups: dict[str, list[str]] = {}
    for fields in form.scenarios:
        targets = _read_targets(fields)
        words = ", ".join(tell_targets(targets)) if targets else ""
        groups.setdefault(words, []).append(fields.label)
    for words, names in list(groups.items())[:SHOWN_TARGETS]:
        if len(names) == len(form.scenarios):
            who = "Every scenario" if len(names) > 1 else "The scenario"
        else:
            who = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        yield f"{who}: {words or 'no targets'}"
    if len(groups) > SHOWN_TARGETS:
        yield f"and {len(groups) - SHOWN_TARGETS} other sets of targets"
    if text := form.get("target_tps").strip():
        yield f"All together: at least {text} requests/s"
    for rule in parse_rules(form.rows("auto_stop")):
        try:
            read = AutoStopRule.model_validate(rule)
        except ValidationError:
            continue
        yield f"Stops when {tell_rule(read)}"
