"""What narrows a list of runs: the choices with their counts, and those that are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeVar

from benchwright.kit.db import ReadSession
from benchwright.runs import list_repository
from benchwright.runs.list_query import NOT_JUDGED, RunQuery
from benchwright.runs.list_repository import Group
from benchwright.runs.state import RunKind, RunState
from benchwright.web import figures
from benchwright.web.words import kind_word, state_word, target_word, verdict_word

K = TypeVar("K")
SHOWN_LOAD_TESTS = 20
SHOWN_TARGETS = 50
Address = Callable[[Mapping[str, object]], str]


class Choice(NamedTuple):
    """One value of a facet; its address adds or removes it."""

    text: str
    runs: int
    address: str
    is_on: bool


class Facet(NamedTuple):
    """A property that runs can be told apart by."""

    name: str
    title: str
    choices: list[Choice]


class Chip(NamedTuple):
    """A filter that is on; its address takes it away."""

    title: str
    text: str
    address: str


class Facets(NamedTuple):
    """All that stands above a list."""

    total: int
    facets: list[Facet]
    chips: list[Chip]


def count_facets(
    session: ReadSession, project_id: int, asked: RunQuery, address: Address
) -> Facets:
    """The choices with how many runs each would leave, its own facet's other choices aside."""
    narrow = asked.narrow(project_id)
    open_ = replace(narrow, states=(), verdicts=(), load_tests=(), kinds=(), targets=())
    groups = list_repository.groups(session, open_)
    test_ids = list_repository.load_test_ids(session, asked.load_test)

    def matching(leave: str = "") -> Iterable[Group]:
        return (
            group
            for group in groups
            if (leave == "state" or not asked.state or group.state in narrow.states)
            and (leave == "verdict" or not asked.verdict or group.verdict in narrow.verdicts)
            and (leave == "load_test" or not asked.load_test or group.load_test_id in test_ids)
            and (leave == "kind" or not asked.kind or group.kind in narrow.kinds)
            and (leave == "target" or not asked.target or group.target in narrow.targets)
        )

    def choice(name: str, value: str, text: str, count: int) -> Choice:
        is_on = value in (str(one) for one in getattr(asked, name))
        return Choice(text, count, address(asked.toggled(name, value)), is_on)

    states = _sum((group.state, group.runs) for group in matching("state"))
    verdicts = _sum((group.verdict, group.runs) for group in matching("verdict"))
    tests = _sum(
        (group.load_test_id, group.runs)
        for group in matching("load_test")
        if group.load_test_id is not None
    )
    kinds = _sum((group.kind, group.runs) for group in matching("kind"))
    targets = _sum((group.target, group.runs) for group in matching("target"))
    shown = {key for key, _ in tests.most_common(SHOWN_LOAD_TESTS)} | test_ids
    names = list_repository.load_test_names(session, shown)
    tags = dict(list_repository.count_tags(session, narrow))
    facets = [
        Facet("state", "State", [
            choice("state", state.value, state_word(state).text, states[state])
            for state in RunState if states[state] or state in asked.state
        ]),
        Facet("verdict", "Verdict", [
            choice("verdict", verdict or NOT_JUDGED, verdict_text(verdict), verdicts[verdict])
            for verdict in ("met", "missed", "unknown", None)
            if verdicts[verdict] or (verdict or NOT_JUDGED) in asked.verdict
        ]),
        # Where all are of one kind, or on one machine, there is nothing to choose.
        Facet("kind", "Kind", [
            choice("kind", kind.value, kind_word(kind.value), kinds[kind])
            for kind in RunKind if kinds[kind] or kind in asked.kind
        ] if len(kinds) > 1 or asked.kind else []),
        Facet("target", "Target", [
            choice("target", target, target_word(target), targets[target])
            for target in list(dict.fromkeys([*asked.target, *sorted(targets)]))[:SHOWN_TARGETS]
        ] if len(targets) > 1 or asked.target else []),
        Facet("load_test", "Load test", [
            choice("load_test", str(names[key].public_id), names[key].name, tests[key])
            for key in sorted(names, key=lambda key: (-tests[key], names[key].name))
        ]),
        Facet("tag", "Tag", [
            choice("tag", tag, tag, tags.get(tag, 0)) for tag in dict.fromkeys([*asked.tag, *tags])
        ]),
    ]  # fmt: skip
    titles = {str(name.public_id): name.name for name in names.values()}
    total = sum(group.runs for group in matching())
    return Facets(total, facets, _chips(asked, titles, address))


def verdict_text(verdict: str | None) -> str:
    """A verdict as a choice: without one, none is said to be missing."""
    return verdict_word(verdict).text if verdict else "No verdict"


def _sum(pairs: Iterable[tuple[K, int]]) -> Counter[K]:
    counted: Counter[K] = Counter()
    for key, number in pairs:
        counted[key] += number
    return counted


_TITLES = {
    "q": "Text", "state": "State", "verdict": "Verdict", "kind": "Kind", "load_test": "Load test",
    "tag": "Tag", "target": "Target", "started_from": "Started from", "started_to": "Started until",
    "min_requests_per_s": "Requests/s ≥", "max_requests_per_s": "Requests/s ≤",
    "min_p95_ms": "p95 ≥", "max_p95_ms": "p95 ≤", "min_error_rate": "Errors ≥",
    "max_error_rate": "Errors ≤",
}  # fmt: skip


def _chips(asked: RunQuery, load_tests: Mapping[str, str], address: Address) -> list[Chip]:
    chips = []
    for name, value in asked.choices():
        is_list = isinstance(getattr(asked, name), list)
        without = asked.toggled(name, value) if is_list else asked.parameters(**{name: []})
        text = _chip_text(name, value, load_tests)
        chips.append(Chip(_TITLES[name], text, address(without)))
    return chips


def _chip_text(name: str, value: str, load_tests: Mapping[str, str]) -> str:
    match name:
        case "state":
            return state_word(value).text
        case "verdict":
            return verdict_text(None if value == NOT_JUDGED else value)
        case "kind":
            return kind_word(value)
        case "target":
            return target_word(value)
        case "load_test":
            return load_tests.get(value, value)
        case "min_p95_ms" | "max_p95_ms":
            return figures.milliseconds(float(value))
        case "min_error_rate" | "max_error_rate":
            return figures.share(float(value))
        case "min_requests_per_s" | "max_requests_per_s":
            return figures.rate(float(value))
    return value
