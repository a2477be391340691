from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchwright.installation import Installation, open_installation
from benchwright.kit.db import now
from benchwright.lab import Lab
from benchwright.projects import service as projects
from benchwright.runs import collection
from benchwright.runs import service as runs
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import RunEvent
from benchwright.runs.repository import list_events, put_results, replace_artifacts
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.transitions import transition
from benchwright.settings import Settings
from benchwright.tracking import service as tracking
from benchwright.tracking.schemas import ReportView

OpenLab = Callable[..., Installation]
AWAY = "http://127.0.0.1:9"


@pytest.fixture
def open_lab(tmp_path: Path) -> Iterator[OpenLab]:
    """Opens the same installation, again and again: `open_lab(url, experiment="x")`."""
    opened: list[Installation] = []

    def open_one(url: str = AWAY, **given: Any) -> Installation:
        wish = {"mlflow_url": url, "timeout_s": 60, **given}
        settings = Settings.model_validate({"data_dir": tmp_path / "data", "tracking": wish})
        opened.append(open_installation(settings))
        return opened[-1]

    yield open_one
    for each in opened:
        each.lab.database.dispose()


def make_job(lab: Lab, *, info: dict[str, Any] | None = None, **spec: Any) -> uuid.UUID:
    """A job that ended, with a config, results and files, and is to be reported."""
    given = {
        "image": "trainer:1", "command": ["--epochs", "3 or so"], "environment": {"HIDDEN": "hush"},
        "parameters": {"rate": 0.1, "deep": {"list": [1, 2]}},
        "config": {"name": "config.yaml", "blob": "0" * 64, "stored": "a.yaml"}, **spec,
    }  # fmt: skip
    with lab.database.write() as session:
        project = projects.ensure_default(session)
        run = runs.create_run(
            session, project_id=project.id, kind=RunKind.JOB, name="Train it", spec=given,
            planned_duration_s=None, timeout_s=60,
        )  # fmt: skip
        folder = RunFolder.of(lab.settings.data_dir, run.public_id)
        folder.make({"job_id": str(run.public_id), **(info or {})})
        (folder.inputs / "config.yaml").write_text("algorithm: {name: ddpg, gamma: 0.9}\n")
        (folder.results / "result.json").write_text(json.dumps({"kpi": 1}))
        (folder.results / "plots").mkdir()
        (folder.results / "plots" / "a plot, 100 %.svg").write_text("<svg/>" * 100)
        folder.log.write_text("one line\n" * 50)
        for state in (RunState.LAUNCHING, RunState.RUNNING, RunState.COLLECTING):
            transition(session, run, state, "")
        rows = [
            ("", "cost", "mean", 0.75, "EUR", "lower"),
            ("", "odd name (%)", "value", 2.0, "", "none"),
        ]
        put_results(session, run.id, rows)
        replace_artifacts(session, run, collection.scan_artifacts(run, folder))
        run.exit_code, run.workload_ended_at = 0, now()
        transition(session, run, RunState.SUCCEEDED, "It ended with exit code 0")
        tracking.announce_run(session, run, lab.settings.tracking)
        return run.public_id


def report_of(lab: Lab, public_id: uuid.UUID) -> ReportView:
    with lab.database.read() as session:
        return tracking.get_report(session, runs.get_run(session, public_id), lab.settings.tracking)


def messages_of(lab: Lab, public_id: uuid.UUID) -> list[str]:
    """What the history of a run says of MLflow."""
    with lab.database.read() as session:
        run = runs.get_run(session, public_id)
        events: list[RunEvent] = list(list_events(session, run.id, 0, 1000))
        return [event.message for event in events if event.type == "mlflow"]
