from __future__ import annotations

import ast
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from benchwright.kit.db import Database
from benchwright.kit.migrations import SCRIPTS, configure, revisions
from benchwright.migrations.__main__ import main
from benchwright.tables import metadata


def test_the_models_are_as_the_history_says(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        difference: list[Any] = compare_metadata(context, metadata)

    assert difference == [], 'run: make migration m="what changes"'


def test_the_steps_are_one_line_without_gaps(database: Database) -> None:
    with database.engine.connect() as connection:
        script = ScriptDirectory.from_config(configure(connection))

    steps = [step.revision for step in reversed(list(script.walk_revisions()))]
    assert steps == revisions() == [f"{number:04}" for number in range(1, len(steps) + 1)]


def test_steps_stand_alone() -> None:
    """A step that imports the product's code would change its meaning with that code."""
    for path in SCRIPTS.glob("versions/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            assert not [name for name in names if name.startswith("benchwright")], path.name


def test_a_migration_needs_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([""]) == 2
    assert "make migration m=" in capsys.readouterr().err


def test_models_without_news_give_no_step(capsys: pytest.CaptureFixture[str]) -> None:
    before = revisions()
    assert main(["nothing"]) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert revisions() == before
