"""Hosts and runs on them, as rows."""

from __future__ import annotations

import uuid
from typing import Any

from benchwright.hosts import repository
from benchwright.hosts.models import Host
from benchwright.kit.db import Database, now
from benchwright.projects import service as projects
from benchwright.runs import service as runs
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState


def add_host(database: Database, name: str, **values: Any) -> None:
    """A host that was seen just now, unless the values say otherwise."""
    given = {"address": "tcp://127.0.0.1:1", "seen_at": now(), **values}
    with database.write() as session:
        repository.add(session, Host(public_id=uuid.uuid4(), name=name, **given))


def add_run(
    database: Database,
    target: str,
    state: RunState = RunState.QUEUED,
    *,
    home: str | None = "home",
    name: str = "a run",
    kind: RunKind = RunKind.JOB,
) -> uuid.UUID:
    """A run that is in a state without having come there."""
    with database.write() as session:
        run = runs.create_run(
            session,
            project_id=projects.ensure_default(session).id,
            kind=kind,
            name=name,
            spec={"kept": True},
            planned_duration_s=10,
            timeout_s=60,
            home=home,
            target=target,
        )
        run.state = state
        return run.public_id


def get_run(database: Database, run_id: uuid.UUID) -> Run:
    with database.read() as session:
        return runs.get_run(session, run_id)
