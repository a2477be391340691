"""The names by which the OPEVA backend calls things."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

RECORD = "opeva"
"""Where a run's spec keeps what only this interface knows."""
MAX_NAME = 150
"""Of a job in the name of its container; names that are longer are cut."""

_ODD = re.compile(r"[^a-zA-Z0-9_.-]")
_CONTAINER = re.compile(r"[a-zA-Z0-9_.-]{1,255}")
_JOB_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class Experiment(NamedTuple):
    """What a config calls the experiment, and one execution of it."""

    name: str
    run_name: str

    @property
    def job_name(self) -> str:
        """Both names, in characters that Docker takes."""
        return _ODD.sub("_", f"{self.name}-{self.run_name}")[:MAX_NAME]


def experiment_of(config: object) -> Experiment:
    """The names in `config.experiment`; where there are none, those of the OPEVA backend."""
    given = config.get("experiment") if isinstance(config, Mapping) else None
    experiment: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    return Experiment(
        _text(experiment.get("name")) or "UnnamedExperiment",
        _text(experiment.get("run_name")) or "UnnamedRun",
    )


def _text(value: object) -> str:
    return str(value)[:500] if isinstance(value, str | int | float) and value else ""


def container_name(job_id: uuid.UUID, job_name: str) -> str:
    """What the container of a job is called on its host."""
    return f"opeva_sim_{job_id}_{job_name}"


def parse_job_id(text: str) -> uuid.UUID | None:
    """A job's id, in the one spelling that its folder has too."""
    return uuid.UUID(text) if _JOB_ID.fullmatch(text) else None


def is_container_of(job_id: uuid.UUID, name: str) -> bool:
    """Whether a container of this name is the job's, and nobody else's."""
    return name.startswith(f"opeva_sim_{job_id}") and _CONTAINER.fullmatch(name) is not None
