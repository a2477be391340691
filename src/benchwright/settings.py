"""Settings: from the environment (`BENCHWRIGHT_…`, `__` between levels) and a `.env` file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AliasChoices, BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from benchwright.setting_aliases import AliasSource
from benchwright.setting_groups import (
    ConfigSettings,
    DatasetSettings,
    HostSettings,
    KubernetesSettings,
    LogSettings,
    OpevaSettings,
    ScheduleSettings,
    SourceSettings,
    StreamSettings,
    TrackingSettings,
)

MEBIBYTE = 1024 * 1024
FORWARD_LABELS = frozenset({"run_id", "run", "project", "scenario", "quantile"})
_LABEL_NAME = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")
LabelValue = Annotated[str, Field(max_length=1024)]


class ServerSettings(BaseModel):
    """Where the server listens and who may talk to it."""

    host: str = Field(
        "127.0.0.1", description="Address to listen on; off loopback a token is required."
    )
    port: int = Field(
        8000,
        ge=0,
        le=65535,
        description="Port to listen on; 0 takes a free one, the last one again after a restart.",
    )
    public_url: str | None = Field(
        None,
        description="Address under which others reach the server, for links and for load generators on other hosts.",
    )
    root_path: str = Field(
        "", description="Path prefix that a proxy strips before it hands requests on."
    )
    forwarded_allow_ips: str = Field(
        "127.0.0.1",
        description="Proxies whose X-Forwarded-* headers are believed, comma-separated.",
    )
    allowed_hosts: list[str] = Field(
        [], description="Further names that the Host header may carry."
    )
    cors_origins: list[str] = Field(
        [], description="Origins of other front ends that may call the API from a browser."
    )
    max_body_bytes: int = Field(
        32 * MEBIBYTE, ge=1024, description="Largest request body that is read."
    )
    max_streams: int = Field(1000, ge=1, description="Event streams that may be open at once.")


class SpecSettings(BaseModel):
    """Limits of OpenAPI documents."""

    max_bytes: int = Field(20 * MEBIBYTE, ge=1024, description="Largest document that is read.")
    max_operations: int = Field(
        20_000, ge=1, description="Most operations that one document may describe."
    )
    timeout_s: float = Field(
        20.0, gt=0, description="Longest time that fetching a document may take."
    )


class NetworkSettings(BaseModel):
    """Which networks addresses given by users may lead to."""

    allowed_networks: list[str] = Field(
        [],
        description="Private networks (CIDR) that documents may be fetched from and load may go to off loopback; on a loopback-only install all but link-local and metadata addresses are open.",
    )
    denied_networks: list[str] = Field([], description="Networks (CIDR) that are never contacted.")


class ProcessSettings(BaseModel):
    """Runs as processes of this machine."""

    enabled: bool = Field(
        False,
        description="Off loopback: allow process jobs and users' own k6 scripts (scope `admin`); on loopback they are always allowed.",
    )
    capacity: int = Field(
        1,
        ge=1,
        description="Runs that this machine executes at once; further ones wait in the queue.",
    )
    stop_grace_s: float = Field(
        30.0,
        ge=0,
        description="Time that a workload has to end by itself after it was asked to stop.",
    )
    max_log_bytes: int = Field(
        64 * MEBIBYTE,
        ge=4096,
        description="Largest log that is kept of one run; what lies between head and tail is dropped.",
    )
    environment: list[str] = Field(
        [],
        description="Names of environment variables that workloads inherit besides PATH, HOME, LANG, TZ and TMPDIR.",
    )


class ExecutorSettings(BaseModel):
    """The executors."""

    process: ProcessSettings = Field(default_factory=ProcessSettings)
    kubernetes: KubernetesSettings = Field(default_factory=KubernetesSettings)


class RunSettings(BaseModel):
    """The life of a run."""

    poll_interval_s: float = Field(
        0.5, gt=0, description="Pause between two looks at unfinished runs."
    )
    lease_s: float = Field(
        30.0,
        gt=1,
        description="Time after which another server may take over the runs of one that fell silent.",
    )
    timeout_margin_s: float = Field(
        300.0,
        ge=0,
        description="Time beyond its planned length after which a run is stopped as timed out.",
    )
    max_timeout_s: float = Field(
        24 * 3600.0, gt=0, description="Longest time that any run may take; a longer plan is refused."
    )
    warn_after_s: float | None = Field(
        None, gt=0, description="Time after which it is told that a run still goes on: as an event, to webhooks, on the page of what runs."
    )
    max_collect_retries: int | None = Field(
        None,
        ge=0,
        description="How often collecting a run's results is tried again before it has failed; without it, until it succeeds.",
    )
    collect_delay_s: float = Field(
        0.0, ge=0, le=3600, description="Pause between the end of a workload and the collection of its results; nothing here needs one."
    )
    stale_after_s: float = Field(
        30.0,
        gt=0,
        description="Time without a sign of its target after which a run is shown as stale.",
    )


class K6Settings(BaseModel):
    """The load generator."""

    path: Path | None = Field(
        None,
        description="The k6 program to use; without it the newest supported one of PATH and the bundled package.",
    )
    push_interval_s: float = Field(
        1.0, ge=1, description="Pause between two pushes of figures by k6."
    )
    script_folder: Path | None = Field(
        None,
        description="Folder that the scripts of load tests started through `POST /load-testing` are also written to.",
    )


class RetentionSettings(BaseModel):
    """What is kept for how long, where a project does not say otherwise."""

    days: int | None = Field(
        None, ge=1, le=36_500, description="Age after which finished, unpinned runs are deleted."
    )
    max_bytes: int | None = Field(
        None,
        ge=1,
        description="Size of a project's finished runs above which the oldest unpinned ones are deleted.",
    )
    min_free_bytes: int = Field(
        512 * MEBIBYTE, ge=0, description="Free disk space below which no new run is started."
    )
    interval_s: float = Field(3600.0, gt=0, description="Pause between two clean-ups.")


class InfluxSettings(BaseModel):
    """A database that k6's raw samples also go to, once `url` is set."""

    url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/@:]+(:\d{1,5})?$",
        description="Address of an InfluxDB 1.x (http://…:8086) that k6's raw samples also go to.",
    )
    database: str = Field("k6", description="Database in it; made if it is missing.")
    username: str | None = Field(None, description="Who writes there.")
    password: SecretStr | None = Field(None, description="Their password.")


class ForwardSettings(BaseModel):
    """A Prometheus-compatible database that the figures of runs are also sent to, once `url` is set."""

    url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/@]+(/[^\s@]*)?$",
        description="Where it takes remote write 1.0 (http://…:9090/api/v1/write); private addresses are allowed.",
    )
    username: str | None = Field(None, description="Who writes there (HTTP Basic).")
    password: SecretStr | None = Field(None, description="Their password.")
    bearer_token: SecretStr | None = Field(
        None, description="Token that is sent instead of user and password."
    )
    tenant: str | None = Field(
        None, pattern=r"^[\x21-\x7e]+$", description="Tenant of Mimir, Cortex or Thanos (X-Scope-OrgID)."
    )
    labels: dict[str, LabelValue] = Field(
        {}, description='Further labels of every series, as JSON: {"site": "lab"}.'
    )
    runs: Literal["all", "tagged"] = Field(
        "all", description="Which runs are sent on: all, or those with the tag."
    )
    tag: str = Field("forward", min_length=1, max_length=50, description="The tag.")
    interval_s: float = Field(5.0, ge=0.1, le=300, description="Pause between two pushes.")
    max_queued_samples: int = Field(
        1_000_000,
        ge=1_000,
        description="Samples that wait in memory (about 20 bytes each) while the database is away; beyond that the oldest are lost.",
    )

    @field_validator("labels")
    @classmethod
    def _check_labels(cls, labels: dict[str, str]) -> dict[str, str]:
        for name in labels:
            if not _LABEL_NAME.fullmatch(name) or name.startswith("__"):
                raise ValueError(f"{name!r} cannot be the name of a label")
            if name in FORWARD_LABELS:
                raise ValueError(f"the label {name!r} is given by Benchwright itself")
        return labels


class MetricVaultSettings(BaseModel):
    """The interface of Metric Vault, for its clients."""

    enabled: bool = Field(
        True, description="Whether it is served, at the root and below /compat/metric_vault/."
    )
    anonymous: bool = Field(
        False,
        description="Off loopback: whether its clients, which send no token, may read, run and change everything that it reaches.",
    )


class CompatSettings(BaseModel):
    """The documented interfaces of systems that Benchwright replaces."""

    metric_vault: MetricVaultSettings = Field(default_factory=MetricVaultSettings)
    opeva: OpevaSettings = Field(default_factory=OpevaSettings)


class Settings(BaseSettings):
    """All settings; every field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix="BENCHWRIGHT_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        populate_by_name=True,
    )

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("benchwright", appauthor=False)),
        description="Folder of everything that the server keeps.",
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("BENCHWRIGHT_DATABASE_URL", "DATABASE_URL", "database_url"),
        description="Database address (postgresql+psycopg://…); without it SQLite below `data_dir`.",
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Key (or old keys after it, comma-separated) that encrypts stored secrets; without it a key file below `data_dir`.",
    )
    server: ServerSettings = Field(default_factory=ServerSettings)
    specs: SpecSettings = Field(default_factory=SpecSettings)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    executors: ExecutorSettings = Field(default_factory=ExecutorSettings)
    runs: RunSettings = Field(default_factory=RunSettings)
    streams: StreamSettings = Field(default_factory=StreamSettings)
    k6: K6Settings = Field(default_factory=K6Settings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    schedules: ScheduleSettings = Field(default_factory=ScheduleSettings)
    hosts: HostSettings = Field(default_factory=HostSettings)
    configs: ConfigSettings = Field(default_factory=ConfigSettings)
    datasets: DatasetSettings = Field(default_factory=DatasetSettings)
    influxdb: InfluxSettings = Field(default_factory=InfluxSettings)
    forward: ForwardSettings = Field(default_factory=ForwardSettings)
    sources: SourceSettings = Field(default_factory=SourceSettings)
    tracking: TrackingSettings = Field(default_factory=TrackingSettings)
    compat: CompatSettings = Field(default_factory=CompatSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Names of other systems count last: a setting of our own wins over them."""
        return init_settings, env_settings, dotenv_settings, AliasSource(settings_cls), file_secret_settings

    @property
    def private_dir(self) -> Path:
        """Database, key and blobs: never mounted anywhere, mode 0700."""
        return self.data_dir / ".benchwright"

    @property
    def resolved_database_url(self) -> str:
        """The address of the database that is used."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.private_dir / 'benchwright.db'}"
