from __future__ import annotations

import pytest

from benchwright.access import attempts
from benchwright.access.attempts import MAX_FAILURES, WINDOW_S, FailedAttempts, TooManyAttempts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_sender_waits_until_the_window_has_passed() -> None:
    clock = Clock()
    failed = FailedAttempts(clock)
    for _ in range(MAX_FAILURES):
        failed.check("a")
        failed.record("a")
        clock.now += 1
    with pytest.raises(TooManyAttempts) as raised:
        failed.check("a")
    assert raised.value.headers["Retry-After"] == str(int(WINDOW_S) - MAX_FAILURES)
    failed.check("b")
    clock.now = WINDOW_S
    failed.check("a")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MAX_SENDERS", 3)
    failed = FailedAttempts(Clock())
    for sender in "abcde":
        failed.record(sender)
    assert list(failed._failures) == ["c", "d", "e"]
