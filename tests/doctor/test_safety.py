from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from benchwright.doctor.findings import Status
from benchwright.doctor.safety import check_safety
from benchwright.settings import ExecutorSettings, ProcessSettings, ServerSettings, Settings


def test_a_server_for_this_machine_is_in_order(tmp_path: Path) -> None:
    (finding,) = check_safety(Settings(data_dir=tmp_path))
    assert finding.status is Status.OK
    assert "this machine only" in finding.found


@pytest.mark.parametrize(
    "server, word",
    [
        ({"forwarded_allow_ips": "10.0.0.1, *"}, "FORWARDED_ALLOW_IPS"),
        ({"cors_origins": ["https://a.example", "*"]}, "CORS_ORIGINS"),
        ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS"),
        ({"host": "0.0.0.0"}, "SECRET_KEY"),
    ],
)
def test_each_risk_is_named_with_its_setting(
    server: dict[str, Any], word: str, tmp_path: Path
) -> None:
    (finding,) = check_safety(Settings(data_dir=tmp_path, server=ServerSettings(**server)))
    assert finding.status is Status.WARNING
    assert word in f"{finding.found} {finding.advice}"


def test_processes_for_others_are_a_risk_off_loopback_only(tmp_path: Path) -> None:
    executors = ExecutorSettings(process=ProcessSettings(enabled=True))
    key = SecretStr("k" * 40)
    inside = Settings(data_dir=tmp_path, executors=executors, secret_key=key)
    outside = inside.model_copy(update={"server": ServerSettings(host="0.0.0.0")})
    assert [f.status for f in check_safety(inside)] == [Status.OK]
    assert [f.status for f in check_safety(outside)] == [Status.WARNING]


def test_an_interface_open_to_everybody_is_a_risk_off_loopback_only(tmp_path: Path) -> None:
    vault = {"metric_vault": {"anonymous": True}}
    given = {"data_dir": tmp_path, "secret_key": "k" * 40, "compat": vault}
    inside = Settings.model_validate(given)
    outside = Settings.model_validate({**given, "server": {"host": "0.0.0.0"}})
    assert [f.status for f in check_safety(inside)] == [Status.OK]
    (finding,) = check_safety(outside)
    assert finding.status is Status.WARNING
    assert "COMPAT__METRIC_VAULT__ANONYMOUS" in finding.found
    vault["metric_vault"]["enabled"] = False
    closed = Settings.model_validate({**given, "server": {"host": "0.0.0.0"}})
    assert [f.status for f in check_safety(closed)] == [Status.OK]
