from __future__ import annotations

import subprocess
import sys

import pytest

from benchwright.version import VERSION
from tests.commands.programs import call


def test_tells_its_version() -> None:
    assert call("--version").stdout == f"benchwright {VERSION}\n"


@pytest.mark.parametrize(
    "command", ["serve", "load", "demo", "doctor", "settings", "token", "secrets"]
)
def test_every_command_explains_itself(command: str) -> None:
    assert command in call("--help").stdout
    shown = call(command, "--help")
    assert shown.exit_code == 0
    assert "Usage" in shown.stdout


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--prot", "1"], ["token", "make"]])
def test_what_it_does_not_know_is_wrong_usage(arguments: list[str]) -> None:
    assert call(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "module, heavy",
    [
        # Help does not wait for what only a server needs,
        ("benchwright.cli", {"duckdb", "fastapi", "sqlalchemy", "numpy", "uvicorn", "httpx2"}),
        # and a server starts without what only figures need.
        ("benchwright.app", {"duckdb", "numpy", "alembic"}),
    ],
)
def test_what_is_heavy_is_imported_when_it_is_needed(module: str, heavy: set[str]) -> None:
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"


def test_ctrl_c_while_it_is_loaded_leaves_no_traceback() -> None:
    code = """
import os, signal, sys
from benchwright.__main__ import main
class Interrupter:
    def find_spec(self, *_):
        os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupter())
main()
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")
