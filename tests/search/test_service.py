from __future__ import annotations

import pytest

from benchwright.kit.db import Database, now
from benchwright.loadtests.models import LoadTest
from benchwright.projects import service as projects
from benchwright.projects.schemas import ProjectCreate
from benchwright.runs import service as runs
from benchwright.runs.state import RunKind
from benchwright.search import service
from benchwright.specs.models import Endpoint, Spec

ENDPOINTS = [
    ("GET", "/books", "List books", "listBooks"),
    ("POST", "/books", "Add a book", "addBook"),
    ("GET", "/books/{book_id}/reviews_100%", "", ""),
    ("DELETE", "/carts/{id}", "Empty a cart", "emptyCart"),
]


@pytest.fixture
def filled(database: Database) -> Database:
    """Two projects with the same contents."""
    with database.write() as session:
        for name in ("Bookshop", "Library"):
            project = projects.create_project(session, ProjectCreate(name=name))
            spec = Spec(
                project_id=project.id, name="Books API", title="Books", version="1", dialect="3.1",
                base_url="http://127.0.0.1:9", source_url=None, servers=[], security_schemes=[],
                warnings=[],
            )  # fmt: skip
            test = LoadTest(project_id=project.id, name="Books at noon", plan={}, script_details={})
            gone = LoadTest(
                project_id=project.id, name="Books long ago", plan={}, script_details={},
                archived_at=now(),
            )  # fmt: skip
            session.add_all([spec, test, gone])
            session.flush()
            session.add_all(
                Endpoint(
                    spec_id=spec.id, method=method, path=path, summary=summary,
                    operation_id=operation, base_url=None, body=None,
                )
                for method, path, summary, operation in ENDPOINTS
            )  # fmt: skip
            runs.create_run(
                session, project_id=project.id, kind=RunKind.LOAD_TEST, name="Books at noon",
                spec={}, planned_duration_s=1, timeout_s=1,
            )  # fmt: skip
    return database


def search(
    database: Database, text: str, project: str = "library", limit: int = 20
) -> dict[str, list[str]]:
    with database.read() as session:
        found = service.search(session, text, project=project, limit=limit)
    return {
        group.kind: [
            f"{hit.project} {hit.method or ''} {hit.name}".replace("  ", " ") for hit in group.items
        ]
        for group in found.groups
    }


def test_every_kind_is_found_and_the_current_project_comes_first(filled: Database) -> None:
    found = search(filled, "book")
    assert list(found) == ["project", "load_test", "spec", "endpoint", "run"]
    assert found["project"] == ["bookshop Bookshop"]
    assert found["load_test"] == ["library Books at noon", "bookshop Books at noon"]
    assert search(filled, "book", "bookshop")["run"][0].startswith("bookshop")
    assert [hit.partition(" ")[0] for hit in found["endpoint"]] == ["library"] * 3 + [
        "bookshop"
    ] * 3


def test_all_words_have_to_occur_in_any_order_and_case(filled: Database) -> None:
    assert search(filled, "BOOKS get") == {
        "endpoint": [
            "library GET /books",
            "library GET /books/{book_id}/reviews_100%",
            "bookshop GET /books",
            "bookshop GET /books/{book_id}/reviews_100%",
        ]
    }
    assert search(filled, "noon carts") == {}


@pytest.mark.parametrize("text", ["100%", "reviews_1", "k_id}/r"])
def test_signs_of_patterns_are_only_signs(filled: Database, text: str) -> None:
    assert list(search(filled, text)) == ["endpoint"]


@pytest.mark.parametrize(
    "text", ["", "   ", "b%k", "b__k", "/%", "'; DROP TABLE run", "\\", "book\\", "💥", "\u202e"]
)
def test_what_does_not_occur_is_not_found(filled: Database, text: str) -> None:
    assert search(filled, text) == {}


def test_each_kind_has_its_cap(filled: Database) -> None:
    with filled.read() as session:
        found = service.search(session, "books", project="library", limit=1)
    # There is only one project with this in its name.
    assert [(g.kind, len(g.items), g.has_more) for g in found.groups] == [
        ("project", 1, False),
        *((kind, 1, True) for kind in ("load_test", "spec", "endpoint", "run")),
    ]


def test_endpoints_that_a_document_lost_are_not_found(filled: Database) -> None:
    assert len(search(filled, "carts")["endpoint"]) == 2
    with filled.write() as session:
        session.get_one(Endpoint, 4).removed_at = now()
    assert len(search(filled, "carts")["endpoint"]) == 1
