from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchwright.demo.serving import ANNOUNCEMENT


@pytest.fixture(scope="session")
def shop_url() -> Iterator[str]:
    """The address of a quick demo API."""
    command = [
        sys.executable, "-m", "benchwright.demo.api", "--port", "0", "--slowness", "0.2",
        "--with-parent",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip().removeprefix(ANNOUNCEMENT)
        process.stdin.close()
        process.wait(10)
