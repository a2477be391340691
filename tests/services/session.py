"""One folder for a whole test session, shared by its workers, removed at its end."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.services import influxdb, mlflow, postgresql, victoriametrics

PREFIX = "bw-tests-"
VARIABLE = "BW_TEST_SESSION"


def folder() -> Path:
    return Path(os.environ[VARIABLE])


@contextmanager
def alone(name: str) -> Iterator[Path]:
    """Lets one worker at a time make something that all of them use."""
    path = folder() / name
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_configure(config: pytest.Config) -> None:
    if is_worker():
        return
    _remove_left_over()
    # In the system's own folder: the path of a Unix socket must stay short.
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not is_worker() and VARIABLE in os.environ:
        _remove(Path(os.environ.pop(VARIABLE)))


def _remove_left_over() -> None:
    """Ends what a session that was killed left behind."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            _remove(path)


def _remove(path: Path) -> None:
    postgresql.stop(path / "postgresql")
    for folder in path.glob("influxdb-*"):
        influxdb.stop_left_over(folder)
    for folder in path.glob("metricsdb-*"):
        victoriametrics.stop_left_over(folder)
    for folder in path.glob("mlflow-*"):
        mlflow.stop_left_over(folder)
    shutil.rmtree(path, ignore_errors=True)
