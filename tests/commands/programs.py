"""Starts the program as a user does: another process, its own environment and folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from typer.testing import CliRunner, Result

from benchwright.cli import app

PROGRAM = str(Path(sys.executable).parent / "benchwright")
PATIENCE_S = 100.0


def clean_environment(folder: Path, **more: str) -> dict[str, str]:
    """An environment without this user's own settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BENCHWRIGHT_", "DATABASE"))}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "PYTHONDONTWRITEBYTECODE"):
        kept.pop(name, None)
    return {**kept, "HOME": str(folder), "TMPDIR": str(folder), "COLUMNS": "160", **more}


def call(*arguments: str) -> Result:
    """Runs a command in this process, which is quicker; for what needs no signals."""
    return CliRunner().invoke(app, arguments)


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        [PROGRAM, *arguments],
        cwd=folder,
        env=clean_environment(folder, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@contextmanager
def started(folder: Path, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on; killed after the block if it is still there."""
    process = subprocess.Popen(
        [PROGRAM, *arguments],
        cwd=folder,
        env=clean_environment(folder, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@contextmanager
def serving(folder: Path, *arguments: str, **more: str) -> Iterator[Server]:
    """A server, from its start-up line on."""
    with started(folder, "serve", *arguments, **more) as process:
        lines = read_until(process, "Benchwright serves ")
        yield Server(process, lines, lines[-1].removeprefix("Benchwright serves "))


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[str], lines: list[str], url: str) -> None:
        self.process = process
        self.lines = lines
        self.url = url

    def get(self, path: str) -> Any:
        """A JSON answer."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.load(answer)

    def end(self, number: signal.Signals = signal.SIGTERM) -> str:
        """Asks it to end and gives what it wrote since its start."""
        self.process.send_signal(number)
        written, _ = self.process.communicate(timeout=PATIENCE_S)
        return written


def read_until(process: subprocess.Popen[str], part: str) -> list[str]:
    """Lines of output up to the one that holds this."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if part in line:
            return lines
    raise AssertionError("\n".join([f"ended with {process.wait()}:", *lines]))


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes that work in or below the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if any(str(folder) in word for word in [*command, process.cwd()]):
                found.append(" ".join(command))
        except psutil.Error:
            continue
    return found


def wait_until_gone(folder: Path, patience_s: float = 30.0) -> list[str]:
    """The processes that are left after a moment."""
    deadline = time.monotonic() + patience_s
    while (left := processes_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def as_json(text: str) -> Mapping[str, Any]:
    """A JSON object."""
    value = json.loads(text)
    assert isinstance(value, dict)
    return value
