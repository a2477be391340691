from __future__ import annotations

import uuid

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from benchwright.forwarding.queue import ForwardQueue
from benchwright.forwarding.seconds import FIGURES
from tests.forwarding.cells import START, cell

RUN = uuid.UUID(int=1)
SAMPLES = 2 * FIGURES
"""Of one second: the run and its scenario."""


def filled(seconds: int, max_samples: int = 10**6, through: int = 0) -> ForwardQueue:
    queue = ForwardQueue(max_samples, {RUN: through} if through else {})
    queue.begin(RUN)
    for second in range(seconds):
        queue.take(RUN, cell(START + second), ["s1"])
    return queue


def sent(queue: ForwardQueue) -> list[int]:
    """The seconds that are given out, from the first."""
    seconds = []
    while (batch := queue.next_batch(SAMPLES * 2)) is not None:
        seconds += [second.second - START for second in batch.seconds]
        queue.confirm()
    return seconds


def test_what_does_not_arrive_is_sent_again_before_what_follows() -> None:
    queue = filled(5)
    batch = queue.next_batch(SAMPLES * 2)
    assert batch is not None and [s.second - START for s in batch.seconds] == [0, 1]
    assert queue.waiting_samples == 5 * SAMPLES
    queue.put_back()
    assert sent(queue) == [0, 1, 2, 3, 4]
    assert queue.waiting_samples == 0


def test_a_full_queue_loses_its_oldest_seconds_and_says_so() -> None:
    queue = filled(10, max_samples=4 * SAMPLES)
    assert queue.lost_samples == {"full": 6 * SAMPLES, "refused": 0}
    assert queue.streams[RUN].lost == 6 * SAMPLES
    assert sent(queue) == [6, 7, 8, 9]


def test_what_a_former_server_sent_is_not_sent_again_but_counts() -> None:
    queue = filled(5, through=START + 2)
    batch = queue.next_batch(10**6)
    assert batch is not None
    assert [second.second - START for second in batch.seconds] == [3, 4]
    assert [second.scopes[0][1][0] for second in batch.seconds] == [4, 5]


def test_a_run_that_is_opened_again_goes_on_behind_what_waits() -> None:
    queue = filled(3)
    queue.begin(RUN)
    for second in range(5):
        queue.take(RUN, cell(START + second), ["s1"])
    assert sent(queue) == [0, 1, 2, 3, 4]


def test_a_run_is_finished_when_it_has_ended_and_nothing_waits() -> None:
    queue = filled(1)
    queue.end(RUN)
    assert queue.finished() == []
    assert queue.next_batch(1) is not None
    assert queue.finished() == []
    queue.refuse("no")
    assert queue.finished() == [RUN]
    assert queue.streams[RUN].reason == "no"
    assert queue.lost_samples["refused"] == SAMPLES
    queue.forget(RUN)
    assert queue.cursors() == {}


def test_runs_of_a_former_server_are_remembered_until_they_begin_or_are_given_up() -> None:
    other = uuid.UUID(int=2)
    queue = ForwardQueue(10**6, {RUN: 5, other: 7})
    queue.begin(RUN)
    assert queue.left_over == {other}
    assert queue.cursors() == {RUN: 5, other: 7}
    queue.forget_left_over([other])
    assert queue.cursors() == {RUN: 5}


class QueueMachine(RuleBasedStateMachine):
    """Whatever happens in whatever order: no second is sent twice, out of order, or forgotten."""

    runs = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.queue = ForwardQueue(20 * SAMPLES, {})
        self.taken: dict[uuid.UUID, int] = {}
        self.done: dict[uuid.UUID, list[int]] = {}
        self.confirmed = 0

    @rule(target=runs, number=st.integers(0, 3))
    def begin(self, number: int) -> uuid.UUID:
        run_id = uuid.UUID(int=number)
        if run_id not in self.taken:
            self.queue.begin(run_id)
            self.taken[run_id] = 0
            self.done[run_id] = []
        return run_id

    @rule(run_id=runs)
    def take(self, run_id: uuid.UUID) -> None:
        self.queue.take(run_id, cell(START + self.taken[run_id]), ["s1"])
        self.taken[run_id] += 1

    @rule(most=st.integers(1, 5), how=st.sampled_from(["confirm", "refuse", "put_back"]))
    def send(self, most: int, how: str) -> None:
        batch = self.queue.next_batch(most * SAMPLES)
        if batch is None:
            return
        assert len(batch.seconds) <= most
        if how == "confirm":
            self.confirmed += batch.samples
            for second in batch.seconds:
                self.done[second.run_id].append(second.second)
            self.queue.confirm()
        elif how == "refuse":
            self.queue.refuse("no")
        else:
            self.queue.put_back()

    @invariant()
    def nothing_is_unaccounted_for(self) -> None:
        lost = sum(self.queue.lost_samples.values())
        everything = sum(self.taken.values()) * SAMPLES
        assert self.confirmed + lost + self.queue.waiting_samples == everything
        assert self.queue.waiting_samples <= 20 * SAMPLES
        for seconds in self.done.values():
            assert seconds == sorted(set(seconds))


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=30, stateful_step_count=30)
