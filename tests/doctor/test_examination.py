from __future__ import annotations

from pathlib import Path

from benchwright.doctor.examination import examine
from benchwright.doctor.findings import Status
from benchwright.settings import K6Settings, Settings


def test_everything_that_matters_is_looked_for(tmp_path: Path) -> None:
    examination = examine(Settings(data_dir=tmp_path / "data"))
    names = {finding.name for finding in examination.findings}
    assert names == {
        "Benchwright", "Python", "k6", "Data directory", "Disk", "Database", "SQLite", "git",
        "Docker", "Kubernetes", "Access",
    }  # fmt: skip
    assert not (tmp_path / "data").exists()
    for finding in examination.findings:
        assert finding.advice or finding.status is Status.OK, finding.name


def test_what_is_required_decides(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, k6=K6Settings(path=tmp_path / "none"))
    examination = examine(settings)
    assert not examination.is_usable
    assert [f.name for f in examination.findings if f.is_fatal] == ["k6"]
