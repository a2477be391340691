"""`benchwright hosts`, on a data directory and on a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from benchwright.cli import app
from tests.fixtures.served_pages import GuardedPages, ServedPages
from tests.hosts.certificates import make_pair
from tests.hosts.daemon import fake_daemon


@pytest.fixture
def here(tmp_path: Path) -> list[str]:
    return ["--data-dir", str(tmp_path / "data")]


def call(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["hosts", *arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def listed(*where: str) -> dict[str, dict[str, Any]]:
    return {host["name"]: host for host in json.loads(call("list", "--json", *where).stdout)}


def test_a_host_from_its_adding_to_its_removal(here: list[str]) -> None:
    with fake_daemon() as address:
        said = call(
            "add", "gpu-1", address, "--capacity", "3", "--label", "gpu=a100", "--exclusive",
            "--mount-root", "/srv/data", "--shared-path", "/srv/lab", "--network", "lab", *here,
        ).stdout  # fmt: skip
        assert said == "gpu-1: ready. Docker 29.1.0, 12 CPU, 64 GB\n"
        host = listed(*here)["gpu-1"]
        assert (host["labels"], host["is_exclusive"]) == ({"gpu": "a100"}, True)
        assert (host["mount_roots"], host["shared_path"]) == (["/srv/data"], "/srv/lab")
        assert "No run is there" in call("drain", "gpu-1", *here).stdout
        assert "drained, exclusive" in call("list", *here).stdout
        call("resume", "gpu-1", *here)
        assert "gpu-1: ready" in call("check", "gpu-1", *here).stdout
    said = call("check", *here, code=1).stdout
    assert "gpu-1: out of reach. Nothing listens" in said
    assert "local: out of reach" in said
    assert "gpu-1: Nothing listens" in call("list", *here).stdout
    call("remove", "gpu-1", *here)
    assert set(listed(*here)) == {"local"}


def test_keys_come_from_files(here: list[str], tmp_path: Path) -> None:
    pair = make_pair()
    (tmp_path / "cert.pem").write_text(pair.certificate)
    (tmp_path / "key.pem").write_text(pair.key)
    call(
        "add", "gpu-1", "tcp://127.0.0.1:1", "--tls-certificate", str(tmp_path / "cert.pem"),
        "--tls-key", str(tmp_path / "key.pem"), *here,
    )  # fmt: skip
    assert listed(*here)["gpu-1"]["has_tls"]


def test_what_is_wrong_is_said(here: list[str]) -> None:
    refused = call("add", "gpu-1", "moon", *here, code=2)
    assert "address: Write unix:///" in refused.stderr
    assert "name" in call("add", "Gpu", "tcp://a:1", *here, code=2).stderr
    assert "gpu=a100" in call("add", "a", "tcp://a:1", "--label", "gpu", *here, code=2).stderr
    assert "no host “gone”" in call("drain", "gone", *here, code=1).stderr
    assert "would be back" in call("remove", "local", *here, code=1).stderr
    assert "--server" in call("list", "--server", "moon", code=2).stderr


def test_on_a_server(served_pages: ServedPages) -> None:
    there = ["--server", served_pages.url]
    with fake_daemon() as address:
        assert "gpu-1: ready" in call("add", "gpu-1", address, *there).stdout
        assert "Docker 29.1.0" in call("list", *there).stdout
        call("drain", "gpu-1", *there)
        assert listed(*there)["gpu-1"]["state"] == "drained"
        call("resume", "gpu-1", *there)
        call("check", "gpu-1", *there)
        call("remove", "gpu-1", *there)
    assert set(listed(*there)) == {"local"}


def test_a_server_asks_for_an_admin(guarded_pages: GuardedPages) -> None:
    there = ["--server", guarded_pages.url, "--token", guarded_pages.token]
    assert set(listed(*there)) == {"local"}
    refused = call("drain", "local", *there, code=4)
    assert "scope `admin`" in refused.stderr
