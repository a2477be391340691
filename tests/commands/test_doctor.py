from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.doctor.findings import Examination
from tests.commands.programs import call


def test_a_table_for_people_and_json_for_programs(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    table = call("doctor", "--data-dir", data)
    assert table.exit_code == 0
    assert "Ready for load tests." in table.stdout
    examination = Examination.model_validate_json(
        call("doctor", "--json", "--data-dir", data).stdout
    )
    assert examination.is_usable
    for finding in examination.findings:
        assert finding.name in table.stdout
    assert not (tmp_path / "data").exists()


def test_what_is_missing_and_needed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHWRIGHT_K6__PATH", str(tmp_path / "no-k6"))
    result = call("doctor", "--data-dir", str(tmp_path / "data"))
    assert result.exit_code == 1
    assert "Not usable yet: k6." in result.stdout


def test_settings_that_cannot_be_read_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWRIGHT_SERVER__PORT", "eighty")
    result = call("doctor")
    assert result.exit_code == 2
    assert "BENCHWRIGHT_SERVER__PORT" in result.stderr
