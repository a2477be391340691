from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from benchwright.kit.errors import Conflict, Invalid, NotFound, TooLarge
from benchwright.kit.pagination import PageRequest
from benchwright.loadtests import drafts, service
from benchwright.projects.removal import delete_project
from tests.loadtests.conftest import LoadLab, once

FIELDS = {"name": "half done", "scenarios.0.endpoint": "", "scenarios.0.rate": "many"}


def keep(
    lab: LoadLab, fields: dict[str, str] = FIELDS, draft_id: uuid.UUID | None = None
) -> uuid.UUID:
    with lab.database.write() as session:
        return drafts.keep_draft(session, "shop", fields, draft_id=draft_id).public_id


def test_a_draft_is_kept_as_it_was_typed(lab: LoadLab) -> None:
    draft_id = keep(lab)
    with lab.database.read() as session:
        view = drafts.view_draft(session, "shop", drafts.get_draft(session, "shop", draft_id))
        listed, cursor = drafts.list_drafts(session, "shop", PageRequest())
    assert view.fields == FIELDS
    assert (view.name, view.project, view.load_test_id) == ("half done", "shop", None)
    assert [draft.public_id for draft in listed] == [draft_id]
    assert cursor is None


def test_a_draft_that_is_kept_again_stays_one(lab: LoadLab) -> None:
    draft_id = keep(lab)
    assert keep(lab, {"name": " "}, draft_id) == draft_id
    with lab.database.read() as session:
        draft = drafts.get_draft(session, "shop", draft_id)
    assert draft.fields == {"name": " "}
    assert draft.name == drafts.UNNAMED


def test_a_draft_that_was_discarded_meanwhile_is_kept_as_another(lab: LoadLab) -> None:
    gone = keep(lab)
    with lab.database.write() as session:
        drafts.discard_draft(session, "shop", gone)
    assert keep(lab, FIELDS, gone) != gone
    with lab.database.read() as session, pytest.raises(NotFound):
        drafts.get_draft(session, "shop", gone)


def test_a_draft_names_the_load_test_that_it_changes_and_goes_with_it(lab: LoadLab) -> None:
    plan = {"name": "a", "base_url": "http://127.0.0.1:9", "scenarios": [once()]}
    with lab.database.write() as session:
        load_test = service.create_load_test(session, "shop", plan)
        drafts.keep_draft(session, "shop", FIELDS, load_test=load_test)
        test_id = load_test.public_id
    with lab.database.read() as session:
        listed, _ = drafts.list_drafts(session, "shop", PageRequest())
    assert [draft.load_test_id for draft in listed] == [test_id]
    with lab.database.write() as session:
        service.delete_load_test(session, service.get_load_test(session, test_id))
        delete_project(session, "shop")


@pytest.mark.parametrize(
    "fields, error",
    [
        ({"plan": "x" * (drafts.MAX_BYTES + 1)}, TooLarge),
        ({"name": "a\0b"}, Invalid),
        ({"name": "\ud800"}, Invalid),
        ({"a\0": "b"}, Invalid),
    ],
)
def test_what_no_database_keeps_is_refused(
    lab: LoadLab, fields: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        keep(lab, fields)


def test_a_project_keeps_so_many(lab: LoadLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MAX_DRAFTS", 2)
    first = keep(lab)
    keep(lab)
    with pytest.raises(Conflict, match="2 drafts"):
        keep(lab)
    assert keep(lab, FIELDS, first) == first


def test_drafts_are_listed_and_discarded_by_other_programs(
    make_lab: Callable[..., LoadLab],
) -> None:
    lab = make_lab()
    draft_id = keep(lab)
    client = lab.client()
    root = "/api/v1/projects/shop/load-test-drafts"
    assert client.get(root).json()["items"][0]["name"] == "half done"
    assert client.get(f"{root}/{draft_id}").json()["fields"] == FIELDS
    assert client.delete(f"{root}/{draft_id}").status_code == 204
    assert client.get(f"{root}/{draft_id}").status_code == 404
