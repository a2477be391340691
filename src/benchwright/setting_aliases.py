"""Variables that other systems document, read as settings of Benchwright where they are set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource, PydanticBaseSettingsSource

DEFAULT_INFLUXDB_PORT = "8086"
_LEVELS = {"trace": "debug", "warn": "warning", "critical": "error", "fatal": "error"}


def _as_it_is(text: str) -> Any:
    return text


def _hours(text: str) -> Any:
    try:
        return float(text) * 3600
    except ValueError:
        return text  # refused under the name of the setting


def _level(text: str) -> str:
    return _LEVELS.get(text.lower(), text.lower())


def _server(text: str) -> str | None:
    # MLflow's variable may also name a folder or a database, which nothing can be reported to.
    return text if text.startswith(("http://", "https://")) else None


def _docker_address(text: str) -> str | None:
    # Docker's variable may also name pipes of Windows and the like, which nothing here speaks.
    return text if text.startswith(("unix:///", "tcp://", "ssh://")) else None


class Alias(NamedTuple):
    """Where the value of a variable goes, and how it is read."""

    setting: tuple[str, ...]
    read: Callable[[str], Any] = _as_it_is


ALIASES: Mapping[str, Alias] = {
    "INFLUXDB_DATABASE": Alias(("influxdb", "database")),
    "INFLUXDB_USERNAME": Alias(("influxdb", "username")),
    "INFLUXDB_PASSWORD": Alias(("influxdb", "password")),
    "K6_SCRIPT_FILE_FOLDER": Alias(("k6", "script_folder")),
    "K6_DEFAULT_PVC": Alias(("executors", "kubernetes", "volume_claim")),
    "KUBERNETES_NAMESPACE": Alias(("executors", "kubernetes", "namespace")),
    "SCHEDULER_POLL_INTERVAL": Alias(("runs", "poll_interval_s")),
    "SCHEDULER_MAX_RETRY": Alias(("runs", "max_collect_retries")),
    "SCHEDULER_METRICS_DELAY": Alias(("runs", "collect_delay_s")),
    "SCHEDULER_JOB_TIMEOUT_HOURS": Alias(("runs", "max_timeout_s"), _hours),
    "SCHEDULER_JOB_WARNING_HOURS": Alias(("runs", "warn_after_s"), _hours),
    "AUTO_DELETE_COMPLETED_JOBS": Alias(("executors", "kubernetes", "delete_completed")),
    "MONGO_HOST": Alias(("sources", "mongodb", "host")),
    "MONGO_PORT": Alias(("sources", "mongodb", "port")),
    "MONGO_USER": Alias(("sources", "mongodb", "username")),
    "MONGO_PASSWORD": Alias(("sources", "mongodb", "password")),
    "MONGO_AUTH_SOURCE": Alias(("sources", "mongodb", "auth_source")),
    "MLFLOW_TRACKING_URI": Alias(("tracking", "mlflow_url"), _server),
    "MLFLOW_UI_BASE_URL": Alias(("tracking", "mlflow_ui_url")),
    "DOCKER_HOST": Alias(("hosts", "local_address"), _docker_address),
    "LOG_LEVEL": Alias(("log", "level"), _level),
}
"""By variable; `INFLUXDB_HOST` and `INFLUXDB_PORT` together make the setting `influxdb.url`."""

VARIABLES = frozenset({*ALIASES, "INFLUXDB_HOST", "INFLUXDB_PORT"})


class AliasSource(PydanticBaseSettingsSource):
    """Reads the variables of `ALIASES` from the environment, or else from `.env`."""

    def __call__(self) -> dict[str, Any]:
        given = self._given()
        found: dict[str, Any] = {}
        for variable, alias in ALIASES.items():
            if variable in given:
                _put(found, alias.setting, alias.read(given[variable]))
        if "INFLUXDB_HOST" in given or "INFLUXDB_PORT" in given:
            host = given.get("INFLUXDB_HOST", "localhost")
            port = given.get("INFLUXDB_PORT", DEFAULT_INFLUXDB_PORT)
            _put(found, ("influxdb", "url"), f"http://{host}:{port}")
        return found

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Never called: `__call__` gives all values at once."""
        raise NotImplementedError

    def _given(self) -> dict[str, str]:
        given: dict[str, str] = {}
        for source in (
            DotEnvSettingsSource(self.settings_cls),
            EnvSettingsSource(self.settings_cls),
        ):
            for name, value in source.env_vars.items():
                # An empty variable counts as none: compose files write those.
                if name.upper() in VARIABLES and value:
                    given[name.upper()] = value
        return given


def _put(found: dict[str, Any], setting: tuple[str, ...], value: Any) -> None:
    *groups, name = setting
    for group in groups:
        found = found.setdefault(group, {})
    found[name] = value
