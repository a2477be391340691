from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import databases
from tests.streams.stream_lab import StreamLab


@pytest.fixture
def stream_lab(tmp_path: Path) -> Iterator[StreamLab]:
    databases._copy_sqlite(tmp_path)
    lab = StreamLab(tmp_path / "data")
    yield lab
    lab.close()
