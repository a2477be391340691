"""Writes a migration from the difference between the models and the history (`make migration`)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.operations.ops import MigrationScript

from benchwright.kit.db import Database
from benchwright.kit.migrations import SCRIPTS, configure, migrate
from benchwright.tables import metadata

VERSIONS = SCRIPTS / "versions"


def write(message: str) -> Path | None:
    """Writes the next numbered migration; None when the models hold nothing new."""
    number = 1 + len(list(VERSIONS.glob("[0-9]*_*.py")))
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/history.db")
        if number > 1:
            migrate(database)
        with database.engine.connect() as connection:
            config = configure(connection)
            config.attributes["metadata"] = metadata
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            written = command.revision(
                config,
                message=message,
                autogenerate=True,
                rev_id=f"{number:04}",
                process_revision_directives=_drop_empty,
            )
        database.dispose()
    written = written if isinstance(written, list) else [written]
    return next((Path(script.path) for script in written if script is not None), None)


def _drop_empty(_context: object, _revision: object, scripts: list[MigrationScript]) -> None:
    if scripts[0].upgrade_ops is not None and scripts[0].upgrade_ops.is_empty():
        scripts.clear()


def main(arguments: list[str]) -> int:
    if arguments == ["--initial"]:
        # Only as long as nothing was released: the whole history becomes one new first step.
        for old in VERSIONS.glob("[0-9]*_*.py"):
            old.unlink()
        arguments = ["initial"]
    if len(arguments) != 1 or not arguments[0].strip():
        print('Say what changes: make migration m="Add tags to runs"', file=sys.stderr)
        return 2
    print(write(arguments[0]) or "Nothing to do: the models are as the history says.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
