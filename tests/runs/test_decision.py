"""The decisions of the reconciler, alone and played through against an adversary."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.executors.port import Observation, Phase
from benchwright.runs.decision import (
    Collect,
    Create,
    Facts,
    Move,
    NoteMissing,
    NoteSeen,
    NoteStale,
    Remove,
    RequestStop,
    Start,
    Stop,
    Warn,
    Withdraw,
    decide,
)
from benchwright.runs.state import TRANSITIONS, RunState, StopReason

NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
FACTS = Facts(
    state=RunState.RUNNING,
    has_handle=True,
    stop_reason=None,
    started_at=NOW - dt.timedelta(seconds=10),
    timeout_s=60,
    missing_sightings=0,
    stale=False,
    slot_is_free=True,
)
RUNNING = Observation(Phase.RUNNING, started_at=NOW - dt.timedelta(seconds=10))
EXITED = Observation(Phase.EXITED, exit_code=0)
ABSENT = Observation(Phase.ABSENT)
CREATED = Observation(Phase.CREATED)
AWAY = Observation(Phase.UNREACHABLE, detail="no answer")

states = st.sampled_from(list(RunState))
observations = st.sampled_from([None, RUNNING, EXITED, ABSENT, CREATED, AWAY])
facts = st.builds(
    Facts,
    state=states,
    has_handle=st.booleans(),
    stop_reason=st.sampled_from([None, *StopReason]),
    started_at=st.sampled_from([None, FACTS.started_at]),
    timeout_s=st.sampled_from([1.0, 60.0]),
    missing_sightings=st.integers(0, 3),
    stale=st.booleans(),
    slot_is_free=st.booleans(),
    given_up=st.sampled_from(["", "Given up"]),
)


def test_a_queued_run_waits_for_a_place() -> None:
    queued = replace(FACTS, state=RunState.QUEUED, has_handle=False, slot_is_free=False)
    assert decide(queued, None, NOW) == []
    assert isinstance(decide(replace(queued, slot_is_free=True), None, NOW)[0], Move)


def test_a_run_without_a_handle_is_created_again_under_its_own_name() -> None:
    assert decide(replace(FACTS, state=RunState.LAUNCHING, has_handle=False), None, NOW) == [
        Create()
    ]


def test_a_created_workload_is_started_unless_it_was_stopped() -> None:
    launching = replace(FACTS, state=RunState.LAUNCHING)
    assert decide(launching, CREATED, NOW) == [Start()]
    remove, move = decide(replace(launching, stop_reason=StopReason.USER), CREATED, NOW)
    assert remove == Remove()
    assert isinstance(move, Move) and move.to is RunState.STOPPED


def test_an_unreachable_target_changes_no_state() -> None:
    assert decide(FACTS, AWAY, NOW) == [NoteStale("no answer")]


@pytest.mark.parametrize("state", [RunState.LAUNCHING, RunState.RUNNING])
@pytest.mark.parametrize("stop_reason", [None, StopReason.USER])
def test_who_gives_up_waits_for_no_answer(state: RunState, stop_reason: StopReason | None) -> None:
    known = replace(FACTS, state=state, stop_reason=stop_reason, stale=True, given_up="Given up")
    end = [Move(RunState.COLLECTING, "Given up")]
    assert decide(known, AWAY, NOW) == end
    assert decide(replace(known, has_handle=False), None, NOW) == end


@pytest.mark.parametrize("seen", [RUNNING, EXITED, ABSENT, CREATED])
def test_what_a_target_answers_counts_more_than_giving_up(seen: Observation) -> None:
    known = replace(FACTS, stale=True)
    assert decide(replace(known, given_up="Given up"), seen, NOW) == decide(known, seen, NOW)


def test_a_missing_workload_is_lost_only_at_the_second_sighting() -> None:
    assert decide(FACTS, ABSENT, NOW) == [NoteMissing()]
    (move,) = decide(replace(FACTS, missing_sightings=1), ABSENT, NOW)
    assert isinstance(move, Move) and move.to is RunState.COLLECTING


def test_a_sighting_clears_what_was_noted() -> None:
    assert decide(replace(FACTS, stale=True), RUNNING, NOW) == [NoteSeen()]
    assert decide(FACTS, RUNNING, NOW) == []


def test_a_workload_that_ended_unseen_has_run_all_the_same() -> None:
    moves = decide(replace(FACTS, state=RunState.LAUNCHING, started_at=None), EXITED, NOW)
    assert [move.to for move in moves if isinstance(move, Move)] == [
        RunState.RUNNING,
        RunState.COLLECTING,
    ]
    (move,) = decide(FACTS, EXITED, NOW)
    assert isinstance(move, Move) and move.to is RunState.COLLECTING


def test_the_timeout_stops_a_run_that_goes_on() -> None:
    request, stop = decide(replace(FACTS, timeout_s=5), RUNNING, NOW)
    assert isinstance(request, RequestStop) and request.reason is StopReason.TIMEOUT
    assert stop == Stop()
    assert decide(replace(FACTS, timeout_s=5, stop_reason=StopReason.USER), RUNNING, NOW) == [
        Stop()
    ]


def test_collecting_goes_on_until_it_is_done() -> None:
    assert decide(replace(FACTS, state=RunState.COLLECTING), None, NOW) == [Collect()]


@given(facts, observations)
def test_every_move_is_one_that_the_table_allows(known: Facts, seen: Observation | None) -> None:
    state = known.state
    for action in decide(known, seen, NOW):
        if isinstance(action, Move):
            assert action.to in TRANSITIONS[state]
            state = action.to


@given(facts, observations)
def test_an_ended_run_is_left_alone(known: Facts, seen: Observation | None) -> None:
    if known.state.is_final:
        assert decide(known, seen, NOW) == []


@given(facts, observations)
def test_no_outcome_without_evidence(known: Facts, seen: Observation | None) -> None:
    for action in decide(known, seen, NOW):
        if isinstance(action, Move) and action.to is RunState.COLLECTING:
            if known.given_up and seen in (None, AWAY):
                continue
            assert seen is not None
            assert seen.phase is Phase.EXITED or known.missing_sightings >= 1
        if isinstance(action, Move) and action.to.is_final:
            assert known.stop_reason is not None
            assert known.state is RunState.QUEUED or seen in (CREATED, None) or not known.has_handle


@dataclass
class World:
    """A target and a database, as an adversary moves them."""

    phase: Phase = Phase.ABSENT
    starts: int = 0
    is_away: bool = False
    known: Facts = field(
        default_factory=lambda: replace(
            FACTS, state=RunState.QUEUED, has_handle=False, started_at=None
        )
    )

    def look(self) -> Observation | None:
        if not self.known.has_handle:
            return None
        if self.is_away:
            return AWAY
        return {
            Phase.ABSENT: ABSENT,
            Phase.CREATED: CREATED,
            Phase.RUNNING: RUNNING,
            Phase.EXITED: EXITED,
        }[self.phase]

    def step(self, *, crash_after: int) -> None:
        """One pass that dies after so many actions' effects outside were done."""
        for action in decide(self.known, self.look(), NOW)[:crash_after]:
            if self.is_away and isinstance(action, (Create, Start, Remove, Withdraw)):
                self.known = replace(self.known, stale=True)
                return
            match action:
                case Collect() if self.is_away and not self.known.given_up:
                    self.known = replace(self.known, stale=True)
                    return
                case Move():
                    self.known = replace(self.known, state=action.to, missing_sightings=0)
                case Create():
                    if self.phase is Phase.ABSENT:
                        self.phase = Phase.CREATED
                    if crash_after == 1:
                        return  # killed before the handle was written
                    self.known = replace(self.known, has_handle=True)
                case Start():
                    if self.phase is Phase.CREATED:
                        self.phase, self.starts = Phase.RUNNING, self.starts + 1
                case Remove() | Withdraw():
                    self.phase = Phase.ABSENT
                case Stop():
                    self.phase = Phase.EXITED
                case RequestStop():
                    self.known = replace(self.known, stop_reason=action.reason)
                case NoteMissing():
                    missing = self.known.missing_sightings + 1
                    self.known = replace(self.known, missing_sightings=missing)
                case NoteSeen():
                    self.known = replace(self.known, missing_sightings=0, stale=False, given_up="")
                case NoteStale():
                    self.known = replace(self.known, stale=True)
                case Collect():
                    self.known = replace(self.known, state=RunState.SUCCEEDED)


events = st.sampled_from(["pass", "crash", "exit", "stop", "vanish", "away", "back", "give up"])


@given(st.lists(events, max_size=30))
def test_whatever_happens_a_run_starts_at_most_once_and_ends(story: list[str]) -> None:
    world = World()
    play(world, story)
    world.is_away = False
    if world.phase is Phase.RUNNING:
        world.phase = Phase.EXITED
    for _ in range(10):
        world.step(crash_after=9)
        if world.phase is Phase.RUNNING:
            world.phase = Phase.EXITED
    assert world.starts <= 1
    assert world.known.state.is_final


@given(st.lists(events, max_size=30))
def test_a_run_whose_target_never_comes_back_can_be_ended(story: list[str]) -> None:
    world = World()
    play(world, story)
    world.is_away = True
    world.known = replace(world.known, slot_is_free=True)
    for _ in range(4):
        world.step(crash_after=9)
    if not world.known.state.is_final:
        assert world.known.stale
        play(world, ["give up", "pass", "pass"])
    assert world.known.state.is_final


def play(world: World, story: list[str]) -> None:
    for event in story:
        match event:
            case "pass":
                world.step(crash_after=9)
            case "crash":
                world.step(crash_after=1)
            case "exit" if world.phase is Phase.RUNNING:
                world.phase = Phase.EXITED
            case "vanish" if world.phase is Phase.RUNNING:
                world.phase = Phase.ABSENT
            case "stop" if world.known.stop_reason is None:
                world.known = replace(world.known, stop_reason=StopReason.USER)
            case "away" | "back":
                world.is_away = event == "away"
            case "give up" if world.known.stale:
                world.known = replace(world.known, given_up="Given up")


@pytest.mark.parametrize("state", list(RunState))
def test_final_states_lead_nowhere(state: RunState) -> None:
    assert state.is_final == (not TRANSITIONS[state])


def test_results_are_collected_when_their_time_has_come() -> None:
    later = replace(FACTS, state=RunState.COLLECTING, collect_from=NOW)
    assert decide(later, None, NOW - dt.timedelta(seconds=1)) == []
    assert decide(later, None, NOW) == [Collect()]


def test_a_run_is_warned_of_once() -> None:
    long = replace(FACTS, warn_after_s=5)
    assert decide(long, RUNNING, NOW) == [Warn("It has been running for more than 5 s")]
    assert decide(replace(long, is_warned=True), RUNNING, NOW) == []
    assert decide(replace(long, stop_reason=StopReason.USER), RUNNING, NOW) == [Stop()]
