from __future__ import annotations

import signal
import time
import urllib.request
from pathlib import Path

import pytest

from benchwright.commands.demo import has_desktop
from tests.commands import programs

# Whole programs are started: on a busy machine that takes its time.
pytestmark = pytest.mark.timeout(180)


@pytest.mark.k6
def test_shows_a_load_test_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ended = programs.run(
        tmp_path, "demo", "--duration", "3s", "--exit-when-done",
        # What this user has set for real must not be touched.
        DATABASE_URL="postgresql+psycopg://127.0.0.1:1/real",
        BENCHWRIGHT_SERVER__HOST="0.0.0.0",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for part in ("Demo API", "/p/default/runs/", "Browse the catalogue", "Place orders", "VERDICT"):
        assert part in ended.stdout, part
    assert ended.stderr == ""
    assert programs.wait_until_gone(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.k6
@pytest.mark.parametrize("part", ["Demo API", " runs"])
def test_ctrl_c_ends_all_of_it_at_any_time(tmp_path: Path, part: str) -> None:
    with programs.started(tmp_path, "demo", "--duration", "60s") as process:
        programs.read_until(process, part)
        asked_at = time.monotonic()
        process.send_signal(signal.SIGINT)
        written, _ = process.communicate(timeout=programs.PATIENCE_S)
        assert time.monotonic() - asked_at < 40
    assert process.returncode == 0, written
    assert "Traceback" not in written
    assert programs.wait_until_gone(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_its_database_is_made_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    with programs.started(tmp_path, "demo") as process:
        while process.poll() is None and not list(tmp_path.glob("*/.benchwright")):
            time.sleep(0.005)
        process.send_signal(number)
        written, _ = process.communicate(timeout=programs.PATIENCE_S)
    assert process.returncode == 0, written
    assert "Traceback" not in written
    assert programs.wait_until_gone(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.k6
def test_serves_on_until_ctrl_c_and_keeps_what_it_shall_keep(tmp_path: Path) -> None:
    with programs.started(tmp_path, "demo", "--duration", "1s", "--keep") as process:
        lines = programs.read_until(process, "Ctrl-C ends it")
        page = next(line for line in lines if line.startswith("Running test")).split()[-1]
        assert any(line.endswith(" load OPENAPI_URL_OR_FILE") for line in lines)
        with urllib.request.urlopen(page, timeout=60) as answer:
            assert "bookshop" in answer.read().decode()
        process.send_signal(signal.SIGTERM)
        written, _ = process.communicate(timeout=programs.PATIENCE_S)
    assert process.returncode == 0, written
    (kept,) = tmp_path.glob("benchwright-demo-*")
    assert f"benchwright serve --data-dir {kept}" in written
    assert list((kept / "jobs").iterdir())
    assert programs.wait_until_gone(tmp_path) == []


@pytest.mark.parametrize("duration", ["0s", "soon", "2h"])
def test_a_duration_that_makes_no_sense_is_refused(duration: str) -> None:
    result = programs.call("demo", "--duration", duration)
    assert result.exit_code == 2
    assert "--duration" in result.stderr


@pytest.mark.parametrize(
    "environment, platform, expected",
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", False),
        ({"SSH_CONNECTION": "x"}, "linux", False),
        ({"SSH_CONNECTION": "x", "DISPLAY": "localhost:10"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "x"}, "darwin", False),
        ({"CI": "1"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_where_somebody_sees_it(
    environment: dict[str, str], platform: str, *, expected: bool
) -> None:
    assert has_desktop(environment, platform) is expected
