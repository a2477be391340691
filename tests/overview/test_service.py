"""The statements of the overview on both kinds of database."""

from __future__ import annotations

from pathlib import Path

from benchwright.kit.db import Database, WriteSession, now
from benchwright.loadtests.models import LoadTest
from benchwright.overview import service
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.projects.schemas import ProjectCreate
from benchwright.runs import service as runs
from benchwright.runs.models import Run
from benchwright.runs.progress_board import ProgressBoard
from benchwright.runs.state import RunKind, RunState


def add_project(session: WriteSession, name: str) -> Project:
    return projects.create_project(session, ProjectCreate(name=name))


def add_load_test(session: WriteSession, project: Project) -> LoadTest:
    test = LoadTest(project_id=project.id, name="Noon", plan={}, script_details={})
    session.add(test)
    session.flush()
    return test


def add_run(
    session: WriteSession,
    test: LoadTest,
    state: RunState,
    *,
    verdict: str | None = None,
    p95_ms: float | None = None,
    warnings: tuple[str, ...] = (),
) -> Run:
    run = runs.create_run(
        session, project_id=test.project_id, kind=RunKind.LOAD_TEST, name="a run", spec={},
        planned_duration_s=30, timeout_s=60, load_test_id=test.id, warnings=warnings,
    )  # fmt: skip
    run.state, run.verdict, run.started_at = state, verdict, now()
    run.response_time_p95_ms = p95_ms
    if state.is_final:
        run.ended_at = now()
    session.flush()
    return run


def test_everything_at_once(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        quiet, busy = add_project(session, "Quiet"), add_project(session, "Busy")
        test, other = add_load_test(session, busy), add_load_test(session, busy)
        add_run(session, test, RunState.SUCCEEDED, verdict="met", p95_ms=20)
        add_run(session, test, RunState.FAILED)
        add_run(session, test, RunState.SUCCEEDED, verdict="missed", p95_ms=40)
        add_run(session, other, RunState.SUCCEEDED, warnings=("Busy",))
        add_run(session, test, RunState.RUNNING)
        add_run(session, test, RunState.QUEUED)
    with database.read() as session:
        overview = service.view_overview(session, ProgressBoard(tmp_path))
    assert [p.slug for p in overview.projects] == [busy.slug, quiet.slug]
    assert [(t.load_test.public_id, t.load_test.project) for t in overview.tested] == [
        (test.public_id, busy.slug), (other.public_id, busy.slug),
    ]  # fmt: skip
    first, second = overview.projects
    assert (first.load_test_count, first.spec_count, first.run_count) == (2, 0, 6)
    assert (second.run_count, second.last_run, second.trend) == (0, None, None)
    assert first.trend is not None
    assert first.trend.p95_ms == [20, None, 40, None, None]
    assert first.last_run is not None
    assert first.last_run.state is RunState.QUEUED
    assert [(line.kind, line.reason) for line in overview.attention] == [
        ("warned", "Busy"),
        ("missed", ""),
    ]
    assert overview.attention_total == 2
    assert [line.p95_ms for line in overview.recent] == [None, 40, None, 20]
    assert (overview.running.active, overview.running.queued) == (1, 1)
    assert not overview.is_empty


def test_nothing_at_all(database: Database, tmp_path: Path) -> None:
    with database.read() as session:
        overview = service.view_overview(session, ProgressBoard(tmp_path))
    assert overview.is_empty
    assert overview.project_total == 0
    assert overview.running.runs == []


def test_projects_are_found_by_a_part_of_their_text(database: Database) -> None:
    with database.write() as session:
        add_project(session, "Web shop")
        add_project(session, "100% real")
        add_project(session, "Other")
    with database.read() as session:
        found = {
            text: [project.name for project in service.list_projects(session, text=text).items]
            for text in ("SHOP", "%", "_", " real ")
        }
    assert found == {"SHOP": ["Web shop"], "%": ["100% real"], "_": [], " real ": ["100% real"]}


def test_a_list_says_how_many_it_leaves_out(database: Database) -> None:
    with database.write() as session:
        for number in range(5):
            add_project(session, f"Project {number}")
    with database.read() as session:
        listed = service.list_projects(session, limit=2)
    assert [project.name for project in listed.items] == ["Project 4", "Project 3"]
    assert listed.total == 5
