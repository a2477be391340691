"""A real MLflow server, from PyPI in an environment of its own: `python -m tests.services.mlflow`.

It brings ninety packages along, so it is kept beside the caches of the user and made once.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil

from tests.services.absence import do_without

PATIENCE_S = 240.0
REQUIREMENTS = ("mlflow>=3.1,<4", "flask-wtf")
"""The second for servers that ask for a password."""
HOME = (
    Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    / "benchwright-tests"
    / "mlflow"
)
PROGRAM = HOME / "bin" / "mlflow"
COMPLETE = HOME / ".complete"


def require_mlflow() -> None:
    """Skips the test, or with CI=true fails it, where there is no MLflow."""
    if COMPLETE.exists():
        return
    reason = f"no MLflow in {HOME}. Get it with: python -m tests.services.mlflow"
    do_without(["mlflow"], reason)


def install() -> None:
    """Installs it unless it is there; tests can skip, so a failure is only told."""
    HOME.parent.mkdir(parents=True, exist_ok=True)
    with HOME.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if COMPLETE.exists():
            return
        print("installing MLflow for tests; this takes a minute or two")
        pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
            subprocess.run([*pip, "--disable-pip-version-check", *REQUIREMENTS], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"MLflow could not be installed, and the tests that need it are skipped: {error}")
            return
        COMPLETE.touch()


@dataclass
class MlflowServer:
    """A running server at `url`; `auth` is set where it asks for a user and a password."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]
    auth: tuple[str, str] | None = None

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def call(self, method: str, **body: Any) -> dict[str, Any]:
        """Asks by REST, as any client would."""
        answer = httpx2.post(
            f"{self.url}/api/2.0/mlflow/{method}", json=body, auth=self.auth, timeout=PATIENCE_S
        )
        assert answer.is_success, answer.text[:1000]
        found: dict[str, Any] = answer.json()
        return found

    def experiment(self, name: str) -> str:
        """The id of an experiment that exists."""
        found = self.call("experiments/search", filter=f"name = '{name}'", max_results=2)
        (experiment,) = found["experiments"]
        return str(experiment["experiment_id"])

    def runs(self, experiment: str) -> list[dict[str, Any]]:
        """All runs of an experiment by its name; none where it is missing."""
        found = self.call("experiments/search", filter=f"name = '{experiment}'", max_results=2)
        ids = [each["experiment_id"] for each in found.get("experiments", [])]
        if not ids:
            return []
        runs: list[dict[str, Any]] = self.call(
            "runs/search", experiment_ids=ids, max_results=100
        ).get("runs", [])
        return runs

    def files(self, run_id: str, path: str = "") -> dict[str, int]:
        """The sizes of a run's artifacts by their paths."""
        answer = httpx2.get(
            f"{self.url}/api/2.0/mlflow/artifacts/list",
            params={"run_id": run_id, "path": path}, auth=self.auth, timeout=PATIENCE_S,
        )  # fmt: skip
        found: dict[str, int] = {}
        for file in answer.json().get("files", []):
            if file["is_dir"]:
                found |= self.files(run_id, file["path"])
            else:
                found[file["path"]] = int(file["file_size"])
        return found

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends the server with its workers; its data stays."""
        with contextlib.suppress(psutil.NoSuchProcess):
            group = psutil.Process(self.process.pid)
            for process in [*group.children(recursive=True), group]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(how if process.pid == group.pid else signal.SIGKILL)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)


def start_mlflow(
    folder: Path, *, port: int = 0, auth: tuple[str, str] | None = None
) -> MlflowServer:
    """Starts a server that keeps everything in `folder`; with `auth` it asks for that user."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or _free_port()
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "PYTHON", "PYTEST"))
    } | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    command = [
        str(PROGRAM), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
        "--artifacts-destination", str(folder / "artifacts"),
    ]  # fmt: skip
    if auth is not None:
        config = folder / "auth.ini"
        config.write_text(
            "[mlflow]\ndefault_permission = READ\n"
            f"database_uri = sqlite:///{folder / 'auth.db'}\n"
            f"admin_username = {auth[0]}\nadmin_password = {auth[1]}\n"
            "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
        )
        environment |= {
            "MLFLOW_AUTH_CONFIG_PATH": str(config),
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "only for tests",
        }
        command += ["--app-name", "basic-auth"]
    log = folder / "mlflow.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=output,
        )  # fmt: skip
    (folder / "mlflow.pid").write_text(str(process.pid))
    server = MlflowServer(f"http://127.0.0.1:{port}", folder, process, auth)
    try:
        _await_answer(server, log)
    except BaseException:
        server.stop(signal.SIGKILL)
        raise
    return server


@contextlib.contextmanager
def mlflow_server_in(folder: Path, **options: Any) -> Iterator[MlflowServer]:
    """A server for as long as the block runs."""
    server = start_mlflow(folder, **options)
    try:
        yield server
    finally:
        server.stop()


def stop_left_over(folder: Path) -> None:
    """Ends the server that a killed test session left running in `folder`."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int((folder / "mlflow.pid").read_text()))
        if str(folder) in " ".join(process.cmdline()):
            for each in [*process.children(recursive=True), process]:
                each.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _await_answer(server: MlflowServer, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and server.process.poll() is None:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{server.url}/health", timeout=5).is_success:
                return
        time.sleep(0.1)
    raise AssertionError(f"MLflow did not start: {log.read_text(errors='replace')[-3000:]}")


if __name__ == "__main__":
    install()
