"""A bench on the first daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.executors.docker.bench import Bench


@pytest.fixture
async def bench(docker_host: str, data_dir: Path, instance: str) -> AsyncIterator[Bench]:
    bench = Bench(docker_host, data_dir, instance)
    yield bench
    await bench.executor.aclose()
