"""What a job is told to do, as users write it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
MAX_PARAMETERS = 20
MAX_RUNS = 1000
"""Of one matrix."""

Scalar = str | int | float | bool
VariableName = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=32_768)]
ImageName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][A-Za-z0-9._/:@-]*$", max_length=500)
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Resources(_Part):
    """Limits of a container; without one it takes what there is."""

    cpus: float | None = Field(None, gt=0, le=1024)
    memory_mib: int | None = Field(None, ge=6, le=16 * 1024 * 1024)
    shm_mib: int | None = Field(None, ge=1, le=1024 * 1024)
    gpus: int | Literal["all"] | None = None


class MountWish(_Part):
    """A folder of the host, below one of the roots that the host declares."""

    source: Annotated[str, StringConstraints(pattern=r"^/", max_length=4096)]
    target: Annotated[str, StringConstraints(pattern=r"^/", max_length=4096)]
    read_only: bool = True


class ConfigWish(_Part):
    """Exactly one of both: the name of a stored config, or the config itself."""

    stored: str | None = None
    inline: dict[str, Any] | None = None


class InputFile(_Part):
    """A file that the workload finds in its `inputs` folder."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=200)]
    text: Annotated[str, StringConstraints(max_length=1024 * 1024)]


class JobPlan(_Part):
    """Any command, or any container image, with a config.

    `${{ name }}` in the command, the environment and the inline config stands for a parameter.
    """

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    image: ImageName | None = None
    """Without one the command runs as a process of the server's own machine."""
    entrypoint: list[Text] | None = None
    command: list[Text] = Field(default_factory=list, max_length=1000)
    config: ConfigWish | None = None
    datasets: list[str] = Field(default_factory=list, max_length=100)
    """Those it reads; where a host shares no folder, only these travel to it."""
    inputs: list[InputFile] = Field(default_factory=list, max_length=100)
    environment: dict[VariableName, Text] = Field(default_factory=dict, max_length=200)
    secrets: dict[VariableName, Annotated[str, StringConstraints(max_length=200)]] = Field(
        default_factory=dict, max_length=50
    )
    """Environment variables whose values are secrets of the project, by the secrets' names."""
    resources: Resources = Resources()
    mounts: list[MountWish] = Field(default_factory=list, max_length=20)
    network: Annotated[str, StringConstraints(max_length=200)] | None = None
    user: Annotated[str, StringConstraints(pattern=r"^[\w.-]+(:[\w.-]+)?$")] | None = None
    working_dir: Annotated[str, StringConstraints(pattern=r"^/", max_length=4096)] | None = None
    pull: Literal["missing", "always", "never"] = "missing"
    host: str | None = None
    """The name of a host; without one `labels` choose, and without those any host."""
    labels: dict[str, str] = Field(default_factory=dict, max_length=20)
    timeout_s: float | None = Field(None, gt=0)
    planned_duration_s: float | None = Field(None, gt=0)
    success_exit_codes: list[int] = Field(default_factory=lambda: [0], min_length=1, max_length=20)
    matrix: dict[
        VariableName, Annotated[list[Scalar], Field(min_length=1, max_length=MAX_RUNS)]
    ] = Field(default_factory=dict, max_length=MAX_PARAMETERS)
    """Values of each parameter; every combination becomes a run of one group."""
    note: Annotated[str, StringConstraints(max_length=10_000)] = ""
    tags: list[str] = Field(default_factory=list, max_length=20)
