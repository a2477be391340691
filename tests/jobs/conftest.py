"""An installation that runs jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.job_lab import JobLab


@pytest.fixture
def make_job_lab(tmp_path: Path) -> Iterator[Callable[..., JobLab]]:
    """Makes an installation; keyword arguments are groups of its settings."""
    made: list[JobLab] = []

    def make(**settings: Any) -> JobLab:
        made.append(JobLab(tmp_path / f"lab{len(made)}", **settings))
        return made[-1]

    yield make
    for lab in made:
        lab.close()


@pytest.fixture
def job_lab(make_job_lab: Callable[..., JobLab]) -> JobLab:
    return make_job_lab()
