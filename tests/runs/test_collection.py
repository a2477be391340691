from __future__ import annotations

import os
import uuid
from pathlib import Path

from benchwright.runs.collection import scan_artifacts
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run


def test_links_and_names_that_no_database_keeps_are_passed_over(tmp_path: Path) -> None:
    folder = RunFolder.of(tmp_path, uuid.uuid4())
    folder.make({})
    (folder.results / "kept.txt").write_text("x")
    (folder.results / "link.txt").symlink_to("/etc/passwd")
    (folder.results / "folder").symlink_to("/etc")
    os.mkfifo(folder.results / "pipe")
    Path(os.fsdecode(os.fsencode(folder.results) + b"/\xff.txt")).write_text("x")
    found = scan_artifacts(Run(id=1), folder)
    assert [artifact.path for artifact in found] == ["results/kept.txt"]
