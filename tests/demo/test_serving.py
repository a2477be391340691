from __future__ import annotations

import subprocess
import sys

import httpx2
import psutil
import pytest

from benchwright.demo.serving import ANNOUNCEMENT, running_demo_api


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


@pytest.mark.anyio
async def test_runs_while_the_block_does() -> None:
    before = children()
    async with running_demo_api() as url, httpx2.AsyncClient() as client:
        assert (await client.get(f"{url}/health")).json() == {"status": "ok"}
        assert children() - before
    assert children() <= before


def test_ends_when_its_parent_is_gone() -> None:
    command = [sys.executable, "-m", "benchwright.demo.api", "--port", "0", "--with-parent"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().startswith(ANNOUNCEMENT)
        process.stdin.close()
        assert process.wait(10) == 0


def test_a_taken_port_is_an_error_and_no_trace() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = subprocess.run(
            [sys.executable, "-m", "benchwright.demo.api", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert answer.returncode == 1
    assert str(port) in answer.stderr
    assert "Traceback" not in answer.stderr
