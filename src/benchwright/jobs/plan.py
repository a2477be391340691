"""What a job is told to do, as users write it."""

from __future__ import annotations

import re
import shlex
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*$"
MAX_PARAMETERS = 20
MAX_RUNS = 1000
"""Of one matrix."""
MAX_TEXTS_BYTES = 128 * 1024
"""Of all words of a command together, and of a whole environment: systems take little more."""
MAX_INPUTS_BYTES = 8 * 1024 * 1024
RESERVED = "BENCHWRIGHT_"
"""Environment variables that begin so are given by Benchwright."""
MAX_TIME_S = 366 * 86_400.0

_SPACED_TOKEN = re.compile(r"\$\{\{\s*([^{}]*?)\s*\}\}")


def split_words(text: str) -> list[str]:
    """The words of a command, a `${{ name }}` with spaces in it as one; raises `ValueError`."""
    try:
        return shlex.split(_SPACED_TOKEN.sub(r"${{\1}}", text))
    except ValueError as error:
        raise ValueError(f"The text cannot be split into words: {error}") from None


def _words(value: object) -> object:
    """A text becomes words, as a shell splits them; nothing else of a shell happens."""
    return split_words(value) if isinstance(value, str) else value


def _check_text(text: str) -> str:
    if "\0" in text:
        raise ValueError("Contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("Contains half of a character (an unpaired surrogate)") from None
    return text


def _as_text(value: object) -> object:
    """YAML writes numbers and switches without quotes; in an environment they are text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Scalar = (
    Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]
    | Annotated[float, Field(strict=True, allow_inf_nan=False)]
    | Annotated[str, StringConstraints(strict=True, max_length=4096)]
)
VariableName = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=200)]
Text = Annotated[str, BeforeValidator(_as_text), StringConstraints(max_length=32_768)]
Words = Annotated[list[Text], BeforeValidator(_words), Field(max_length=1000)]
ImageName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][A-Za-z0-9._/:@-]*$", max_length=500)
]
HostPath = Annotated[str, StringConstraints(pattern=r"^/", max_length=4096)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Resources(_Part):
    """Limits of a container; without one it takes what there is."""

    cpus: float | None = Field(None, gt=0, le=1024, allow_inf_nan=False)
    memory_mib: int | None = Field(None, ge=6, le=16 * 1024 * 1024)
    shm_mib: int | None = Field(None, ge=1, le=1024 * 1024)
    gpus: Annotated[int, Field(ge=0, le=1024)] | Literal["all"] | None = None


class MountWish(_Part):
    """A folder of the host, below one of the roots that the host declares."""

    source: HostPath
    target: HostPath
    read_only: bool = True

    @field_validator("source", "target")
    @classmethod
    def _check_path(cls, path: str) -> str:
        if any(part in {"..", "."} for part in path.split("/")):
            raise ValueError("Write the whole path, without “.” and “..”")
        return _check_text(path)


class ConfigWish(_Part):
    """Exactly one of both: the name of a stored config, or the config itself."""

    stored: Annotated[str, StringConstraints(min_length=1, max_length=300)] | None = None
    inline: dict[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _take_name(cls, value: object) -> object:
        return {"stored": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.stored is None) == (self.inline is None):
            raise ValueError("Give either `stored`, the name of a config, or `inline`, the config")
        return self


class InputFile(_Part):
    """A file that the workload finds in its `inputs` folder."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=200)]
    text: Annotated[str, StringConstraints(max_length=1024 * 1024)]

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if name.endswith(".tmp"):
            raise ValueError("A name that ends in .tmp is taken for an unfinished file")
        if name in {"config.yaml", "config.json"}:
            raise ValueError(f"{name} is the name of the config itself; write it as `config`")
        return name

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        return _check_text(text)


class JobPlan(_Part):
    """Any command, or any container image, with a config.

    `${{ name }}` in the command, the environment and the inline config stands for a parameter.
    """

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    image: ImageName | None = None
    """Without one the command runs as a process of the server's own machine."""
    entrypoint: Words | None = None
    command: Words = Field(default_factory=list)
    config: ConfigWish | None = None
    datasets: list[Annotated[str, StringConstraints(min_length=1, max_length=300)]] = Field(
        default_factory=list, max_length=100
    )
    """Those it reads; where a host shares no folder, only these travel to it."""
    inputs: list[InputFile] = Field(default_factory=list, max_length=100)
    environment: dict[VariableName, Text] = Field(default_factory=dict, max_length=200)
    secrets: dict[VariableName, Annotated[str, StringConstraints(max_length=200)]] = Field(
        default_factory=dict, max_length=50
    )
    """Environment variables whose values are secrets of the project, by the secrets' names."""
    resources: Resources = Resources()
    mounts: list[MountWish] = Field(default_factory=list, max_length=20)
    network: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=200)]
        | None
    ) = None
    user: (
        Annotated[str, StringConstraints(pattern=r"^[\w.-]+(:[\w.-]+)?$", max_length=200)] | None
    ) = None
    working_dir: HostPath | None = None
    pull: Literal["missing", "always", "never"] = "missing"
    host: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """The name of a host; without one `labels` choose, and without those any host."""
    labels: dict[
        Annotated[str, StringConstraints(min_length=1, max_length=100)],
        Annotated[str, BeforeValidator(_as_text), StringConstraints(max_length=200)],
    ] = Field(default_factory=dict, max_length=20)
    timeout_s: float | None = Field(None, gt=0, le=MAX_TIME_S, allow_inf_nan=False)
    planned_duration_s: float | None = Field(None, gt=0, le=MAX_TIME_S, allow_inf_nan=False)
    success_exit_codes: list[Annotated[int, Field(ge=0, le=255)]] = Field(
        default_factory=lambda: [0], min_length=1, max_length=20
    )
    parameters: dict[VariableName, Scalar] = Field(default_factory=dict, max_length=MAX_PARAMETERS)
    """One value of each parameter, the same in every run."""
    matrix: dict[
        VariableName, Annotated[list[Scalar], Field(min_length=1, max_length=MAX_RUNS)]
    ] = Field(default_factory=dict, max_length=MAX_PARAMETERS)
    """Values of each parameter; every combination becomes a run of one group."""
    spread: bool = False
    """Whether the runs of a matrix go to all hosts that fit; else all to one, to be comparable."""
    note: Annotated[str, StringConstraints(max_length=10_000)] = ""
    tags: list[Annotated[str, StringConstraints(max_length=200)]] = Field(
        default_factory=list, max_length=20
    )

    @field_validator("name", "note", "working_dir", "host")
    @classmethod
    def _check_storable(cls, text: str | None) -> str | None:
        return None if text is None else _check_text(text)

    @field_validator("command", "entrypoint")
    @classmethod
    def _check_words(cls, words: list[str] | None) -> list[str] | None:
        for word in words or ():
            _check_text(word)
        if sum(len(word.encode()) + 1 for word in words or ()) > MAX_TEXTS_BYTES:
            raise ValueError(f"All words together may have {MAX_TEXTS_BYTES // 1024} KiB")
        return words

    @field_validator("environment", "labels")
    @classmethod
    def _check_texts(cls, texts: dict[str, str]) -> dict[str, str]:
        for text in (*texts, *texts.values()):
            _check_text(text)
        if (
            sum(len(f"{name}={text}".encode()) + 1 for name, text in texts.items())
            > MAX_TEXTS_BYTES
        ):
            raise ValueError(f"All variables together may have {MAX_TEXTS_BYTES // 1024} KiB")
        return texts

    @field_validator("environment", "secrets")
    @classmethod
    def _check_names(cls, variables: dict[str, str]) -> dict[str, str]:
        for name in variables:
            if name.startswith(RESERVED):
                raise ValueError(f"{name}: variables that begin with {RESERVED} are given already")
        return variables

    @field_validator("inputs")
    @classmethod
    def _check_inputs(cls, inputs: list[InputFile]) -> list[InputFile]:
        names = [file.name for file in inputs]
        if len(set(names)) != len(names):
            raise ValueError("Two files have the same name")
        if sum(len(file.text.encode()) for file in inputs) > MAX_INPUTS_BYTES:
            raise ValueError(f"All files together may have {MAX_INPUTS_BYTES // 2**20} MiB")
        return inputs

    @property
    def is_process(self) -> bool:
        """Whether it runs as a process of the server's own machine."""
        return self.image is None
