"""All SQL about load tests."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import defer, undefer

from benchwright.access.models import Secret
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.pagination import PageRequest, fetch_page
from benchwright.loadtests.models import LoadTest, LoadTestDraft
from benchwright.projects.models import Project
from benchwright.runs.models import Result, Run
from benchwright.specs.models import Endpoint, Spec

MAX_PARAMETERS = 500
"""Values in one `IN`: databases limit how many parameters a statement has."""


def find(session: ReadSession, public_id: uuid.UUID) -> LoadTest | None:
    """The load test of this id, archived or not."""
    return session.scalar(select(LoadTest).where(LoadTest.public_id == public_id))


def find_named(session: ReadSession, project_id: int, name: str) -> LoadTest | None:
    """The newest load test of this name in a project that is not archived."""
    query = select(LoadTest).where(
        LoadTest.project_id == project_id,
        LoadTest.name == name,
        LoadTest.archived_at.is_(None),
        LoadTest.script_blob.is_(None),
    )
    return session.scalar(query.order_by(LoadTest.id.desc()).limit(1))


def list_shown(session: ReadSession, project_id: int) -> Sequence[LoadTest]:
    """The load tests of a project that are not archived."""
    query = select(LoadTest).where(
        LoadTest.project_id == project_id, LoadTest.archived_at.is_(None)
    )
    return session.scalars(query.options(defer(LoadTest.plan))).all()


def find_by_id(session: ReadSession, load_test_id: int) -> LoadTest | None:
    """The load test of this row, archived or not."""
    return session.get(LoadTest, load_test_id)


def page(
    session: ReadSession, project_id: int, request: PageRequest
) -> tuple[Sequence[LoadTest], str | None]:
    """One page of a project's load tests, newest first, without plans and archived ones."""
    query = (
        select(LoadTest)
        .where(LoadTest.project_id == project_id, LoadTest.archived_at.is_(None))
        .options(defer(LoadTest.plan), defer(LoadTest.script_details))
    )
    return fetch_page(session, query, LoadTest.id, request)


def planned(session: ReadSession, project_id: int, limit: int) -> Sequence[LoadTest]:
    """The newest load tests with a plan, of those that lists show."""
    query = (
        select(LoadTest)
        .where(
            LoadTest.project_id == project_id,
            LoadTest.archived_at.is_(None),
            LoadTest.script_blob.is_(None),
        )
        .order_by(LoadTest.id.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def last_finished_run(session: ReadSession, load_test_id: int) -> Run | None:
    """The newest run of a load test that has ended."""
    query = (
        select(Run)
        .where(Run.load_test_id == load_test_id, Run.ended_at.is_not(None))
        .order_by(Run.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def scenario_p95(session: ReadSession, run: Run, key: str) -> float | None:
    """The 95th percentile of a scenario's response times in a run, in ms."""
    query = select(Result.value).where(
        Result.run_id == run.id,
        Result.benchmark == key,
        Result.metric == "http_req_duration",
        Result.stat == "p95",
    )
    return session.scalar(query)


def count_shown(session: ReadSession, project_id: int) -> int:
    """How many load tests of a project are not archived."""
    query = select(func.count(LoadTest.id)).where(
        LoadTest.project_id == project_id, LoadTest.archived_at.is_(None)
    )
    return session.scalar(query) or 0


def delete_archived(session: WriteSession, project_id: int) -> None:
    """Deletes the load tests that no list of the project shows."""
    session.execute(
        delete(LoadTest).where(LoadTest.project_id == project_id, LoadTest.archived_at.is_not(None))
    )


def referenced_blobs(session: ReadSession) -> set[str]:
    """The scripts and files of all load tests and of their runs."""
    found = set(session.scalars(select(Run.spec["script_blob"].as_string()).distinct()))
    for files in session.scalars(select(Run.spec["files"])):
        found.update((files or {}).values())
    own = select(LoadTest.script_blob, LoadTest.script_details)
    for script, details in session.execute(own.where(LoadTest.script_blob.is_not(None))):
        found.update([script, *details.get("files", {}).values()])
    return found - {None}


def project_of(session: ReadSession, load_test: LoadTest) -> Project:
    """The project that a load test belongs to."""
    return session.get_one(Project, load_test.project_id)


def find_endpoints(
    session: ReadSession, project_id: int, public_ids: Collection[uuid.UUID]
) -> list[tuple[Endpoint, Spec]]:
    """Those of the endpoints that belong to the project, each with its document."""
    found: list[tuple[Endpoint, Spec]] = []
    ids = list(public_ids)
    for start in range(0, len(ids), MAX_PARAMETERS):
        query = (
            select(Endpoint, Spec)
            .join(Spec, Endpoint.spec_id == Spec.id)
            .where(
                Spec.project_id == project_id,
                Endpoint.public_id.in_(ids[start : start + MAX_PARAMETERS]),
            )
            .options(
                undefer(Endpoint.parameters), undefer(Endpoint.body), undefer(Endpoint.responses)
            )
        )
        found += [(endpoint, spec) for endpoint, spec in session.execute(query)]
    return found


def known_secrets(session: ReadSession, project_id: int, names: Collection[str]) -> set[str]:
    """Which of the names are stored secrets of the project."""
    query = select(Secret.name).where(Secret.project_id == project_id, Secret.name.in_(names))
    return set(session.scalars(query))


def add(session: WriteSession, load_test: LoadTest) -> LoadTest:
    """Adds the load test and gives it its id."""
    session.add(load_test)
    session.flush()
    return load_test


def add_draft(session: WriteSession, draft: LoadTestDraft) -> LoadTestDraft:
    """Adds the draft and gives it its id."""
    session.add(draft)
    session.flush()
    return draft


def find_draft(session: ReadSession, project_id: int, public_id: uuid.UUID) -> LoadTestDraft | None:
    """The project's draft of this id."""
    return session.scalar(
        select(LoadTestDraft).where(
            LoadTestDraft.public_id == public_id, LoadTestDraft.project_id == project_id
        )
    )


def page_of_drafts(
    session: ReadSession, project_id: int, request: PageRequest
) -> tuple[Sequence[tuple[LoadTestDraft, uuid.UUID | None]], str | None]:
    """One page of a project's drafts, newest first, without fields, each with its load test."""
    query = (
        select(LoadTestDraft)
        .where(LoadTestDraft.project_id == project_id)
        .options(defer(LoadTestDraft.fields))
    )
    found, cursor = fetch_page(session, query, LoadTestDraft.id, request)
    tests = {draft.load_test_id for draft in found if draft.load_test_id is not None}
    named = select(LoadTest.id, LoadTest.public_id).where(LoadTest.id.in_(tests))
    ids = {row.id: row.public_id for row in session.execute(named)} if tests else {}
    return [(draft, ids.get(draft.load_test_id or 0)) for draft in found], cursor


def count_drafts(session: ReadSession, project_id: int) -> int:
    """How many drafts a project has."""
    query = select(func.count(LoadTestDraft.id)).where(LoadTestDraft.project_id == project_id)
    return session.scalar(query) or 0


def public_id_of(session: ReadSession, load_test_id: int) -> uuid.UUID | None:
    """The id by which others know a load test."""
    return session.scalar(select(LoadTest.public_id).where(LoadTest.id == load_test_id))


def delete_draft(session: WriteSession, draft: LoadTestDraft) -> None:
    """Deletes the draft."""
    session.delete(draft)
    session.flush()
