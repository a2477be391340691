"""Groups of settings that stand by themselves."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

HTTP_ADDRESS = r"^https?://[^\s/@?#]+(/[^\s@?#]*)?$"
DOCKER_ADDRESS = r"^(unix:///|tcp://|ssh://)[^\s@?#]+(@[^\s@?#]+)?$"
DEFAULT_CONNECTION = "default"
SourceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class ScheduleSettings(BaseModel):
    """Load tests that start by the clock."""

    min_interval_s: float = Field(
        60.0, ge=60, description="Least time between two firings of a schedule."
    )
    grace_s: float = Field(
        60.0,
        ge=5,
        description="Time after which a firing that did not start yet counts as missed.",
    )
    max_wait_s: float = Field(
        3600.0, ge=0, description="Longest time that a firing waits for its target to be free."
    )
    max_failures: int = Field(
        3,
        ge=1,
        description="Firings in a row that cannot start a run, after which a schedule pauses itself.",
    )
    history_days: int = Field(
        90, ge=1, le=36_500, description="Age after which what became of a firing is forgotten."
    )
    poll_interval_s: float = Field(
        1.0, gt=0, le=10, description="Pause between two looks for firings that are due."
    )


class HostSettings(BaseModel):
    """Docker hosts: what holds for those that do not say otherwise."""

    local_address: str | None = Field(
        None,
        pattern=DOCKER_ADDRESS,
        description="Address of the Docker daemon of the host `local` (unix:///…, tcp://…:2375, ssh://user@…); without it /var/run/docker.sock.",
    )
    local_shared_path: str | None = Field(
        None,
        pattern=r"^/",
        description="Folder under which that daemon sees `data_dir`; needed where the server runs in a container itself. Without it `data_dir` if the daemon's socket is on this machine, else none: files then travel by archive.",
    )
    local_shares_everything: bool = Field(
        False,
        description="Whether containers on `local` see the whole of `data_dir` but its private part, as those of an OPEVA backend did.",
    )
    network: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        description="Network of containers; without it `opeva_network` on hosts that have one, else Docker's default.",
    )
    capacity: int = Field(
        1,
        ge=1,
        le=1000,
        description="Runs at once on a host that is added without saying how many.",
    )
    probe_interval_s: float = Field(
        15.0, gt=0, le=3600, description="Pause between two looks at each host."
    )
    probe_timeout_s: float = Field(
        10.0,
        gt=0,
        le=120,
        description="Time after which a host that does not answer counts as away.",
    )
    orphan_grace_s: float = Field(
        300.0,
        ge=0,
        description="Age from which a container of ours that belongs to no unfinished run is listed as left over.",
    )


class KubernetesSettings(BaseModel):
    """Runs as jobs of a cluster; accepted already, without effect so far."""

    namespace: str = Field("default", description="Namespace of the jobs. No effect yet.")
    volume_claim: str | None = Field(
        None, description="Claim of the volume that holds scripts. No effect yet."
    )
    delete_completed: bool = Field(
        True, description="Whether jobs are removed once they were collected. No effect yet."
    )


class StreamSettings(BaseModel):
    """Runs that other tools stream in."""

    silence_s: float = Field(
        60.0, gt=0, description="Time without a write after which a streamed run has ended."
    )


class ConfigSettings(BaseModel):
    """Config files."""

    max_bytes: int = Field(1024**2, ge=1024, description="Largest config that is read or written.")


class DatasetSettings(BaseModel):
    """Datasets."""

    max_bytes: int = Field(
        10 * 1024**3, ge=1024, description="Largest dataset that is taken in, all files together."
    )
    max_files: int = Field(10_000, ge=1, description="Most files of a dataset that is taken in.")


class MongoSettings(BaseModel):
    """The MongoDB whose data is shown; unused until `uri` or `host` is set."""

    uri: SecretStr | None = Field(
        None, description="Address with everything in it (mongodb://… or mongodb+srv://…)."
    )
    host: str | None = Field(None, description="Its host, instead of `uri`.")
    port: int = Field(27017, ge=1, le=65535, description="Its port.")
    username: str | None = Field(None, description="Who reads there; the right to read is enough.")
    password: SecretStr | None = Field(None, description="Their password.")
    auth_source: str = Field(
        "admin", min_length=1, max_length=63, description="Database that knows the user."
    )

    @property
    def is_configured(self) -> bool:
        """Whether there is anything to connect to."""
        return self.uri is not None or self.host is not None


class NamedSource(BaseModel):
    """A database of a connection, under the name that pages and programs use."""

    model_config = ConfigDict(extra="forbid")

    database: str = Field(min_length=1, max_length=63)
    collections: list[Annotated[str, Field(min_length=1, max_length=255)]] = Field([])
    """Empty: all that the database has."""
    connection: str = Field(DEFAULT_CONNECTION, max_length=63)


def _known_sources() -> dict[str, NamedSource]:
    return {
        "living_lab": NamedSource(database="living_lab"),
        "i-charging_headquarters": NamedSource(
            database="i-charging_headquarters", collections=["i-charging headquarters"]
        ),
    }


class SourceSettings(BaseModel):
    """Data of other systems, which is only ever read."""

    mongodb: MongoSettings = Field(default_factory=MongoSettings)
    connections: dict[SourceName, MongoSettings] = Field(
        {},
        description='Further MongoDB servers by name, as JSON: {"plant": {"uri": "mongodb://…"}}.',
    )
    named: dict[SourceName, NamedSource] = Field(
        default_factory=_known_sources,
        description='What is shown, as JSON: {"plant": {"database": "plant", "collections": ["a"], "connection": "plant"}}; without `collections` all, without `connection` that of `mongodb`. Without this setting `living_lab` and `i-charging_headquarters`, once there is a connection.',
    )
    select_timeout_s: float = Field(
        3.0,
        gt=0,
        le=60,
        description="Time after which a server that does not answer counts as away.",
    )
    timeout_s: float = Field(
        20.0, gt=0, le=600, description="Longest time that one query may take."
    )
    max_documents: int = Field(
        50_000,
        ge=1,
        description="Most documents of a collection that one download or export holds, or one answer of `/api/living-lab`.",
    )
    max_page_bytes: int = Field(
        2 * 1024 * 1024, ge=1024, description="Size of documents after which a page ends."
    )
    max_bytes: int = Field(
        64 * 1024 * 1024,
        ge=1024,
        description="Size of documents after which a download or export ends.",
    )

    @model_validator(mode="after")
    def _check_connections(self) -> Self:
        if DEFAULT_CONNECTION in self.connections:
            raise ValueError(f"the connection {DEFAULT_CONNECTION!r} is that of `mongodb`")
        for name, source in self.named.items():
            if source.connection not in {DEFAULT_CONNECTION, *self.connections}:
                raise ValueError(
                    f"the source {name!r} names the connection {source.connection!r}, which is not there"
                )
        return self

    @property
    def available(self) -> dict[str, NamedSource]:
        """The sources whose connection is set up."""
        return {
            name: source
            for name, source in self.named.items()
            if self.connection(source.connection).is_configured
        }

    def connection(self, name: str) -> MongoSettings:
        """The connection of this name, which exists."""
        return self.mongodb if name == DEFAULT_CONNECTION else self.connections[name]


class TrackingSettings(BaseModel):
    """The MLflow server that runs are reported to, once `mlflow_url` is set."""

    mlflow_url: str | None = Field(
        None,
        pattern=HTTP_ADDRESS,
        description="Its address (http://…:5000); containers and processes of jobs are given it as MLFLOW_TRACKING_URI.",
    )
    mlflow_ui_url: str | None = Field(
        None,
        pattern=HTTP_ADDRESS,
        description="Its address for people, where that is another one; links lead there.",
    )
    username: str | None = Field(None, description="Who reports there (HTTP Basic).")
    password: SecretStr | None = Field(None, description="Their password.")
    token: SecretStr | None = Field(
        None, description="Token that is sent instead of user and password."
    )
    experiment: str = Field(
        "{project}",
        min_length=1,
        max_length=250,
        description="Name of the experiment that runs go into; `{project}`, `{project_slug}` and `{kind}` stand for those of the run.",
    )
    kinds: list[Literal["load_test", "job", "push", "device", "report"]] = Field(
        ["load_test", "job"], description="Kinds of runs that are reported."
    )
    interval_s: float = Field(
        2.0, gt=0, le=60, description="Pause between two looks for reports that are due."
    )
    timeout_s: float = Field(
        20.0, gt=0, le=600, description="Longest time that one request there may take."
    )
    give_up_after_days: float = Field(
        7.0, gt=0, le=365, description="Age after which a report that did not arrive is given up."
    )
    upload_artifacts_max_bytes: int = Field(
        64 * 1024 * 1024,
        ge=0,
        description="Size of a run's files up to which they are uploaded, the smallest first; 0 uploads none.",
    )

    @field_validator("experiment")
    @classmethod
    def _check_experiment(cls, text: str) -> str:
        try:
            text.format(project="", project_slug="", kind="")
        except (KeyError, IndexError, ValueError, AttributeError):
            raise ValueError(
                "only {project}, {project_slug} and {kind} may stand in braces"
            ) from None
        return text

    @property
    def links_url(self) -> str | None:
        """Where links lead, without a slash at its end."""
        url = self.mlflow_ui_url or self.mlflow_url
        return url.rstrip("/") if url else None


class LogSettings(BaseModel):
    """The server's own log."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )


class OpevaSettings(BaseModel):
    """The interface of the OPEVA training backend, for its clients."""

    enabled: bool = Field(
        True, description="Whether it is served, at the root and below /compat/opeva/."
    )
    anonymous: bool = Field(
        False,
        description="Off loopback: whether its clients, which send no token, may read, run and change everything that it reaches.",
    )
    image: str = Field(
        "calof/opeva_simulator:latest",
        pattern=r"^[a-z0-9][A-Za-z0-9._/:@-]*$",
        max_length=500,
        description="Image of the simulations that it starts.",
    )
    mlflow_url: str = Field(
        "http://mlflow:5000",
        pattern=HTTP_ADDRESS,
        description="MLFLOW_TRACKING_URI of its simulations where `tracking.mlflow_url` is not set.",
    )
