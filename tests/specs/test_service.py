from __future__ import annotations

import copy
import uuid
from typing import Any

import pytest

from benchwright.kit.db import Database
from benchwright.kit.errors import NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.lab import Lab
from benchwright.projects.service import get_project
from benchwright.specs import service, tag_repository
from benchwright.specs.analysis import analyse
from benchwright.specs.intake import Reading, StoredDocument
from benchwright.specs.models import Spec, SpecRevision
from tests.specs.documents import Json, large, shop, write

EVERYTHING = PageRequest(limit=500)


@pytest.fixture(autouse=True)
def _default_project(spec_lab: Lab) -> None:
    """`spec_lab` has one."""


def reading(document: Json, source_url: str | None = "https://docs.test/o.json") -> Reading:
    data = write(document)
    analysis = analyse(data, source_url=source_url)
    stored = StoredDocument(source_url, uuid.uuid5(uuid.NAMESPACE_OID, str(data)).hex, len(data))
    return Reading(analysis, [stored], source_url)


def add(database: Database, document: Json | None = None, name: str | None = None) -> Spec:
    with database.write() as session:
        project = get_project(session, "default")
        return service.add_spec(session, project, reading(document or shop()), name=name)


def update(database: Database, spec: Spec, document: Json) -> SpecRevision | None:
    with database.write() as session:
        return service.update_spec(session, spec.public_id, reading(document))[1]


def endpoints(database: Database, spec: Spec, **wish: Any) -> dict[str, uuid.UUID]:
    with database.read() as session:
        found, _ = service.list_endpoints(session, spec, EVERYTHING, **wish)
        return {f"{item.method} {item.path}": item.public_id for item in found}


def tags(database: Database, spec: Spec) -> list[tuple[str, int]]:
    with database.read() as session:
        return [(tag.name, count) for tag, count in service.list_tags(session, spec)]


def test_adds_a_spec_with_tags_endpoints_and_history(database: Database) -> None:
    added = add(database)
    with database.read() as session:
        spec = service.get_spec(session, added.public_id)
        assert (spec.name, spec.title, spec.version, spec.dialect) == (
            "Shop",
            "Shop",
            "1.2",
            "OpenAPI 3.0",
        )
        assert spec.base_url == "https://shop.test/v1"
        assert spec.source_url == "https://docs.test/o.json"
        assert (spec.endpoint_count, spec.revision, spec.warnings) == (3, 1, [])
        assert spec.description == "Sells."
        (revision,), cursor = service.list_revisions(session, spec, EVERYTHING)
        assert (revision.number, revision.added_count, cursor) == (1, 0, None)
        assert revision.documents[0]["url"] == "https://docs.test/o.json"
    assert list(endpoints(database, spec)) == ["GET /items/{id}", "PUT /items/{id}", "GET /health"]
    assert tags(database, spec) == [("items", 2), ("Default", 1)]


def test_an_endpoint_keeps_all_that_was_read(database: Database) -> None:
    spec = add(database)
    with database.read() as session:
        endpoint = service.get_endpoint(session, endpoints(database, spec)["PUT /items/{id}"])
        assert endpoint.deprecated
        assert [item["name"] for item in endpoint.parameters] == ["id", "lang"]
        assert endpoint.parameters[1]["example"] == "en"
        assert endpoint.body is not None
        assert endpoint.body["example"] == {"name": "Pen", "parts": []}
        assert endpoint.responses == ["204"]
        assert service.get_endpoint_by_id(session, endpoint.id) is endpoint
        found = service.find_endpoints(session, [endpoint.public_id, uuid.uuid4()])
        assert found == {endpoint.public_id: (endpoint, "https://shop.test/v1")}


def test_a_name_of_its_own(database: Database) -> None:
    assert add(database, name=" Mine ").name == "Mine"
    assert add(database, name="  ").name == "Shop"


def test_nothing_new_makes_no_revision(database: Database) -> None:
    spec = add(database)
    before = endpoints(database, spec)
    assert update(database, spec, shop()) is None
    assert endpoints(database, spec) == before
    with database.read() as session:
        again = service.get_spec(session, spec.public_id)
        assert again.revision == 1
        assert again.analysed_at > spec.created_at


def test_a_document_that_differs_in_no_endpoint_is_a_revision(database: Database) -> None:
    spec = add(database)
    revision = update(database, spec, shop(info={"title": "Shop 2", "version": "2"}))
    assert revision is not None
    assert (revision.number, revision.version, revision.changed_count) == (2, "2", 0)
    with database.read() as session:
        assert service.get_spec(session, spec.public_id).title == "Shop 2"


def test_endpoints_keep_their_ids_and_changes_are_named(database: Database) -> None:
    spec = add(database)
    before = endpoints(database, spec)
    document = copy.deepcopy(shop())
    document["paths"]["/items/{id}"]["get"]["summary"] = "An item"
    document["paths"]["/items/{id}"]["get"]["tags"] = ["orders", "items"]
    document["paths"]["/new"] = {"get": {}}
    del document["paths"]["/health"]
    revision = update(database, spec, document)
    assert revision is not None
    assert (revision.added_count, revision.removed_count, revision.changed_count) == (1, 1, 1)
    assert revision.changes == {
        "added": [{"method": "GET", "path": "/new", "parts": [], "details": []}],
        "removed": [{"method": "GET", "path": "/health", "parts": [], "details": []}],
        "changed": [
            {
                "method": "GET",
                "path": "/items/{id}",
                "parts": ["tags: items → orders, items", "summary: One item → An item"],
                "details": [
                    {
                        "part": "tags",
                        "before": "items",
                        "after": "orders, items",
                        "may_break": False,
                    },
                    {
                        "part": "summary",
                        "before": "One item",
                        "after": "An item",
                        "may_break": False,
                    },
                ],
            }
        ],
    }
    after = endpoints(database, spec)
    assert list(after) == ["GET /items/{id}", "PUT /items/{id}", "GET /new"]
    assert after["GET /items/{id}"] == before["GET /items/{id}"]
    assert tags(database, spec) == [("orders", 1), ("items", 2), ("Default", 1)]
    with database.read() as session:
        assert service.get_endpoint(session, before["GET /items/{id}"]).summary == "An item"
        gone = service.get_endpoint(session, before["GET /health"])
        assert gone.removed_at is not None
        assert service.get_spec(session, spec.public_id).endpoint_count == 3
    assert "GET /health" in endpoints(database, spec, removed=True)


def test_an_endpoint_that_comes_back_has_its_old_id(database: Database) -> None:
    spec = add(database)
    before = endpoints(database, spec)
    without = shop(paths={"/items/{id}": shop()["paths"]["/items/{id}"]})
    update(database, spec, without)
    revision = update(database, spec, shop())
    assert revision is not None
    assert (revision.number, revision.added_count) == (3, 1)
    assert endpoints(database, spec) == before
    assert tags(database, spec) == [("items", 2), ("Default", 1)]
    with database.read() as session:
        revisions, _ = service.list_revisions(session, spec, EVERYTHING)
        assert [item.number for item in revisions] == [3, 2, 1]
        assert service.get_revision(session, spec, 2).removed_count == 1
        with pytest.raises(NotFound):
            service.get_revision(session, spec, 9)


def test_an_upload_leaves_the_address_alone(database: Database) -> None:
    spec = add(database)
    with database.write() as session:
        service.update_spec(session, spec.public_id, reading(shop(), None))
    with database.read() as session:
        assert service.get_spec(session, spec.public_id).source_url == "https://docs.test/o.json"


def test_filters_and_pages_of_endpoints(database: Database) -> None:
    paths = {
        f"/things/{n}": {"get": {"tags": ["even" if n % 2 == 0 else "odd"], "summary": f"100% Thing_{n}"}}
        for n in range(10)
    }  # fmt: skip
    paths["/other"] = {"post": {"operationId": "doOther"}}
    spec = add(database, shop(paths=paths))
    assert len(endpoints(database, spec, tag="even")) == 5
    assert list(endpoints(database, spec, method="post")) == ["POST /other"]
    assert list(endpoints(database, spec, text="OTHER")) == ["POST /other"]
    assert list(endpoints(database, spec, text="100% thing_3")) == ["GET /things/3"]
    assert endpoints(database, spec, text="%3%") == {}
    assert endpoints(database, spec, tag="even", text="things/3") == {}
    seen: list[str] = []
    cursor = None
    while True:
        with database.read() as session:
            page = PageRequest(cursor=cursor, limit=4)
            found, cursor = service.list_endpoints(session, spec, page)
        seen += [item.path for item in found]
        if cursor is None:
            break
    assert seen == list(paths)


def test_deleting_takes_everything_along(database: Database) -> None:
    spec, other = add(database), add(database)
    gone = endpoints(database, spec)
    with database.write() as session:
        service.delete_spec(session, spec.public_id)
    with database.read() as session:
        with pytest.raises(NotFound):
            service.get_spec(session, spec.public_id)
        with pytest.raises(NotFound):
            service.get_endpoint(session, gone["GET /health"])
        listed, _ = service.list_specs(session, get_project(session, "default"), EVERYTHING)
        assert [item.public_id for item in listed] == [other.public_id]
        assert service.list_specs(session, None, EVERYTHING)[0] == listed
        assert tag_repository.list_tags(session, spec.id) == []
    assert len(endpoints(database, other)) == 3
    with database.write() as session, pytest.raises(NotFound):
        service.delete_spec(session, spec.public_id)


def test_deleting_one_endpoint(database: Database) -> None:
    spec = add(database)
    with database.write() as session:
        endpoint = service.get_endpoint(session, endpoints(database, spec)["GET /health"])
        service.delete_endpoint(session, endpoint)
        assert service.get_spec_by_id(session, spec.id).endpoint_count == 2
    revision = update(database, spec, shop())
    assert revision is not None
    assert revision.added_count == 1


def test_unknown_ids(database: Database) -> None:
    with database.read() as session:
        for look_up in (service.get_spec, service.get_endpoint):
            with pytest.raises(NotFound):
                look_up(session, uuid.uuid4())
        for look_up_id in (service.get_spec_by_id, service.get_endpoint_by_id):
            with pytest.raises(NotFound):
                look_up_id(session, 999)


def test_many_endpoints_are_stored_and_updated(database: Database) -> None:
    document = large(operations=2400, schemas=20)
    spec = add(database, document)
    with database.read() as session:
        stored = service.get_spec(session, spec.public_id)
        assert stored.endpoint_count == 2400
        assert sum(count for _, count in service.list_tags(session, stored)) == 2400
    document["paths"] = dict(list(document["paths"].items())[:-550])
    document["paths"]["/things0/{id}"]["get"]["deprecated"] = True
    revision = update(database, spec, document)
    assert revision is not None
    assert (revision.removed_count, revision.changed_count) == (2200, 1)
