"""Forms that were put aside unfinished: kept as they were typed, and taken up again."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import Conflict, Invalid, NotFound, TooLarge
from benchwright.kit.pagination import PageRequest
from benchwright.loadtests import faults, repository
from benchwright.loadtests.models import LoadTest, LoadTestDraft
from benchwright.loadtests.schemas import DraftSummary, DraftView
from benchwright.projects import service as projects

MAX_BYTES = 4 * 1024 * 1024
MAX_DRAFTS = 200
MAX_NAME = 500

UNNAMED = "Unnamed"


def keep_draft(
    session: WriteSession,
    slug: str,
    fields: Mapping[str, str],
    *,
    draft_id: uuid.UUID | None = None,
    load_test: LoadTest | None = None,
) -> LoadTestDraft:
    """Keeps what was typed, in place of the draft `draft_id` if it is there still.

    Raises `TooLarge`, `Conflict` when the project has too many, `Invalid` for texts that no
    database keeps.
    """
    project = projects.get_project(session, slug)
    _check(fields)
    found = repository.find_draft(session, project.id, draft_id) if draft_id else None
    if found is None:
        if repository.count_drafts(session, project.id) >= MAX_DRAFTS:
            raise Conflict(f"A project keeps {MAX_DRAFTS} drafts; discard some first.")
        draft = LoadTestDraft(project_id=project.id, name="", fields={})
        found = repository.add_draft(session, draft)
    found.name = fields.get("name", "").strip()[:MAX_NAME] or UNNAMED
    found.fields = dict(fields)
    found.load_test_id = load_test.id if load_test is not None else None
    found.updated_at = now()
    return found


def get_draft(session: ReadSession, slug: str, draft_id: uuid.UUID) -> LoadTestDraft:
    """The project's draft; raises `NotFound`."""
    project = projects.get_project(session, slug)
    found = repository.find_draft(session, project.id, draft_id)
    if found is None:
        raise NotFound("This project has no such draft; it may have been saved or discarded.")
    return found


def discard_draft(session: WriteSession, slug: str, draft_id: uuid.UUID) -> None:
    """Forgets a draft; raises `NotFound`."""
    repository.delete_draft(session, get_draft(session, slug, draft_id))


def forget_draft(session: WriteSession, slug: str, draft_id: uuid.UUID | None) -> None:
    """Forgets a draft that became a load test, if it is there still."""
    project = projects.get_project(session, slug)
    found = repository.find_draft(session, project.id, draft_id) if draft_id else None
    if found is not None:
        repository.delete_draft(session, found)


def list_drafts(
    session: ReadSession, slug: str, request: PageRequest
) -> tuple[list[DraftSummary], str | None]:
    """One page of a project's drafts, newest first, and the cursor of the next."""
    project = projects.get_project(session, slug)
    found, cursor = repository.page_of_drafts(session, project.id, request)
    return [DraftSummary(**_summary(draft, slug, test)) for draft, test in found], cursor


def view_draft(session: ReadSession, slug: str, draft: LoadTestDraft) -> DraftView:
    """A draft with everything that was typed."""
    test = repository.public_id_of(session, draft.load_test_id) if draft.load_test_id else None
    return DraftView(**_summary(draft, slug, test), fields=draft.fields)


def _check(fields: Mapping[str, str]) -> None:
    if len(json.dumps(dict(fields), ensure_ascii=False).encode("utf-8", "replace")) > MAX_BYTES:
        raise TooLarge(f"A draft may have {MAX_BYTES // 2**20} MiB.")
    for name, text in fields.items():
        if fault := faults.text_fault(name) or faults.text_fault(text):
            raise Invalid("The draft was not kept.", [{"field": name[:200], "message": fault}])


def _summary(draft: LoadTestDraft, slug: str, load_test: uuid.UUID | None) -> dict[str, Any]:
    return {
        "public_id": draft.public_id,
        "project": slug,
        "name": draft.name,
        "load_test_id": load_test,
        "created_at": draft.created_at,
        "updated_at": draft.updated_at,
    }
