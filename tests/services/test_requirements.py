from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import requirements
from tests.services.requirements import PROGRAMS, Program, advice, require

ROOT = Path(__file__).parent.parent.parent
SUITE = """
import pytest

def test_that_passes(): pass

@pytest.mark.needs("nonesuch")
def test_that_cannot_run(): pass

@pytest.mark.skip(reason="the moon is wrong")
def test_that_is_skipped(): pass
"""


@pytest.fixture
def _no_such_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROGRAMS, "nonesuch", Program(("nonesuch",), apt="nonesuch", brew="none"))


def run_suite(folder: Path, *, ci: bool) -> subprocess.CompletedProcess[str]:
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "conftest.py").write_text(
        "from tests.services.requirements import PROGRAMS, Program\n"
        "pytest_plugins = ['tests.services.requirements']\n"
        "PROGRAMS['nonesuch'] = Program(('nonesuch',), apt='nonesuch', brew='none')\n"
    )
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = needs(*programs): here\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "true" if ci else ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_what_is_there_is_found() -> None:
    assert require("git") == [requirements.find("git")]


@pytest.mark.usefixtures("_no_such_program")
def test_what_is_missing_skips_with_the_command_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    with pytest.raises(pytest.skip.Exception, match="sudo apt-get install nonesuch"):
        require("git", "nonesuch")


@pytest.mark.usefixtures("_no_such_program")
def test_what_is_missing_in_ci_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="nonesuch not found"):
        require("nonesuch")


def test_on_macos_homebrew_is_advised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert advice(["nginx"]) == "Get it with: brew install nginx"


def test_the_last_lines_say_what_was_not_tested(tmp_path: Path) -> None:
    done = run_suite(tmp_path, ci=False)

    assert done.returncode == 0, done.stdout
    assert "1 passed, 2 skipped" in done.stdout
    first, second = done.stdout.splitlines()[-2:]
    assert first.startswith("not tested (1): nonesuch not found. Get it with: ")
    assert second == "not tested (1): the moon is wrong"


def test_a_skip_fails_ci(tmp_path: Path) -> None:
    done = run_suite(tmp_path, ci=True)

    assert done.returncode == 1, done.stdout
    assert "nonesuch not found" in done.stdout
