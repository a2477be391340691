"""Servers for the pictures: after the demo, untouched, and with made-up figures."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from benchwright.kit.db import Database
from benchwright.kit.migrations import migrate
from tests.web.harness import Harness

PROGRAM = [sys.executable, "-m", "benchwright"]


@contextmanager
def served_demo() -> Iterator[str]:
    """The address of a server that shows what the demo left behind."""
    demo = [*PROGRAM, "demo", "--exit-when-done", "--keep", "--no-browser", "--duration", "8s"]
    done = subprocess.run(demo, capture_output=True, text=True, check=True)
    found = re.search(r"--data-dir (\S+)", done.stdout + done.stderr)
    assert found, done.stdout
    with served(Path(found.group(1))) as url:
        yield url


@contextmanager
def served(data_dir: Path | None = None) -> Iterator[str]:
    """The address of a server over `data_dir`, which goes afterwards; without one, a new one."""
    folder = data_dir or Path(tempfile.mkdtemp(prefix="bw-pictures-"))
    command = [*PROGRAM, "serve", "--port", "0", "--data-dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        lines = (re.search(r"http://[^\s/]+", line) for line in server.stdout)
        yield next(line.group() for line in lines if line)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served_harness() -> Iterator[tuple[Harness, str]]:
    """An installation for runs that never were, and its address."""
    with tempfile.TemporaryDirectory(prefix="bw-pictures-") as folder:
        data_dir = Path(folder) / "data"
        database_file = data_dir / ".benchwright" / "benchwright.db"
        database_file.parent.mkdir(parents=True, mode=0o700)
        database = Database(f"sqlite:///{database_file}")
        migrate(database)
        database.dispose()
        harness = Harness.open(data_dir)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(harness.app, lifespan="off", log_level="error")
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield harness, f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                harness.is_closing = True
                server.should_exit = True
                thread.join(20)
        harness.database.dispose()
