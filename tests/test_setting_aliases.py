from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from benchwright.setting_aliases import ALIASES, VARIABLES
from benchwright.settings import Settings
from tests.architecture.tree import ROOT, text

# As the documentation of Metric Vault lists them, each with a value of its own.
DOCUMENTED: dict[str, tuple[str, str, Any]] = {
    "INFLUXDB_HOST": ("db.example", "influxdb.url", "http://db.example:8086"),
    "INFLUXDB_PORT": ("8087", "influxdb.url", "http://localhost:8087"),
    "INFLUXDB_DATABASE": ("load", "influxdb.database", "load"),
    "K6_SCRIPT_FILE_FOLDER": ("/mnt/k6-scripts", "k6.script_folder", Path("/mnt/k6-scripts")),
    "K6_DEFAULT_PVC": ("k6-script-pvc", "executors.kubernetes.volume_claim", "k6-script-pvc"),
    "KUBERNETES_NAMESPACE": ("load", "executors.kubernetes.namespace", "load"),
    "SCHEDULER_POLL_INTERVAL": ("15", "runs.poll_interval_s", 15.0),
    "SCHEDULER_MAX_RETRY": ("3", "runs.max_collect_retries", 3),
    "SCHEDULER_METRICS_DELAY": ("30", "runs.collect_delay_s", 30.0),
    "SCHEDULER_JOB_TIMEOUT_HOURS": ("4", "runs.max_timeout_s", 14_400.0),
    "SCHEDULER_JOB_WARNING_HOURS": ("1", "runs.warn_after_s", 3600.0),
    "LOG_LEVEL": ("WARNING", "log.level", "warning"),
    "AUTO_DELETE_COMPLETED_JOBS": ("false", "executors.kubernetes.delete_completed", False),
    # As the OPEVA backend's documentation, and MLflow's, list them.
    "MONGO_HOST": ("mongo.example", "sources.mongodb.host", "mongo.example"),
    "MONGO_PORT": ("27018", "sources.mongodb.port", 27018),
    "MONGO_USER": ("reader", "sources.mongodb.username", "reader"),
    "MONGO_PASSWORD": ("secret", "sources.mongodb.password", SecretStr("secret")),
    "MONGO_AUTH_SOURCE": ("lab", "sources.mongodb.auth_source", "lab"),
    "MLFLOW_TRACKING_URI": ("http://mlflow:5000", "tracking.mlflow_url", "http://mlflow:5000"),
    "MLFLOW_UI_BASE_URL": ("http://ml.example/", "tracking.mlflow_ui_url", "http://ml.example/"),
}


def value_of(settings: Any, path: str) -> Any:
    for name in path.split("."):
        settings = getattr(settings, name)
    return settings


@pytest.mark.parametrize("variable", sorted(DOCUMENTED))
def test_each_documented_variable_sets_one_setting(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, path, expected = DOCUMENTED[variable]
    assert value_of(Settings(), path) != expected
    monkeypatch.setenv(variable, given)
    settings = Settings()
    assert value_of(settings, path) == expected
    assert settings.model_fields_set == {path.partition(".")[0]}


def test_every_variable_is_documented() -> None:
    pages = "".join(text(path) for path in (ROOT / "docs").glob("*.md"))
    assert {name for name in VARIABLES if f"`{name}`" not in pages} == set()
    assert set(DOCUMENTED) <= VARIABLES


def test_every_alias_leads_to_a_setting() -> None:
    for alias in ALIASES.values():
        value_of(Settings(), ".".join(alias.setting))


def test_a_setting_of_our_own_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULER_POLL_INTERVAL", "15")
    monkeypatch.setenv("BENCHWRIGHT_RUNS__POLL_INTERVAL_S", "2")
    monkeypatch.setenv("BENCHWRIGHT_RUNS__LEASE_S", "44")
    monkeypatch.setenv("SCHEDULER_JOB_TIMEOUT_HOURS", "1")
    runs = Settings().runs
    assert (runs.poll_interval_s, runs.lease_s, runs.max_timeout_s) == (2, 44, 3600)


def test_an_argument_keeps_the_rest_of_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUXDB_HOST", "db")
    monkeypatch.setenv("BENCHWRIGHT_INFLUXDB", json.dumps({"database": "x"}))
    influxdb = Settings().influxdb
    assert (influxdb.url, influxdb.database) == ("http://db:8086", "x")


def test_a_file_is_read_and_the_environment_wins_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("INFLUXDB_HOST=file\nINFLUXDB_DATABASE=file\nLOG_LEVEL=\n")
    monkeypatch.setitem(Settings.model_config, "env_file", tmp_path / ".env")
    monkeypatch.setenv("INFLUXDB_DATABASE", "environment")
    settings = Settings()
    assert settings.influxdb.url == "http://file:8086"
    assert settings.influxdb.database == "environment"
    assert settings.log.level == "info"


@pytest.mark.parametrize(
    "given, level",
    [("INFO", "info"), ("Debug", "debug"), ("CRITICAL", "error"), ("warn", "warning")],
)
def test_levels_of_other_programs_are_understood(
    given: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", given)
    assert Settings().log.level == level


@pytest.mark.parametrize(
    "variable, given",
    [
        ("SCHEDULER_POLL_INTERVAL", "soon"),
        ("SCHEDULER_JOB_TIMEOUT_HOURS", "many"),
        ("SCHEDULER_JOB_TIMEOUT_HOURS", "-1"),
        ("INFLUXDB_PORT", "abc"),
        ("INFLUXDB_HOST", "db/../x"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_what_makes_no_sense_is_refused(
    variable: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, given)
    with pytest.raises(ValidationError):
        Settings()
