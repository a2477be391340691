"""The small program between the server and a local workload; it outlives the server.

It starts the workload in a session of its own, writes its output to the log and, as its last
act, the exit code to `exit.json`. All it knows lies in its control folder: `launch.json` (what
to do), `meta.json` (who runs), `stop.json` (put there by the server to end the workload).
Secret environment values and the words to redact come through standard input only.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from benchwright.executors.identity import ProcessIdentity
from benchwright.executors.log_times import times_path
from benchwright.executors.logfile import CappedLog
from benchwright.executors.reserve import Reserve
from benchwright.kit.redaction import Redactor
from benchwright.kit.wholefile import read_json, write_json

POLL_S = 0.2
CANNOT_EXECUTE = 126
NOT_FOUND = 127


class Supervisor:
    """Watches one child until it has ended and its output is drained."""

    def __init__(
        self, control: Path, child: subprocess.Popen[bytes], log: CappedLog, reserve: Reserve
    ) -> None:
        self._control = control
        self._reserve = reserve
        self._child = child
        self._log = log
        self._asked_at: float | None = None
        self._grace_s = 0.0
        self._killed = False
        self.log_error: str | None = None

    def run(self, redactor: Redactor) -> int:
        """Returns the exit code, 128 + n for signal n as a shell would."""
        output = self._child.stdout
        assert output is not None
        os.set_blocking(output.fileno(), False)
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            drained = False
            while not drained:
                if selector.select(POLL_S):
                    drained = self._pump(output, redactor)
                self._look_around()
                if not drained and self._child.poll() is not None:
                    # A grandchild may hold the pipe open: what is there is read, then we leave.
                    self._pump(output, redactor)
                    drained = True
        self._write(redactor.finish())
        while self._child.poll() is None:
            self._look_around()
            time.sleep(POLL_S)
        code = self._child.returncode
        return 128 - code if code < 0 else code

    def _pump(self, output: IO[bytes], redactor: Redactor) -> bool:
        while True:
            try:
                chunk = os.read(output.fileno(), 65536)
            except BlockingIOError:
                return False
            if not chunk:
                return True
            self._write(redactor.feed(chunk))
            if len(chunk) < 65536:
                return False

    def _write(self, chunk: bytes) -> None:
        if not chunk or self.log_error:
            return
        try:
            self._log.write(chunk)
        except OSError as error:
            # The workload must not die of a full disk under its log: go on, and say so.
            self.log_error = str(error)

    def _look_around(self) -> None:
        self._reserve.release_if_needed()
        if self._asked_at is None:
            wish = read_json(self._control / "stop.json")
            if wish is None:
                return
            self._grace_s = float(wish["grace_s"])
            self._asked_at = time.monotonic()
            self.send(signal.SIGTERM)
        elif not self._killed and time.monotonic() - self._asked_at > self._grace_s:
            self._killed = True
            self.send(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Signals the workload; at the end by force, all that it started too."""
        try:
            # SIGTERM to the workload alone: it decides what its children get. The end by
            # force takes the whole group.
            if number is signal.SIGKILL:
                os.killpg(self._child.pid, number)
            else:
                self._child.send_signal(number)
        except ProcessLookupError:
            return


def main(control: Path) -> int:
    """Runs the workload of one control folder once; a second shim on it ends at once."""
    try:
        os.close(os.open(control / "claimed", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return 0
    launch = json.loads((control / "launch.json").read_text(encoding="utf-8"))
    secrets = json.loads(sys.stdin.buffer.read() or b"{}")
    # The process that the server started ends here: it has nothing to wait for, whoever outlives
    # whom, and init adopts and reaps the one that goes on.
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log_path = Path(launch["log_path"])
    log = CappedLog(log_path.open("ab"), launch["max_log_bytes"], times_path(log_path).open("ab"))
    redactor = Redactor(secrets.get("redact", []))
    started_at = time.time()
    try:
        child = subprocess.Popen(
            launch["command"],
            cwd=launch["folder"],
            env=secrets.get("environment", {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        log.write(f"The workload could not be started: {error}\n".encode())
        log.close()
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_EXECUTE
        finish(control, code, started_at, str(error))
        return 0
    del secrets
    # A child that is gone already has left its exit code to be read below all the same.
    write_json(
        control / "meta.json",
        {
            "shim": ProcessIdentity.of(os.getpid()).to_json(),
            "child": ProcessIdentity.of(child.pid).to_json(),
            "started_at": started_at,
        },
    )
    reserve = Reserve(control / "reserve")
    supervisor = Supervisor(control, child, log, reserve)
    signal.signal(signal.SIGTERM, lambda *_: supervisor.send(signal.SIGTERM))
    code = supervisor.run(redactor)
    try:
        log.close()
    except OSError as error:
        supervisor.log_error = str(error)
    reserve.release()
    write_usage(Path(launch["folder"]) / "usage.json", time.time() - started_at)
    finish(control, code, started_at, supervisor.log_error)
    return 0


def write_usage(path: Path, wall_s: float) -> None:
    """Leaves what the workload cost, as the operating system accounts for it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Linux counts kibibytes, macOS bytes.
    rss_unit = 1 if sys.platform == "darwin" else 1024
    usage = {
        "cpu_user_s": used.ru_utime,
        "cpu_system_s": used.ru_stime,
        "max_rss_bytes": used.ru_maxrss * rss_unit,
        "wall_s": wall_s,
    }
    with contextlib.suppress(OSError):
        write_json(path, usage)


def finish(control: Path, exit_code: int, started_at: float, log_error: str | None) -> None:
    """Leaves the evidence of the end; tries again while the disk is full."""
    evidence = {
        "exit_code": exit_code,
        "started_at": started_at,
        "ended_at": time.time(),
        "log_error": log_error,
    }
    for _ in range(600):
        try:
            write_json(control / "exit.json", evidence)
        except OSError:
            time.sleep(1.0)
        else:
            return


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
