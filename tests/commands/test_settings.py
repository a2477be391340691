from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from benchwright.settings import Settings
from tests.commands.programs import call


def test_every_setting_is_shown_as_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHWRIGHT_SERVER__PORT", "9876")
    shown = json.loads(call("settings", "--json", "--data-dir", str(tmp_path)).stdout)
    assert shown["BENCHWRIGHT_SERVER__PORT"] == 9876
    assert shown["BENCHWRIGHT_DATA_DIR"] == str(tmp_path)
    assert len(shown) == count_leaves(Settings(data_dir=tmp_path))


def count_leaves(group: BaseModel) -> int:
    values = [getattr(group, name) for name in type(group).model_fields]
    return sum(count_leaves(v) if isinstance(v, BaseModel) else 1 for v in values)


def test_secrets_are_masked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWRIGHT_SECRET_KEY", "hush" * 10)
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://me:hush@127.0.0.1/x")
    for arguments in ([], ["--json"]):
        result = call("settings", *arguments, "--data-dir", str(tmp_path))
        assert result.exit_code == 0
        assert "hush" not in result.stdout
        assert "BENCHWRIGHT_SECRET_KEY" in result.stdout


def test_what_is_shown_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = call("settings", "--data-dir", str(tmp_path)).stdout
    for line in before.splitlines():
        name, _, value = line.partition("=")
        if value:
            monkeypatch.setenv(name, value)
    assert call("settings").stdout == before


def test_what_looks_like_a_setting_and_is_none_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    (tmp_path / ".env").write_text("BENCHWRIGHT_SERVR__PORT=1\nOTHER=1\n")
    monkeypatch.setenv("BENCHWRIGHT_SERVER__PROT", "1")
    monkeypatch.setenv("BENCHWRIGHT_NONSENSE", "1")
    for name in ("TOKEN", "RUN_ID", "SERVER", "SERVER__HOST", "TEST_KUBECONFIG"):
        monkeypatch.setenv(f"BENCHWRIGHT_{name}", "{}")
    result = call("settings")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "Warning: BENCHWRIGHT_NONSENSE is no setting; `benchwright settings` lists them.",
        "Warning: BENCHWRIGHT_SERVER__PROT is no setting; did you mean BENCHWRIGHT_SERVER__PORT?",
        "Warning: BENCHWRIGHT_SERVR__PORT is no setting; did you mean BENCHWRIGHT_SERVER__PORT?",
    ]


def test_a_relative_data_directory_is_told_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        f"BENCHWRIGHT_DATA_DIR={tmp_path / 'here'}" in call("settings", "--data-dir", "here").stdout
    )
    monkeypatch.setenv("BENCHWRIGHT_DATA_DIR", "there")
    assert f"BENCHWRIGHT_DATA_DIR={tmp_path / 'there'}" in call("settings").stdout
