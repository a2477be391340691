from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.kit.wholefile import read_json, write_json, write_whole


def test_a_file_is_replaced_and_no_draft_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"name": "früher"})
    write_json(path, {"name": "jetzt"})
    assert read_json(path) == {"name": "jetzt"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    taken = tmp_path / "folder"
    (taken / "inside").mkdir(parents=True)
    with pytest.raises(OSError):
        write_whole(taken, b"x")
    assert list(tmp_path.iterdir()) == [taken]


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", '{"a": "\\ud800"'])
def test_what_is_no_object_counts_as_absent(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    assert read_json(path) is None
    assert read_json(tmp_path / "absent") is None
