from __future__ import annotations

from pathlib import Path

from benchwright.commands.exits import Exit
from tests.commands.programs import call
from tests.compat.metric_vault_file import write_vault


def test_a_metric_vault_comes_over_once(tmp_path: Path) -> None:
    file = str(write_vault(tmp_path / "metric.db"))
    data = str(tmp_path / "data")
    first = call("import", "metric-vault", file, "--data-dir", data)
    assert first.exit_code == 0, first.stderr
    assert "New: 2 projects, 2 documents with 3 endpoints, 2 runs" in first.stdout
    assert "Left out: 1 test without an end" in first.stdout
    second = call("import", "metric-vault", file, "--data-dir", data)
    assert "New: 0 projects, 0 documents with 0 endpoints, 0 runs. Already here: 2" in second.stdout


def test_a_file_that_is_none_is_explained(tmp_path: Path) -> None:
    (tmp_path / "metric.db").write_text("hello")
    data = str(tmp_path / "data")
    refused = call("import", "metric-vault", str(tmp_path / "metric.db"), "--data-dir", data)
    assert refused.exit_code == Exit.WRONG_USAGE
    assert "is no SQLite database" in refused.stderr
    absent = call("import", "metric-vault", str(tmp_path / "nothing"), "--data-dir", data)
    assert absent.exit_code == Exit.WRONG_USAGE
    assert "cannot be read" in absent.stderr
    assert call("import", "metric-vault", "--data-dir", data).exit_code == Exit.WRONG_USAGE
