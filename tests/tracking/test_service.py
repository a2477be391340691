from __future__ import annotations

import pytest

from benchwright.kit.db import Database
from benchwright.kit.errors import Conflict, NotFound
from benchwright.projects import service as projects
from benchwright.runs import service as runs
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState
from benchwright.runs.transitions import transition
from benchwright.setting_groups import TrackingSettings
from benchwright.tracking import repository, service

HERE = TrackingSettings.model_validate({"mlflow_url": "http://mlflow:5000/"})


def make_run(database: Database, kind: RunKind = RunKind.JOB) -> int:
    with database.write() as session:
        project = projects.ensure_default(session)
        run = runs.create_run(
            session, project_id=project.id, kind=kind, name="A run", spec={},
            planned_duration_s=None, timeout_s=1,
        )  # fmt: skip
        return run.id


def announce(database: Database, run_id: int, settings: TrackingSettings) -> bool:
    with database.write() as session:
        run = session.get_one(Run, run_id)
        service.announce_run(session, run, settings)
        session.flush()
        return repository.find(session, run_id) is not None


def test_runs_of_the_kinds_that_the_settings_name_are_reported(database: Database) -> None:
    assert announce(database, make_run(database), HERE)
    assert announce(database, make_run(database, RunKind.LOAD_TEST), HERE)
    assert not announce(database, make_run(database, RunKind.PUSH), HERE)
    assert not announce(database, make_run(database), TrackingSettings())


def test_a_run_is_announced_once(database: Database) -> None:
    run_id = make_run(database)
    assert announce(database, run_id, HERE)
    assert announce(database, run_id, HERE)
    with database.read() as session:
        assert repository.count_waiting(session) == 1


def test_a_report_goes_with_its_run(database: Database) -> None:
    run_id = make_run(database)
    announce(database, run_id, HERE)
    with database.write() as session:
        session.delete(session.get_one(Run, run_id))
    with database.read() as session:
        assert repository.count_waiting(session) == 0


def test_a_run_that_ended_can_be_reported_on_request(database: Database) -> None:
    run_id = make_run(database, RunKind.PUSH)
    with database.write() as session:
        run = session.get_one(Run, run_id)
        with pytest.raises(Conflict, match="has not ended"):
            service.report_again(session, run, HERE)
        transition(session, run, RunState.FAILED, "")
        with pytest.raises(Conflict, match="TRACKING__MLFLOW_URL"):
            service.report_again(session, run, TrackingSettings())
        with pytest.raises(NotFound):
            service.get_report(session, run, HERE)
        report = service.report_again(session, run, HERE)
        assert report.state == "pending"
        report.next_attempt_at = None
        assert service.get_report(session, run, HERE).state == "given up"
        assert service.report_again(session, run, HERE).state == "pending"


def test_links_lead_where_people_look() -> None:
    settings = HERE.model_copy(update={"mlflow_ui_url": "https://ml.example/ui/"})
    assert service.link_of(HERE, "1", "ab") == "http://mlflow:5000/#/experiments/1/runs/ab"
    assert (
        service.link_of(settings, "1", "a/b") == "https://ml.example/ui/#/experiments/1/runs/a%2Fb"
    )
    assert service.link_of(HERE, "1", None) is None


@pytest.mark.parametrize("experiment", ["{nope}", "{0}", "{", "{project.name}"])
def test_an_experiment_has_known_words_only(experiment: str) -> None:
    with pytest.raises(ValueError, match="in braces"):
        TrackingSettings(experiment=experiment)
