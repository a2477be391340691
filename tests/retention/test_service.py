from __future__ import annotations

import asyncio
import datetime as dt
import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from benchwright.kit.db import Database, WriteSession, now
from benchwright.kit.models import IdempotentAnswer
from benchwright.projects.models import Project
from benchwright.retention import loop, service
from benchwright.retention.models import FolderRemoval
from benchwright.retention.repository import delete_runs
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Result, Run
from benchwright.runs.state import RunKind, RunState
from benchwright.settings import RetentionSettings
from tests.fixtures.small_lab import SmallLab, add_project

MakeLab = Callable[..., SmallLab]

NONE = RetentionSettings()
MONTH = RetentionSettings(days=30)


def add_run(
    session: WriteSession,
    project: Project,
    data_dir: Path,
    *,
    days: float = 0,
    size: int = 0,
    pinned: bool = False,
    state: RunState = RunState.SUCCEEDED,
) -> Run:
    run = Run(
        public_id=uuid.uuid4(),
        project_id=project.id,
        kind=RunKind.JOB,
        name="a run",
        spec={},
        state=state,
        timeout_s=1,
        ended_at=now() - dt.timedelta(days=days) if state.is_final else None,
        stored_bytes=size,
        pinned=pinned,
    )
    session.add(run)
    session.flush()
    session.add(
        Result(run_id=run.id, benchmark="", metric="m", stat="s", value=1, unit="", better="none")
    )
    folder = RunFolder.of(data_dir, run.public_id)
    folder.make({})
    return run


def ids(database: Database) -> set[uuid.UUID]:
    with database.read() as session:
        return set(session.scalars(select(Run.public_id)))


def folders(data_dir: Path) -> set[uuid.UUID]:
    return {uuid.UUID(path.name) for path in (data_dir / "jobs").iterdir()}


def test_expired_runs_go_with_rows_and_folders(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        project = add_project(session, "shop")
        gone = add_run(session, project, tmp_path, days=31)
        stay = [
            add_run(session, project, tmp_path, days=29),
            add_run(session, project, tmp_path, days=90, pinned=True),
            add_run(session, project, tmp_path, state=RunState.RUNNING),
        ]
    assert service.clean_up(database, tmp_path, NONE) == 0
    assert service.clean_up(database, tmp_path, MONTH) == 1
    assert ids(database) == folders(tmp_path) == {run.public_id for run in stay}
    with database.read() as session:
        assert gone.id not in set(session.scalars(select(Result.run_id)))
        assert session.scalars(select(FolderRemoval)).all() == []
    assert service.clean_up(database, tmp_path, MONTH) == 0


def test_a_projects_own_limits_come_first(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        brief, long = add_project(session, "brief"), add_project(session, "long")
        brief.retention_days, long.retention_days = 1, 365
        small = add_project(session, "small")
        small.retention_bytes = 100
        add_run(session, brief, tmp_path, days=2)
        kept = [
            add_run(session, long, tmp_path, days=200),
            add_run(session, small, tmp_path, days=1, size=90),
        ]
        add_run(session, small, tmp_path, days=2, size=90)
    assert service.clean_up(database, tmp_path, MONTH) == 2
    assert ids(database) == folders(tmp_path) == {run.public_id for run in kept}


def test_a_crash_before_the_folders_leaves_them_to_the_next_time(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        add_run(session, add_project(session, "shop"), tmp_path, days=31)

    class Crash(Exception):
        pass

    def crash(_: RunFolder) -> None:
        raise Crash

    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(RunFolder, "delete", crash)
        service.clean_up(database, tmp_path, MONTH)
    assert ids(database) == set()
    assert len(folders(tmp_path)) == 1
    service.clean_up(database, tmp_path, MONTH)
    assert folders(tmp_path) == set()


def test_folder_that_cannot_go_stays_noted(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with database.write() as session:
        run = add_run(session, add_project(session, "shop"), tmp_path, days=31)
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "delete", lambda _: None)
        assert service.clean_up(database, tmp_path, MONTH) == 1
    assert str(run.public_id) in caplog.text
    assert service.remove_folders(database, tmp_path) == 1
    assert service.remove_folders(database, tmp_path) == 0
    assert folders(tmp_path) == set()


def test_folder_that_is_gone_already_is_forgotten(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        service.note_folder(session, uuid.uuid4())
    assert service.remove_folders(database, tmp_path) == 1


def test_what_was_pinned_or_goes_on_meanwhile_stays(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        project = add_project(session, "shop")
        pinned = add_run(session, project, tmp_path, pinned=True)
        going = add_run(session, project, tmp_path, state=RunState.COLLECTING)
        assert delete_runs(session, [pinned.id, going.id]) == []
        assert service.delete_runs(session, []) == 0


def test_many_runs_go_in_several_transactions(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RUNS_PER_TRANSACTION", 3)
    with database.write() as session:
        project = add_project(session, "shop")
        for _ in range(7):
            add_run(session, project, tmp_path, days=31)
    assert service.clean_up(database, tmp_path, MONTH) == 7
    assert ids(database) == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_loop_cleans_and_survives_faults(
    small_lab: MakeLab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lab = small_lab()
    lab.settings.retention = RetentionSettings(days=30, interval_s=0.02)
    with lab.database.write() as session:
        add_run(session, add_project(session, "shop"), lab.settings.data_dir, days=31)
        old = now() - dt.timedelta(days=2)
        session.add(
            IdempotentAnswer(principal="p", route="r", key="k", request_hash="h", created_at=old)
        )
    blob = lab.blobs.put(b"nothing refers to this")
    os.utime(lab.blobs.path(blob), (old.timestamp(),) * 2)
    real, faults = service.clean_up, iter([RuntimeError("a fault")])

    def fail_once(*arguments: object) -> int:
        for fault in faults:
            raise fault
        return real(*arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(loop, "clean_up", fail_once)
    task = asyncio.create_task(loop.keep_clean(lab.as_lab()))
    for _ in range(1500):
        await asyncio.sleep(0.02)
        if not ids(lab.database) and not lab.blobs.keys_before(float("inf")):
            break
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ids(lab.database) == folders(lab.settings.data_dir) == set()
    assert lab.blobs.keys_before(float("inf")) == set()
    assert "trying again" in caplog.text
    with lab.database.read() as reader:
        assert reader.scalars(select(IdempotentAnswer)).all() == []
