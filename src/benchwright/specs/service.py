"""Rules of specs: adding, analysing again, and what is kept of both."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.projects.models import Project
from benchwright.specs import (
    endpoint_list_repository,
    endpoint_repository,
    repository,
    tag_repository,
)
from benchwright.specs.changes import Changes, Key, compare, content_of
from benchwright.specs.differences import Content
from benchwright.specs.intake import Reading
from benchwright.specs.models import Endpoint, Spec, SpecRevision, Tag


def list_specs(
    session: ReadSession, project: Project | None, request: PageRequest
) -> tuple[Sequence[Spec], str | None]:
    """One page of a project's specs, of all projects if None; newest first."""
    return repository.page_of_specs(session, project.id if project else None, request)


def get_spec(session: ReadSession, public_id: uuid.UUID) -> Spec:
    """The spec; raises `NotFound`."""
    return _found(repository.find_spec(session, public_id))


def get_spec_by_id(session: ReadSession, spec_id: int) -> Spec:
    """The spec of an integer id; raises `NotFound`."""
    return _found(repository.find_spec_by_id(session, spec_id))


def list_tags(session: ReadSession, spec: Spec) -> Sequence[tuple[Tag, int]]:
    """The spec's tags in its document's order, each with the number of its endpoints."""
    return tag_repository.list_tags(session, spec.id)


def list_revisions(
    session: ReadSession, spec: Spec, request: PageRequest
) -> tuple[Sequence[SpecRevision], str | None]:
    """One page of the spec's history, newest first."""
    return repository.page_of_revisions(session, spec.id, request)


def get_revision(session: ReadSession, spec: Spec, number: int) -> SpecRevision:
    """One revision of the spec; raises `NotFound`."""
    revision = repository.find_revision(session, spec.id, number)
    if revision is None:
        raise NotFound(f"This spec has no revision {number}.")
    return revision


def list_endpoints(
    session: ReadSession,
    spec: Spec,
    request: PageRequest,
    *,
    tag: str | None = None,
    text: str | None = None,
    method: str | None = None,
    removed: bool = False,
) -> tuple[Sequence[Endpoint], str | None]:
    """One page of the spec's endpoints in the document's order; `removed` adds vanished ones."""
    return endpoint_list_repository.page_of_endpoints(
        session, spec.id, request, tag=tag, text=text, method=method, removed=removed
    )


def get_endpoint(session: ReadSession, public_id: uuid.UUID) -> Endpoint:
    """The endpoint; raises `NotFound`."""
    return _found_endpoint(endpoint_repository.find_endpoint(session, public_id))


def get_endpoint_by_id(session: ReadSession, endpoint_id: int) -> Endpoint:
    """The endpoint of an integer id; raises `NotFound`."""
    return _found_endpoint(endpoint_repository.find_endpoint_by_id(session, endpoint_id))


def find_endpoints(
    session: ReadSession, public_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, tuple[Endpoint, str]]:
    """Those endpoints that exist, each with the base URL that holds for it."""
    return {
        endpoint.public_id: (endpoint, endpoint.base_url or base_url)
        for endpoint, base_url in endpoint_repository.find_endpoints(session, public_ids)
    }


def tags_of(session: ReadSession, endpoints: Sequence[Endpoint]) -> dict[int, list[Tag]]:
    """The tags of endpoints by the endpoints' integer ids."""
    return tag_repository.tags_of(session, [endpoint.id for endpoint in endpoints])


def ids_by_key(session: ReadSession, spec: Spec, paths: Sequence[str]) -> dict[Key, uuid.UUID]:
    """The ids of the spec's endpoints at these paths, removed ones too, by method and path."""
    return endpoint_repository.ids_by_key(session, spec.id, list(dict.fromkeys(paths)))


def add_spec(
    session: WriteSession, project: Project, reading: Reading, *, name: str | None = None
) -> Spec:
    """Stores what was read as a new spec with its first revision."""
    analysis = reading.analysis
    spec = repository.add_spec(
        session,
        Spec(
            project_id=project.id,
            name=(name or "").strip() or analysis.title,
            source_url=reading.source_url,
            **_columns(reading),
        ),
    )
    _save_endpoints(session, spec, reading, {})
    _add_revision(session, spec, reading, Changes())
    return spec


def update_spec(
    session: WriteSession, public_id: uuid.UUID, reading: Reading
) -> tuple[Spec, SpecRevision | None]:
    """Brings a spec to what was read; the revision is None if nothing differs.

    Endpoints keep their ids; those that vanished are marked as removed, and come back with
    their old ids when a later document has them again.
    """
    spec = _found(repository.lock_spec(session, public_id))
    stored = endpoint_repository.load_contents(session, spec.id)
    before = {key: content for key, content in stored.items() if content["removed_at"] is None}
    changes = compare(
        before, {_key(item): content_of(item) for item in reading.analysis.operations}
    )
    last = repository.last_revision(session, spec.id)
    same_documents = last is not None and [item["blob"] for item in last.documents] == [
        document.blob for document in reading.documents
    ]
    for column, value in _columns(reading).items():
        setattr(spec, column, value)
    if reading.source_url is not None:
        spec.source_url = reading.source_url
    spec.analysed_at = now()
    _save_endpoints(session, spec, reading, stored)
    if same_documents and not changes:
        return spec, None
    spec.revision += 1
    return spec, _add_revision(session, spec, reading, changes)


def delete_spec(session: WriteSession, public_id: uuid.UUID) -> None:
    """Deletes a spec with its endpoints and history; runs and load tests stay."""
    repository.delete_spec(session, _found(repository.lock_spec(session, public_id)))


def delete_endpoint(session: WriteSession, endpoint: Endpoint) -> None:
    """Deletes one endpoint; the next analysis adds it again if its document still has it."""
    endpoint_repository.delete_endpoint(session, endpoint)
    spec = get_spec_by_id(session, endpoint.spec_id)
    spec.endpoint_count = endpoint_repository.count_endpoints(session, spec.id)


def _found(spec: Spec | None) -> Spec:
    if spec is None:
        raise NotFound("There is no such spec; it may have been deleted.")
    return spec


def _found_endpoint(endpoint: Endpoint | None) -> Endpoint:
    if endpoint is None:
        raise NotFound("There is no such endpoint; its spec may have been deleted.")
    return endpoint


def _key(operation: Any) -> Key:
    return operation.method, operation.path


def _columns(reading: Reading) -> dict[str, Any]:
    analysis = reading.analysis
    return {
        "title": analysis.title,
        "version": analysis.version,
        "description": analysis.description,
        "dialect": analysis.dialect,
        "base_url": analysis.base_url,
        "servers": analysis.servers,
        "security_schemes": [asdict(scheme) for scheme in analysis.security_schemes],
        "warnings": analysis.warnings,
        "endpoint_count": len(analysis.operations),
    }


def _add_revision(
    session: WriteSession, spec: Spec, reading: Reading, changes: Changes
) -> SpecRevision:
    return repository.add_revision(
        session,
        SpecRevision(
            spec_id=spec.id,
            number=spec.revision,
            title=spec.title,
            version=spec.version,
            source_url=reading.source_url,
            documents=[asdict(document) for document in reading.documents],
            added_count=len(changes.added),
            removed_count=len(changes.removed),
            changed_count=len(changes.changed),
            changes=changes.as_json(),
        ),
    )


def _save_endpoints(
    session: WriteSession, spec: Spec, reading: Reading, stored: dict[Key, Content]
) -> None:
    operations = reading.analysis.operations
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for operation in operations:
        content = content_of(operation)
        tags = content.pop("tags")
        was = stored.get(_key(operation))
        if was is None:
            new.append(
                {
                    "spec_id": spec.id,
                    "method": operation.method,
                    "path": operation.path,
                    "removed_at": None,
                    **content,
                }
            )
        elif was["removed_at"] is not None or any(was[name] != content[name] for name in content):
            changed.append({"id": was["id"], "removed_at": None, **content})
        elif sorted(was["tags"]) != sorted(tags):
            changed.append({"id": was["id"], "removed_at": None})
    present = {_key(operation) for operation in operations}
    gone = [
        content["id"]
        for key, content in stored.items()
        if key not in present and content["removed_at"] is None
    ]
    endpoint_repository.insert_endpoints(session, new)
    endpoint_repository.update_endpoints(session, changed)
    endpoint_repository.mark_removed(session, gone, now())
    _save_tags(session, spec, reading, stored)


def _save_tags(
    session: WriteSession, spec: Spec, reading: Reading, stored: dict[Key, Content]
) -> None:
    tags = [
        {"name": tag.name, "description": tag.description, "position": position}
        for position, tag in enumerate(reading.analysis.tags)
    ]
    tag_ids = tag_repository.save_tags(session, spec.id, tags)
    ids = endpoint_repository.endpoint_ids(session, spec.id)
    wanted: dict[int, list[int]] = {}
    for operation in reading.analysis.operations:
        was = stored.get(_key(operation))
        if was is None or sorted(was["tags"]) != sorted(operation.tags):
            wanted[ids[_key(operation)]] = [tag_ids[name] for name in operation.tags]
    tag_repository.replace_tags(session, wanted)
