from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from benchwright.kit.errors import NotFound
from benchwright.runs.folder import RunFolder
from benchwright.runs.log_files import MAX_LOGS, find_log, list_logs

RUN = uuid.UUID(int=3)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder.of(tmp_path, RUN)
    made.log.parent.mkdir(parents=True)
    made.log.write_text("printed\n")
    return made


def test_logs_of_the_workload_stand_beside_what_was_printed(folder: RunFolder) -> None:
    logs = folder.log.parent
    (logs / "8f1c.log").write_text("own")
    (logs / f"{folder.log.name}.times").write_text("x")
    (logs / "notes.txt").write_text("x")
    (logs / ".hidden.log").write_text("x")
    (logs / "folder.log").mkdir()
    os.mkfifo(logs / "pipe.log")
    (logs / "link.log").symlink_to("/etc/hostname")
    assert [(log.name, log.size_bytes) for log in list_logs(folder)] == [("", 8), ("8f1c.log", 3)]
    assert find_log(folder, "8f1c.log") == logs / "8f1c.log"
    assert find_log(folder) == folder.log


@pytest.mark.parametrize(
    "name", ["link.log", "../x.log", "no.log", "/etc/passwd", "a/b.log", "\0.log", ".."]
)
def test_only_listed_names_are_found(folder: RunFolder, name: str) -> None:
    (folder.log.parent / "link.log").symlink_to("/etc/hostname")
    with pytest.raises(NotFound):
        find_log(folder, name)


def test_a_run_without_a_folder_has_one_empty_log(tmp_path: Path) -> None:
    assert [(log.name, log.size_bytes) for log in list_logs(RunFolder.of(tmp_path, RUN))] == [
        ("", 0)
    ]


def test_there_are_not_more_logs_than_anybody_reads(folder: RunFolder) -> None:
    for number in range(MAX_LOGS + 20):
        (folder.log.parent / f"{number}.log").touch()
    assert len(list_logs(folder)) == MAX_LOGS + 1
