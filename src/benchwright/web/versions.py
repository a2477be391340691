"""Which versions work here: what one is asked for first when something is odd."""

from __future__ import annotations

import platform

from benchwright.kit.db import ReadSession
from benchwright.loadtests.k6 import find_k6
from benchwright.settings import Settings
from benchwright.version import VERSION

_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def versions(session: ReadSession, settings: Settings) -> dict[str, str]:
    """The programs by name, with their version and where they come from."""
    k6 = find_k6(settings.k6).program
    return {
        "Benchwright": VERSION,
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "k6": f"{k6.version_text} ({k6.origin})" if k6 else "none that can be used",
        "Database": _database(session),
        "System": f"{platform.system()} {platform.release()}, {platform.machine()}",
    }


def _database(session: ReadSession) -> str:
    dialect = session.connection().dialect
    number = getattr(dialect, "server_version_info", None) or ()
    name = _DATABASES.get(dialect.name, dialect.name)
    return " ".join([name, ".".join(map(str, number))]).strip()
