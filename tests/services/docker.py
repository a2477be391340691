"""The Docker daemons that tests use, and what can be put between them and us."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.services.absence import do_without

VARIABLE = "BENCHWRIGHT_TEST_DOCKER_HOSTS"
HOSTS = os.environ.get(VARIABLE, "").replace(",", " ").split()
LOCAL = "unix:///var/run/docker.sock"
IMAGE = "busybox:test"
PATIENCE_S = 60.0


class Daemon:
    """A daemon as a bystander sees it: asked without the code that is tested."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, method: str, path: str, body: Any = None, raw: bytes | None = None) -> Any:
        """The answer's JSON; raises `AssertionError` for a refusal."""
        connection = _Connection(self.address)
        try:
            headers = {"Content-Type": "application/json" if raw is None else "application/x-tar"}
            data = raw if raw is not None else (json.dumps(body) if body is not None else None)
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status < 400, f"{method} {path}: {answer.status} {content!r}"
        with contextlib.suppress(ValueError):
            return json.loads(content)
        return content

    def answers(self) -> bool:
        try:
            self.ask("GET", "/_ping")
        except (OSError, http.client.HTTPException, AssertionError):
            return False
        return True

    def containers(self, label: str) -> list[dict[str, Any]]:
        """All that carry a label (`name=value`), running or not."""
        filters = json.dumps({"label": [label]}).replace('"', "%22").replace(" ", "")
        listed: list[dict[str, Any]] = self.ask("GET", f"/containers/json?all=1&filters={filters}")
        return listed

    def remove(self, container: str) -> None:
        self.ask("DELETE", f"/containers/{container}?force=1&v=1")

    def remove_all(self, label: str) -> None:
        for entry in self.containers(label):
            with contextlib.suppress(AssertionError):
                self.remove(entry["Id"])

    def provide_image(self) -> None:
        """Makes `IMAGE` of the system's static busybox, where the daemon does not have it."""
        with contextlib.suppress(AssertionError):
            self.ask("GET", f"/images/{IMAGE}/json")
            return
        repository, _, tag = IMAGE.partition(":")
        raw = busybox_tree()
        self.ask("POST", f"/images/create?fromSrc=-&repo={repository}&tag={tag}", raw=raw)


class _Connection(http.client.HTTPConnection):
    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        super().__init__(parts.hostname or "docker", parts.port or 80, timeout=PATIENCE_S)
        self._path = parts.path if parts.scheme == "unix" else ""

    def connect(self) -> None:
        if not self._path:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE_S)
        self.sock.connect(self._path)


def busybox_tree() -> bytes:
    """A root file system with busybox alone, as a tar."""
    program = shutil.which("busybox")
    assert program is not None, "a static busybox is needed (busybox-static)"
    names = subprocess.run([program, "--list"], capture_output=True, check=True, text=True).stdout
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for folder in ("bin", "tmp", "etc"):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(info)
        tar.add(Path(program).resolve(), "bin/busybox")
        for name in names.split():
            if name != "busybox":
                info = tarfile.TarInfo(f"bin/{name}")
                info.type, info.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(info)
    return raw.getvalue()


def find_hosts() -> list[str]:
    """The addresses; skips the test, or with CI=true fails it, where no daemon answers."""
    hosts = HOSTS or ([LOCAL] if Path("/var/run/docker.sock").exists() else [])
    silent = [address for address in hosts if not Daemon(address).answers()]
    if silent:
        do_without(["docker"], f"no Docker at {', '.join(silent)}")
    if not hosts:
        advice = f"set {VARIABLE} (tcp://… or unix://…), or start one on this machine"
        do_without(["docker"], f"no Docker: {advice}")
    return hosts


class Proxy:
    """A line to a daemon's port that a test can cut and mend; with `tls` it is encrypted."""

    def __init__(self, address: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(address)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 2375)
        self._unix = parts.path if parts.scheme == "unix" else ""
        self._tls = tls
        self._pairs: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._port = 0
        self.mend()

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self._port}"

    def mend(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        listener.listen(64)
        self._port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Ends all connections and refuses new ones."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.drop()

    def drop(self) -> None:
        """Ends all connections in the middle of what they carry; new ones are taken."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for one in pairs:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            near = self._tls.wrap_socket(client, server_side=True) if self._tls else client
            if self._unix:
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._unix)
            else:
                far = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        with self._lock:
            self._pairs |= {near, far}
        back = threading.Thread(target=_pump, args=(far, near), daemon=True)
        back.start()
        _pump(near, far)
        back.join()
        with self._lock:
            self._pairs -= {near, far}
        near.close()
        far.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        source.shutdown(socket.SHUT_RDWR)


class OwnDaemon:
    """A daemon that a test may kill; its containers outlive it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = f"unix://{folder}/docker.sock"
        self.daemon = Daemon(self.address)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folder = self._folder
        command = [
            *("dockerd", "-H", self.address, "--data-root", f"{folder}/data"),
            *("--exec-root", f"{folder}/run", "--pidfile", f"{folder}/pid", "--bridge", "none"),
            *("--iptables=false", "--ip-forward=false", "--ip-masq=false", "--live-restore"),
        ]
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_S
        while not self.daemon.answers():
            assert self._process.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "dockerd does not answer"
            time.sleep(0.05)

    def end(self, number: int = signal.SIGKILL) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(PATIENCE_S)

    def clean_up(self) -> None:
        """Ends it with all that it started."""
        if self._process is None:
            return
        if self._process.poll() is not None:
            (self._folder / "pid").unlink(missing_ok=True)
            self.start()
        for entry in self.daemon.ask("GET", "/containers/json?all=1"):
            self.daemon.remove(entry["Id"])
        self.end(signal.SIGTERM)
        for line in Path("/proc/mounts").read_text().splitlines()[::-1]:
            mounted = line.split()[1]
            if mounted.startswith(f"{self._folder}/"):
                subprocess.run(["umount", "-l", mounted], check=False)
        shutil.rmtree(self._folder, ignore_errors=True)


@dataclass
class SshServer:
    """A real sshd on loopback that lets one key in; all paths are texts of files' contents."""

    port: int
    user: str
    key: str
    known_hosts: str


@contextlib.contextmanager
def served_ssh(folder: Path) -> Iterator[SshServer]:
    """Starts sshd with keys of its own."""
    import asyncssh

    folder.chmod(0o700)
    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    (folder / "host_key").write_bytes(host_key.export_private_key())
    (folder / "host_key").chmod(0o600)
    (folder / "authorized_keys").write_bytes(user_key.export_public_key())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    Path("/run/sshd").mkdir(exist_ok=True)
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\n"
        f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nUsePAM no\n"
        f"PasswordAuthentication no\nPidFile {folder}/pid\nPermitRootLogin prohibit-password\n"
    )
    command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "config")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.02)
        public = host_key.export_public_key().decode().strip()
        import getpass

        yield SshServer(
            port,
            getpass.getuser(),
            user_key.export_private_key().decode(),
            f"[127.0.0.1]:{port} {public}\n",
        )
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
