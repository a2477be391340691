from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchwright.kit.errors import Unavailable
from benchwright.loadtests.k6 import K6Program, find_k6, require_k6, run_command, run_environment
from benchwright.settings import K6Settings


def fake_k6(folder: Path, answer: str, mode: int = 0o755) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "k6"
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(mode)
    return path


def test_the_bundled_program_is_found(k6: K6Program) -> None:
    assert (1, 0, 0) <= k6.version < (3, 0, 0)
    assert k6.path.is_file()
    assert k6.version_text.count(".") == 2


def test_the_newest_supported_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = fake_k6(tmp_path / "old", 'echo "k6 v0.57.0 (go1.23, linux/amd64)"')
    new = fake_k6(tmp_path / "new", 'echo "k6 v2.2.0 (commit/abc, go1.26, linux/amd64)"')
    far = fake_k6(tmp_path / "far", 'echo "k6 v3.0.1 (commit/abc)"')
    odd = fake_k6(tmp_path / "odd", "echo hello")
    path = os.pathsep.join(str(p.parent) for p in (old, new, far, odd))
    monkeypatch.setenv("PATH", path + os.pathsep + os.environ["PATH"])
    search = find_k6(K6Settings())
    assert search.program is not None
    assert (search.program.path, search.program.version) == (new, (2, 2, 0))
    assert search.program.origin == "path"
    assert {found.path: found.reason for found in search.passed_over} == {
        old: "version 0.57.0 is not within 1.0 and below 3",
        far: "version 3.0.1 is not within 1.0 and below 3",
        odd: "it does not tell a version as k6 does",
    }


def test_an_older_one_on_the_path_gives_way_to_the_bundled_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(fake_k6(tmp_path / "a", 'echo "k6 v1.0.0 (x)"').parent))
    program = require_k6(K6Settings())
    assert program.origin == "bundled"


def test_the_setting_alone_counts(tmp_path: Path) -> None:
    chosen = fake_k6(tmp_path / "a", 'echo "k6 v1.8.1 (x)"')
    program = require_k6(K6Settings(path=chosen))
    assert (program.path, program.origin) == (chosen, "setting")
    with pytest.raises(Unavailable, match=r"nothing.*no such file.*BENCHWRIGHT_K6__PATH"):
        require_k6(K6Settings(path=tmp_path / "nothing"))
    blocked = fake_k6(tmp_path / "b", "exit 1", mode=0o644)
    with pytest.raises(Unavailable, match="cannot be executed"):
        require_k6(K6Settings(path=blocked))


def test_an_update_in_place_is_noticed(tmp_path: Path) -> None:
    path = fake_k6(tmp_path / "a", 'echo "k6 v1.1.0 (x)"')
    assert require_k6(K6Settings(path=path)).version == (1, 1, 0)
    fake_k6(tmp_path / "a", 'echo "k6 v1.10.0 (x)"')
    assert require_k6(K6Settings(path=path)).version == (1, 10, 0)


def test_no_flag_changes_the_load_of_an_own_script() -> None:
    program = K6Program(Path("/k6"), (1, 1, 0), "path")
    script, summary = Path("/x/-script.js"), Path("/x/summary.json")
    command = run_command(program, script, summary, own=True, environment={"A": "b=c"})
    for flag in (
        "-u",
        "--vus",
        "-d",
        "--duration",
        "-i",
        "-s",
        "--rps",
        "--no-thresholds",
        "--tag",
    ):
        assert flag not in command
    assert command[:2] == ["/k6", "run"]
    assert command[-2:] == ["--", str(script)]
    assert "--address=" in command
    assert command[command.index("-e") :][:2] == ["-e", "A=b=c"]
    assert ["--summary-export", str(summary)] == command[command.index("--summary-export") :][:2]


def test_tokens_stay_off_the_command_line() -> None:
    environment = run_environment("http://127.0.0.1:1/w", "sesame", 2.5)
    assert environment["K6_PROMETHEUS_RW_BEARER_TOKEN"] == "sesame"
    assert environment["K6_PROMETHEUS_RW_PUSH_INTERVAL"] == "2500ms"
    assert environment["K6_AUTO_EXTENSION_RESOLUTION"] == "false"
