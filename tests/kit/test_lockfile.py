from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchwright.kit.lockfile import LockTaken, held_lock, lock_holder

HOLD = """
import sys, time
from pathlib import Path
from benchwright.kit.lockfile import held_lock
with held_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "server.lock"


def test_says_who_holds_it(path: Path) -> None:
    assert lock_holder(path) is None
    with held_lock(path):
        assert lock_holder(path) == os.getpid()
        with pytest.raises(LockTaken) as taken, held_lock(path):
            pass
        assert taken.value.holder == os.getpid()
    assert lock_holder(path) is None


def test_ends_with_its_process_however_that_dies(path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert lock_holder(path) == holder.pid
        with pytest.raises(LockTaken), held_lock(path):
            pass
        holder.kill()
        holder.wait()
    assert lock_holder(path) is None
    with held_lock(path):
        assert lock_holder(path) == os.getpid()


def test_is_not_inherited_by_children(path: Path) -> None:
    with held_lock(path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with child, held_lock(path):
        assert child.stdin is not None
        child.stdin.close()


def test_a_look_at_it_does_not_take_it(path: Path) -> None:
    with held_lock(path):
        pass
    assert lock_holder(path) is None
    with held_lock(path):
        pass


def test_an_unreadable_holder_is_nobody_in_particular(path: Path) -> None:
    with held_lock(path):
        path.write_text("not a number")
        with pytest.raises(LockTaken, match="another process") as taken, held_lock(path):
            pass
        assert taken.value.holder is None
