from __future__ import annotations

import threading

from benchwright.metrics.recent import Recent


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_is_made_once_a_second() -> None:
    clock, made = Clock(), []
    recent: Recent[str, int] = Recent(2, clock)

    def make() -> int:
        made.append(clock.now)
        return len(made)

    assert [recent.get("a", make), recent.get("a", make)] == [1, 1]
    clock.now = 1.1
    assert recent.get("a", make) == 2
    assert recent.get("b", make) == 3


def test_what_takes_long_is_held_for_longer() -> None:
    clock = Clock()
    recent: Recent[str, float] = Recent(2, clock)

    def make_slowly() -> float:
        clock.now += 2
        return clock.now

    assert recent.get("a", make_slowly) == 2
    clock.now = 21
    assert recent.get("a", make_slowly) == 2
    clock.now = 22.1
    assert recent.get("a", make_slowly) == 24.1


def test_only_the_last_few_are_held() -> None:
    recent: Recent[int, int] = Recent(2, Clock())
    made: list[int] = []

    def ask(key: int) -> None:
        def make() -> int:
            made.append(key)
            return key

        assert recent.get(key, make) == key

    for key in (1, 2, 3, 3, 1):
        ask(key)
    assert made == [1, 2, 3, 1]


def test_who_asks_while_it_is_made_gets_the_same() -> None:
    recent: Recent[str, int] = Recent(2)
    begun, go_on, made = threading.Event(), threading.Event(), []

    def make() -> int:
        made.append(1)
        begun.set()
        assert go_on.wait(10)
        return len(made)

    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(recent.get("a", make)))
               for _ in range(3)]  # fmt: skip
    threads[0].start()
    assert begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert answers == [1, 1, 1]
