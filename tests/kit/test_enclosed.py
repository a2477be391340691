from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from benchwright.kit import enclosed
from benchwright.kit.errors import NotFound, Unavailable


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder, and beside it something that nobody may reach from there."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.txt").write_text("secret")
    root = tmp_path / "root"
    (root / "inner").mkdir(parents=True)
    (root / "inner" / "a.txt").write_text("plain")
    return root


def read(root: Path, *parts: str) -> bytes:
    with enclosed.open_file(root, parts) as file:
        return file.read()


def test_files_are_written_read_renamed_and_removed(root: Path) -> None:
    enclosed.write_file(root, ["inner", "b.txt"], b"1")
    enclosed.write_file(root, ["inner", "b.txt"], b"2")
    assert read(root, "inner", "b.txt") == b"2"
    draft = root.parent / "draft"
    draft.write_bytes(b"3")
    enclosed.move_in(draft, root, ["new", "deep", "c.txt"])
    assert read(root, "new", "deep", "c.txt") == b"3"
    enclosed.rename_entry(root, "new", "newer")
    enclosed.remove_file(root, ["inner", "b.txt"])
    found = ["/".join(one.parts) for one in enclosed.walk(root, most=10, depth=4)]
    assert found == ["inner/a.txt", "newer/deep/c.txt"]


@pytest.mark.parametrize("part", ["", ".", "..", "a/b", "../secret", "a\0b"])
def test_no_part_leads_elsewhere(root: Path, part: str) -> None:
    for path in ([part], ["inner", part], [part, "a.txt"]):
        with pytest.raises(OSError):
            enclosed.open_file(root, path)
        with pytest.raises(OSError):
            enclosed.write_file(root, path, b"x")
        with pytest.raises(OSError):
            enclosed.remove_file(root, path)
    with pytest.raises(OSError):
        enclosed.rename_entry(root, "inner", part)


def test_no_link_is_followed(root: Path) -> None:
    secret = root.parent / "secret"
    (root / "file").symlink_to(secret / "a.txt")
    (root / "folder").symlink_to(secret)
    for path in (["file"], ["folder", "a.txt"], ["folder"]):
        with pytest.raises(OSError):
            enclosed.open_file(root, path)
    with pytest.raises(OSError):
        enclosed.write_file(root, ["folder", "b.txt"], b"x")
    with pytest.raises(OSError):
        enclosed.remove_file(root, ["folder", "a.txt"])
    enclosed.write_file(root, ["file"], b"in place of the link")
    assert (secret / "a.txt").read_text() == "secret"
    assert [path.name for path in secret.iterdir()] == ["a.txt"]


def test_the_root_may_be_a_link(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert read(link, "inner", "a.txt") == b"plain"


def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(FileNotFoundError):
        enclosed.open_file(root, ["pipe"])


def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(root: Path) -> None:
    """Somebody swaps the folder for a link and back, again and again."""
    secret, aside = root.parent / "secret", root / "aside"
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            (root / "inner").rename(aside)
            (root / "inner").symlink_to(secret)
            (root / "inner").unlink()
            aside.rename(root / "inner")

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen = set[bytes]()
    try:
        for _ in range(3000):
            try:
                seen.add(read(root, "inner", "a.txt"))
            except OSError:
                continue
    finally:
        done.set()
        swapper.join()
    assert b"secret" not in seen


def test_a_walk_says_what_it_leaves_out(root: Path) -> None:
    (root / "bad\udcff").write_bytes(b"")
    (root / ".hidden").write_bytes(b"")
    (root / "link").symlink_to(root)
    found = {one.parts[0]: one.left_out for one in enclosed.walk(root, most=10)}
    assert found == {
        "inner": "a folder",
        "bad?": "its name holds what no address can",
        "link": "a symbolic link",
    }
    assert len(list(enclosed.walk(root, most=2, depth=9))) <= 2
    with pytest.raises(OSError):
        list(enclosed.walk(root / "none", most=2))


def test_what_the_disk_refuses_is_a_problem(root: Path) -> None:
    with pytest.raises(NotFound, match="nothing"), enclosed.disk_problems("nothing"):
        enclosed.open_file(root, ["none"])
    with pytest.raises(Unavailable, match="disk refuses"), enclosed.disk_problems("nothing"):
        raise PermissionError(13, "Permission denied")
