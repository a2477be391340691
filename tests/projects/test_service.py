from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError
from sqlalchemy import func, select

from benchwright.access.models import Secret
from benchwright.kit.db import Database, now
from benchwright.kit.errors import Conflict
from benchwright.kit.problems import problem_from
from benchwright.loadtests.models import LoadTest
from benchwright.projects import removal, service
from benchwright.projects.models import Project
from benchwright.projects.schemas import ProjectCreate, ProjectUpdate
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, RunState
from benchwright.specs.models import Spec


def make(database: Database, slug: str = "shop") -> int:
    with database.write() as session:
        return service.create_project(session, ProjectCreate(name=slug)).id


@pytest.mark.parametrize(
    "kind, words",
    [("run", "1 run;"), ("load test", "2 load tests;"), ("spec", "1 spec;")],
)
def test_what_still_holds_something_is_not_deleted(
    database: Database, kind: str, words: str
) -> None:
    project_id = make(database)
    with database.write() as session:
        if kind == "run":
            session.add(
                Run(
                    project_id=project_id,
                    kind=RunKind.JOB,
                    name="a run",
                    spec={},
                    state=RunState.SUCCEEDED,
                    timeout_s=1,
                )
            )
        elif kind == "load test":
            session.add_all([LoadTest(project_id=project_id, name=name) for name in ("a", "b")])
        else:
            session.add(
                Spec(project_id=project_id, name="s", title="", version="", dialect="", base_url="")
            )
    with database.write() as session, pytest.raises(Conflict, match=words):
        removal.delete_project(session, "shop")


def test_what_nobody_sees_any_more_goes_with_the_project(database: Database) -> None:
    project_id = make(database)
    with database.write() as session:
        session.add(LoadTest(project_id=project_id, name="deleted", archived_at=now()))
        session.add(Secret(project_id=project_id, name="A", ciphertext="", fingerprint=""))
    with database.write() as session:
        removal.delete_project(session, "shop")
    with database.read() as session:
        for table in (LoadTest, Secret):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_the_default_project_stays(database: Database) -> None:
    with database.write() as session:
        service.ensure_default(session)
        with pytest.raises(Conflict):
            removal.delete_project(session, "default")


def test_one_of_several_makes_the_project_and_the_others_are_told(database: Database) -> None:
    def create(_: int) -> int:
        try:
            make(database)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must be explained
            problem = problem_from(error)
            return problem.status if problem else 500
        return 201

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(8)))
    assert statuses == [201] + [409] * 7


def test_sizes_beyond_two_gigabytes_can_be_kept(database: Database) -> None:
    make(database)
    with database.write() as session:
        service.update_project(session, "shop", ProjectUpdate(retention_bytes=10**15))
    with database.read() as session:
        assert session.scalars(select(Project.retention_bytes)).one() == 10**15


@pytest.mark.parametrize(
    "wish",
    [
        {"name": "  "},
        {"name": "a\0b"},
        {"name": "x", "description": "\0"},
        {"name": "x", "retention_days": 10**9},
        {"name": "x", "retention_bytes": 2**63},
    ],
)
def test_what_cannot_be_kept_is_refused(wish: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProjectCreate.model_validate(wish)


def test_names_are_kept_without_the_space_around_them() -> None:
    assert ProjectCreate(name=" Shop ").name == "Shop"


def test_projects_without_latin_letters_get_addresses_of_their_own(database: Database) -> None:
    with database.write() as session:
        slugs = [
            service.create_project(session, ProjectCreate(name=name)).slug
            for name in ("商店", "支付", "Größe")
        ]
    assert slugs == ["project", "project-2", "groe"]


def test_a_free_slug_is_found_for_every_name(database: Database) -> None:
    with database.write() as session:
        for name in ("Shop", "Shop", "shop!", "가게", "가게", "x" * 100, "x" * 100):
            slug = service.free_slug(session, name)
            assert service.create_project(session, ProjectCreate(name=name, slug=slug)).slug == slug
