from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from benchwright.doctor.findings import Status
from benchwright.doctor.targets import check_kubernetes

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
    with socket.create_server(("127.0.0.1", 0)) as listener:
        environment = kubeconfig(KUBECONFIG % listener.getsockname()[1])
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


def test_no_cluster_is_nothing_bad(tmp_path: Path) -> None:
    found = check_kubernetes({"HOME": str(tmp_path)})
    assert found.status is Status.MISSING
    assert not found.is_fatal
