from __future__ import annotations

from pathlib import Path

import pytest

from benchwright.doctor.findings import Status
from benchwright.doctor.generator import check_k6
from benchwright.settings import K6Settings, Settings


def program(path: Path, prints: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{prints}'\n")
    path.chmod(0o755)
    return path


def test_the_k6_of_the_settings_is_used(tmp_path: Path) -> None:
    path = program(tmp_path / "k6", "k6 v2.2.0 (go1.25, linux/amd64)")
    finding = check_k6(Settings(data_dir=tmp_path, k6=K6Settings(path=path)))
    assert finding.status is Status.OK
    assert f"2.2.0 at {path}" in finding.found


def test_one_that_was_passed_over_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = program(tmp_path / "old" / "k6", "k6 v0.49.0 (go1.21, linux/amd64)")
    new = program(tmp_path / "new" / "k6", "k6 v2.9.0 (go1.25, linux/amd64)")
    monkeypatch.setenv("PATH", f"{old.parent}:{new.parent}:/bin:/usr/bin")
    finding = check_k6(Settings(data_dir=tmp_path))
    assert finding.status is Status.WARNING
    assert f"2.9.0 at {new}" in finding.found
    assert f"{old}: version 0.49.0" in str(finding.advice)


def test_without_k6_nothing_goes(tmp_path: Path) -> None:
    finding = check_k6(Settings(data_dir=tmp_path, k6=K6Settings(path=tmp_path / "none")))
    assert finding.is_fatal
    assert "BENCHWRIGHT_K6__PATH" in str(finding.advice)
