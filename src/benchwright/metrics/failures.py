"""What failed: requests by status and endpoint, and checks, with when they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from benchwright.metrics.error_words import explain_failure
from benchwright.metrics.schemas import FailureGroup, Failures

STEPS = 60
MAX_GROUPS = 1_000
MAX_GROUPS_SHOWN = 200
MAX_NAME = 500


class FailureKey(NamedTuple):
    """What failures have in common; `check` is empty for requests."""

    scenario: str
    name: str
    method: str = ""
    status: str = ""
    error_code: str = ""
    check: str | None = None


@dataclass(slots=True)
class Tally:
    """How often and when; `counts` are by step from the origin."""

    first_second: int
    last_second: int
    count: float = 0.0
    counts: dict[int, float] = field(default_factory=dict)


class Requests(NamedTuple):
    """Requests of the run and of its scenarios, which failures are a share of."""

    all: float
    by_scenario: Mapping[str, float]


def failure_key(metric: str, labels: Mapping[str, str]) -> FailureKey | None:
    """The group that a series of failures counts in; nothing for what did not fail."""
    scenario = labels.get("scenario", "")
    if metric == "benchwright_checks":
        if labels.get("passed") == "true":
            return None
        return FailureKey(scenario, "", check=labels.get("check", ""))
    if metric != "http_reqs" or not is_failed(labels):
        return None
    name = labels.get("name", labels.get("url", ""))[:MAX_NAME]
    return FailureKey(
        scenario, name, labels.get("method", ""), labels.get("status", ""),
        labels.get("error_code", ""),
    )  # fmt: skip


def is_failed(labels: Mapping[str, str]) -> bool:
    """Whether requests of a series failed."""
    # Without the system tag `expected_response`, which a script may switch off, an error code
    # is what is left; k6 sets one for every status of 400 and above and for broken connections.
    expected = labels.get("expected_response")
    return expected == "false" if expected is not None else "error_code" in labels


class FailureLog:
    """Counts failures while a run is under way, in steps that widen as it grows."""

    def __init__(self) -> None:
        self._step_s = 1
        self._origin: int | None = None
        self._tallies: dict[FailureKey, Tally] = {}
        self._hidden = 0.0

    def begin(self, second: int) -> None:
        """Counts steps from the run's first second, whenever the first failure comes."""
        if self._origin is None:
            self._origin = second

    def add(self, key: FailureKey, second: int, count: float) -> None:
        """Counts failures of one second."""
        self.begin(second)
        assert self._origin is not None
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= MAX_GROUPS:
                self._hidden += count
                return
            tally = self._tallies[key] = Tally(second, second)
        self._reach(second)
        step = max(second - self._origin, 0) // self._step_s
        tally.first_second = min(tally.first_second, second)
        tally.last_second = max(tally.last_second, second)
        tally.count += count
        tally.counts[step] = tally.counts.get(step, 0.0) + count

    def view(self, last_second: int, requests: Requests) -> Failures:
        """The failures so far."""
        if self._origin is None:
            return no_failures(live=True)
        self._reach(last_second)
        steps = max(last_second - self._origin, 0) // self._step_s + 1
        return view_failures(
            self._tallies, requests, self._origin, self._step_s, steps,
            hidden=self._hidden, live=True,
        )  # fmt: skip

    def _reach(self, second: int) -> None:
        assert self._origin is not None
        while (second - self._origin) // self._step_s >= STEPS:
            self._step_s *= 2
            for tally in self._tallies.values():
                narrow, tally.counts = tally.counts, {}
                for step, count in narrow.items():
                    tally.counts[step // 2] = tally.counts.get(step // 2, 0.0) + count


def view_failures(
    tallies: Mapping[FailureKey, Tally],
    requests: Requests,
    origin: int,
    step_s: int,
    steps: int,
    *,
    hidden: float = 0.0,
    live: bool,
) -> Failures:
    """The groups as they are shown, the most frequent first."""
    ordered = sorted(tallies.items(), key=lambda item: (-item[1].count, item[0]))
    return Failures(
        live=live,
        requests=round(requests.all),
        failed_requests=round(_sum(t for k, t in tallies.items() if k.check is None) + hidden),
        failed_checks=round(_sum(t for k, t in tallies.items() if k.check is not None)),
        start_ms=origin * 1000,
        step_s=step_s,
        groups=[_group(key, tally, steps, requests) for key, tally in ordered[:MAX_GROUPS_SHOWN]],
        groups_hidden=max(len(ordered) - MAX_GROUPS_SHOWN, 0),
    )


def no_failures(*, live: bool) -> Failures:
    """Of a run of which nothing was measured."""
    return view_failures({}, Requests(0, {}), 0, 1, 0, live=live)


def _group(key: FailureKey, tally: Tally, steps: int, requests: Requests) -> FailureGroup:
    status, code = _number(key.status), _number(key.error_code)
    of = requests.by_scenario.get(key.scenario)
    group = FailureGroup(
        kind="request",
        scenario=key.scenario,
        name=key.name,
        method=key.method,
        status=status,
        error_code=code,
        error=explain_failure(status, code),
        count=round(tally.count),
        share=min(tally.count / of, 1.0) if of else None,
        first_ms=tally.first_second * 1000,
        last_ms=tally.last_second * 1000,
        counts=[round(tally.counts.get(step, 0.0)) for step in range(steps)],
    )
    if key.check is not None:
        group.kind, group.name, group.error = "check", key.check, "Check failed"
    return group


def _sum(tallies: Iterable[Tally]) -> float:
    return sum(tally.count for tally in tallies)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
