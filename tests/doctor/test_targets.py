from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from benchwright.doctor.findings import Status
from benchwright.doctor.targets import check_docker, check_kubernetes


class Daemon(BaseHTTPRequestHandler):
    """Answers as Docker does when asked for its version."""

    body = b'{"Version": "29.1.0", "ApiVersion": "1.52"}'

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/version" else 404)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def address_string(self) -> str:
        return "local"  # a Unix socket has no address to show

    def log_message(self, format: str, *args: object) -> None:
        return


class Garbage(Daemon):
    body = b"[1, 2]"


class UnixServer(socketserver.UnixStreamServer):
    pass


@contextmanager
def served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path)}


def test_docker_is_asked_over_its_socket(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "d.sock"
    environment["DOCKER_HOST"] = f"unix://{path}"
    with served(UnixServer(str(path), Daemon)):
        found = check_docker(environment)
    assert (found.status, found.found) == (Status.OK, f"29.1.0 at unix://{path}")
    assert check_docker(environment).status is Status.WARNING


def test_docker_is_asked_over_tcp(environment: dict[str, str]) -> None:
    server = HTTPServer(("127.0.0.1", 0), Daemon)
    environment["DOCKER_HOST"] = f"tcp://127.0.0.1:{server.server_port}"
    with served(server):
        assert check_docker(environment).found.startswith("29.1.0")


def test_what_is_no_docker_is_not_taken_for_it(environment: dict[str, str]) -> None:
    server = HTTPServer(("127.0.0.1", 0), Garbage)
    environment["DOCKER_HOST"] = f"tcp://127.0.0.1:{server.server_port}"
    with served(server):
        assert check_docker(environment).status is Status.WARNING


@pytest.mark.parametrize(
    "host", ["ssh://me@example.invalid", "https://docker.invalid", "nonsense", "tcp://:x", "tcp://"]
)
def test_other_addresses_of_docker_are_named_and_not_contacted(
    host: str, environment: dict[str, str]
) -> None:
    found = check_docker({**environment, "DOCKER_HOST": host})
    assert found.status is Status.WARNING
    assert host in found.found
    assert found.advice


def test_a_socket_of_the_user_is_found(environment: dict[str, str], tmp_path: Path) -> None:
    if Path("/var/run/docker.sock").exists():
        pytest.skip("this machine has a Docker socket of its own")
    assert check_docker(environment).status is Status.MISSING
    path = tmp_path / ".docker" / "run" / "docker.sock"
    path.parent.mkdir(parents=True)
    with served(UnixServer(str(path), Daemon)):
        assert check_docker(environment).status is Status.OK


KUBECONFIG = """
apiVersion: v1
current-context: lab
contexts:
- name: other
  context: {cluster: nowhere}
- name: lab
  context: {cluster: here, user: me}
clusters:
- name: here
  cluster: {server: "https://127.0.0.1:%d"}
"""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    def write(text: str) -> dict[str, str]:
        path = tmp_path / "config"
        path.write_text(text)
        return {"KUBECONFIG": str(path), "HOME": str(tmp_path)}

    return write


def test_the_cluster_in_use_is_looked_for(kubeconfig: Callable[[str], dict[str, str]]) -> None:
    server = HTTPServer(("127.0.0.1", 0), Daemon)
    environment = kubeconfig(KUBECONFIG % server.server_port)
    with served(server):
        found = check_kubernetes(environment)
    assert found.status is Status.OK
    assert "context lab" in found.found
    assert check_kubernetes(environment).status is Status.WARNING


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2", "- 1", "current-context: x", "clusters: 7\ncurrent-context: [1]", "a: *b"],
)
def test_a_broken_kubeconfig_is_a_warning(
    text: str, kubeconfig: Callable[[str], dict[str, str]]
) -> None:
    found = check_kubernetes(kubeconfig(text))
    assert found.status is Status.WARNING
    assert "config" in found.found


def test_no_cluster_is_nothing_bad(environment: dict[str, str]) -> None:
    found = check_kubernetes(environment)
    assert found.status is Status.MISSING
    assert not found.is_fatal
