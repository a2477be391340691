from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import time
import urllib.error
import urllib.request
import uuid
from contextlib import closing
from pathlib import Path

import pytest

import benchwright.tables  # noqa: F401 - rows refer to tables of all packages
from benchwright.commands.serve import listen
from benchwright.installation import open_installation
from benchwright.kit.db import now
from benchwright.kit.lockfile import held_lock
from benchwright.kit.serving import port_of
from benchwright.projects import service as projects
from benchwright.runs import service as runs
from benchwright.runs.state import RunKind
from benchwright.settings import ServerSettings, Settings
from tests.commands import programs

# Whole programs are started: on a busy machine that takes its time.
pytestmark = pytest.mark.timeout(180)


def test_serves_from_its_last_start_up_line_until_a_signal_and_keeps_its_port(
    tmp_path: Path,
) -> None:
    arguments = ("--port", "0", "--data-dir", "data")
    with programs.serving(tmp_path, *arguments) as first:
        assert first.get("/health")["status"] == "ok"
        assert len(first.lines) == 2
        assert first.lines[0].startswith("The database is new")
        second = programs.call("serve", "--port", "0", "--data-dir", str(tmp_path / "data"))
        assert second.exit_code == 1
        assert f"process {first.process.pid}" in second.stderr
        assert first.end(signal.SIGTERM) == ""
    assert first.process.returncode == 0
    assert (tmp_path / "data" / ".benchwright").stat().st_mode & 0o777 == 0o700

    with programs.serving(tmp_path, *arguments) as again:
        assert again.lines == [f"Benchwright serves {first.url}"]
        assert again.end(signal.SIGINT) == ""
    assert again.process.returncode == 0


def test_a_last_port_that_is_taken_is_warned_of(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=data_dir, server=ServerSettings(port=0))
    with closing(listen(settings)) as first:
        port = port_of(first)
    with closing(listen(settings)) as again:
        assert port_of(again) == port
        with closing(listen(settings)) as elsewhere:
            assert port_of(elsewhere) != port
    assert f"the last port, {port}, is taken" in capsys.readouterr().err


def test_open_streams_do_not_hold_up_the_end(tmp_path: Path) -> None:
    run_id = queue_run(tmp_path / "data")
    with programs.serving(tmp_path, "--port", "0", "--data-dir", "data") as server:
        url = f"{server.url}/api/v1/runs/{run_id}/events"
        idle = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))
        with closing(idle), urllib.request.urlopen(url, timeout=60) as stream:
            assert stream.readline()
            asked_at = time.monotonic()
            assert server.end() == ""
            assert time.monotonic() - asked_at < 30
    assert server.process.returncode == 0


def queue_run(data_dir: Path) -> uuid.UUID:
    """A run that another owner holds, so that the server leaves it in the queue."""
    lab = open_installation(Settings(data_dir=data_dir)).lab
    with lab.database.write() as session:
        run = runs.create_run(
            session,
            project_id=projects.ensure_default(session).id,
            kind=RunKind.LOAD_TEST,
            name="of another",
            spec={},
            planned_duration_s=10,
            timeout_s=60,
            lease_owner="another",
            lease_until=now() + dt.timedelta(hours=1),
        )
    lab.database.dispose()
    return run.public_id


def test_off_loopback_a_token_is_required(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = str(tmp_path / "data")
    refused = programs.call("serve", "--host", "0.0.0.0", "--port", "0", "--data-dir", data)
    assert refused.exit_code == 1
    assert "benchwright token create" in refused.stderr

    monkeypatch.setenv("BENCHWRIGHT_SERVER__HOST", "0.0.0.0")
    made = programs.call("token", "create", "me", "--scope", "read", "--data-dir", data)
    assert made.exit_code == 0
    token = made.stdout.strip()

    with programs.serving(
        tmp_path, "--host", "0.0.0.0", "--port", "0", "--data-dir", "data"
    ) as server:
        url = f"{server.url}/api/v1/runs"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(url, timeout=60)
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200


def test_a_taken_port_is_named_with_what_to_do(data_dir: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        ended = programs.call("serve", "--port", port, "--data-dir", str(data_dir))
    assert ended.exit_code == 1
    assert f"Port {port} on 127.0.0.1 is taken" in ended.stderr
    assert "--port 0" in ended.stderr


def test_a_holder_of_the_directory_is_named(data_dir: Path) -> None:
    with held_lock(data_dir / ".benchwright" / "server.lock"):
        ended = programs.call("serve", "--port", "0", "--data-dir", str(data_dir))
    assert ended.exit_code == 1
    assert f"process {os.getpid()}" in ended.stderr


@pytest.mark.parametrize(
    "variable, value, word",
    [
        ("BENCHWRIGHT_RUNS__LEASE_S", "0", "BENCHWRIGHT_RUNS__LEASE_S"),
        ("BENCHWRIGHT_SERVER__MAX_STREAMS", "many", "BENCHWRIGHT_SERVER__MAX_STREAMS"),
        ("BENCHWRIGHT_SERVER", "not json", "server"),
    ],
)
def test_a_setting_that_is_none_is_named(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, word: str
) -> None:
    monkeypatch.setenv(variable, value)
    ended = programs.call("serve", "--port", "0", "--data-dir", str(data_dir))
    assert ended.exit_code == 2
    assert word in ended.stderr


def test_a_log_level_that_is_none_is_named(data_dir: Path) -> None:
    ended = programs.call("serve", "--log-level", "loud", "--data-dir", str(data_dir))
    assert ended.exit_code == 2
    assert "LOG__LEVEL" in ended.stderr


@pytest.mark.parametrize(
    "url, word",
    [
        ("postgresql+psycopg://me:hush@127.0.0.1:1/lab", "127.0.0.1:1/lab"),
        ("nonsense", "database address"),
        ("nonsense://me:hush@127.0.0.1/lab", "nonsense"),
    ],
)
def test_a_database_out_of_reach_is_explained(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, url: str, word: str
) -> None:
    monkeypatch.setenv("BENCHWRIGHT_DATABASE_URL", url)
    ended = programs.call("serve", "--port", "0", "--data-dir", str(data_dir))
    assert ended.exit_code == 1
    assert word in ended.stderr
    assert "hush" not in ended.stderr


def test_a_data_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = programs.call("serve", "--port", "0", "--data-dir", str(tmp_path / "file"))
    assert ended.exit_code == 1
    assert "--data-dir" in ended.stderr


@pytest.mark.parametrize("kind", ["postgres", "mysql", "postgresql+asyncpg"])
def test_a_database_that_cannot_be_used_is_named_without_its_password(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{kind}://me:hush@127.0.0.1/x")
    refused = programs.call("serve", "--port", "0", "--data-dir", str(data_dir))
    assert refused.exit_code == 1
    assert f"{kind}://" in refused.stderr
    assert "postgresql+psycopg://" in refused.stderr
    assert "hush" not in refused.stderr
