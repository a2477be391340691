"""What every test may ask for; see CONTRIBUTING.md for the list of fixtures.

`services/` holds what tests need from the machine. Every module of `fixtures/` is loaded too:
put fixtures of the product (a client, a running server) there.
"""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.services.requirements",
    "tests.services.session",
    "tests.services.network",
    "tests.services.databases",
    "tests.services.chromium",
    "tests.services.second_try",
    *(f"tests.fixtures.{path.stem}" for path in (Path(__file__).parent / "fixtures").glob("*.py")),
]

# Fixtures are cheap or isolated here; a loaded machine must not make a property fail.
_COMMON = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
settings.register_profile("local", _COMMON)
settings.register_profile("ci", _COMMON, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True, scope="session")
def _own_environment() -> None:
    """The developer's own settings and `.env` must not reach the tests."""
    from benchwright.setting_aliases import VARIABLES
    from benchwright.settings import Settings

    for name in list(os.environ):
        if name.startswith("BENCHWRIGHT_TEST_"):
            continue  # servers that tests may use
        if name.startswith("BENCHWRIGHT_") or name in {"DATABASE_URL", *VARIABLES}:
            del os.environ[name]
    Settings.model_config["env_file"] = None


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data directory, as a server would be given."""
    folder = tmp_path / "data"
    (folder / ".benchwright").mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    # Workers must see the same names: bytes may hold the time (gzip does), texts a random id.
    if isinstance(val, bytes):
        return f"{argname}{len(val)}"
    if isinstance(val, uuid.UUID):
        return argname
    if isinstance(val, str) and UUID.search(val):
        return UUID.sub("…", val)
    return None
