from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchwright.kit.errors import Gone, NotFound, Unavailable
from benchwright.metrics import live
from benchwright.metrics.duck import Duck
from benchwright.metrics.journal import JOURNAL_NAME
from benchwright.metrics.live import LiveRegistry
from benchwright.metrics.sealing import SERIES_NAME
from tests.metrics.pushes import Sender

RUN = uuid.UUID(int=7)
START_MS = 1_800_000_000_250


def push_some(registry: LiveRegistry, run_id: uuid.UUID, seconds: int = 3) -> None:
    sender = Sender()
    for second in range(seconds):
        sender.request(0.1)
        registry.ingest(run_id, sender.body(), START_MS + second * 1000)


def test_a_run_is_opened_once_and_sealed(tmp_path: Path) -> None:
    registry = LiveRegistry()
    run = registry.open(RUN, tmp_path, {"s1": "One"})
    assert registry.open(RUN, tmp_path) is run
    push_some(registry, RUN)
    assert registry.close(RUN) == tmp_path / SERIES_NAME
    assert registry.get(RUN) is None
    assert run.closed
    assert not (tmp_path / JOURNAL_NAME).exists()
    with pytest.raises(Gone):
        registry.ingest(RUN, Sender().body(), START_MS)
    assert registry.close(RUN, tmp_path) == tmp_path / SERIES_NAME


def test_a_run_that_is_not_open_takes_nothing() -> None:
    with pytest.raises(NotFound):
        LiveRegistry().ingest(RUN, Sender().body(), START_MS)


def test_a_run_without_figures_leaves_no_file(tmp_path: Path) -> None:
    registry = LiveRegistry()
    registry.open(RUN, tmp_path)
    assert registry.close(RUN) is None
    assert list(tmp_path.iterdir()) == []
    assert LiveRegistry().close(uuid.uuid4()) is None


def test_another_server_can_seal_what_was_left(tmp_path: Path) -> None:
    former = LiveRegistry()
    former.open(RUN, tmp_path)
    push_some(former, RUN)
    assert LiveRegistry().close(RUN, tmp_path) == tmp_path / SERIES_NAME


def test_sealing_that_failed_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = LiveRegistry()
    registry.open(RUN, tmp_path)
    push_some(registry, RUN)
    copy = Duck.copy

    def refuse(self: Duck, select: str, target: Path, *rest: object, **more: object) -> None:
        target.write_bytes(b"half a file")
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(Duck, "copy", refuse)
    with pytest.raises(Unavailable):
        registry.close(RUN)
    assert [path.name for path in tmp_path.iterdir()] == [JOURNAL_NAME]
    monkeypatch.setattr(Duck, "copy", copy)
    assert registry.close(RUN) == tmp_path / SERIES_NAME
    assert [path.name for path in tmp_path.iterdir()] == [SERIES_NAME]


def test_shutting_down_leaves_the_journal_for_the_next_server(tmp_path: Path) -> None:
    registry = LiveRegistry()
    run = registry.open(RUN, tmp_path)
    push_some(registry, RUN)
    registry.shut_down()
    assert run.closed
    again = LiveRegistry().open(RUN, tmp_path)
    assert again.timeline().totals.overall["requests"] == 3


def test_a_discarded_run_leaves_nothing(tmp_path: Path) -> None:
    registry = LiveRegistry()
    registry.open(RUN, tmp_path)
    push_some(registry, RUN)
    registry.discard(RUN)
    assert list(tmp_path.iterdir()) == []


def test_there_is_a_limit_of_open_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_OPEN_RUNS", 1)
    registry = LiveRegistry()
    registry.open(RUN, tmp_path)
    with pytest.raises(Unavailable):
        registry.open(uuid.uuid4(), tmp_path)


def test_pushes_of_many_threads_are_all_counted(tmp_path: Path) -> None:
    registry = LiveRegistry()
    run = registry.open(RUN, tmp_path)
    senders = [Sender() for _ in range(8)]

    def work(number: int) -> None:
        for second in range(20):
            senders[number].request(0.1)
            body = senders[number].body()
            registry.ingest(RUN, body, START_MS + second * 1000, f"pod-{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert run.timeline().totals.overall["requests"] == 160
    registry.close(RUN)
