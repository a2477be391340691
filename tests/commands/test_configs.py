from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.programs import call

GOOD = "experiment: {name: a, run_name: b}\nsimulator: {dataset_path: /data/datasets/shop}\n"


@pytest.fixture
def data_dir(tmp_path: Path) -> str:
    path = tmp_path / "data"
    path.mkdir()
    return str(path)


def test_a_life(data_dir: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    put = call("config", "put", "a.yaml", str(file), "--data-dir", data_dir)
    assert put.stdout == "a.yaml was written.\n"
    again = call("config", "put", "a.yaml", str(file), "--new", "--data-dir", data_dir)
    assert again.exit_code != 0
    assert "already" in again.stderr
    assert call("config", "show", "a.yaml", "--data-dir", data_dir).stdout == GOOD
    (Path(data_dir) / "configs" / "broken.yaml").write_text("a: [")
    listed = call("config", "list", "--data-dir", data_dir).stdout.splitlines()
    assert [line.split()[5] for line in listed] == ["a.yaml", "broken.yaml"]
    assert listed[1].endswith("cannot be read")
    assert call("config", "delete", "a.yaml", "--data-dir", data_dir).exit_code == 0
    gone = call("config", "show", "a.yaml", "--data-dir", data_dir)
    assert gone.exit_code != 0
    assert "Config a.yaml not found" in gone.stderr


def test_check(data_dir: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    warned = call("config", "check", str(file), "--data-dir", data_dir)
    assert warned.exit_code == 0
    assert "mine.yaml:2: warning: simulator.dataset_path: There is no dataset" in warned.stdout
    file.write_text("a: [\n")
    broken = call("config", "check", str(file), "--data-dir", data_dir)
    assert broken.exit_code == 1
    assert ":2: error: " in broken.stdout
    missing = call("config", "check", str(tmp_path / "none.yaml"), "--data-dir", data_dir)
    assert missing.exit_code == 2
    assert "cannot be read" in missing.stderr
