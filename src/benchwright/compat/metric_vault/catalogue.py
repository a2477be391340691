"""Routes of projects, documents and endpoints."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends

from benchwright.access.scopes import Scope, requires
from benchwright.compat.metric_vault.envelope import Envelope, Id, VaultRoute
from benchwright.compat.metric_vault.schemas import AnalysisWish, ProjectWish
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Conflict, NotFound
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep, ReadSessionDep, WriteSessionDep
from benchwright.loadtests import repository as load_tests
from benchwright.loadtests.service import delete_load_test
from benchwright.projects import repository as projects
from benchwright.projects.models import Project
from benchwright.projects.removal import delete_project as remove_project
from benchwright.projects.schemas import ProjectCreate
from benchwright.projects.service import DEFAULT_SLUG, create_project, free_slug
from benchwright.runs import lookup_repository as lookup
from benchwright.runs.removal import delete_one
from benchwright.specs import desk, endpoint_repository, service, tag_repository
from benchwright.specs import repository as specs
from benchwright.specs.models import Endpoint, Spec, Tag

router = APIRouter(tags=["metric vault"], route_class=VaultRoute)

READ = [Depends(requires(Scope.READ))]
WRITE = [Depends(requires(Scope.WRITE))]


@router.post("/project", dependencies=WRITE)
def add_project(session: WriteSessionDep, wish: ProjectWish) -> Envelope:
    """Adds a project, and answers it."""
    project = create_project(
        session,
        ProjectCreate(
            name=wish.title, slug=free_slug(session, wish.title), description=wish.description
        ),
    )
    project.summary = wish.summary
    return Envelope(data=_project(project))


@router.get("/project", dependencies=READ)
def list_projects(session: ReadSessionDep) -> Envelope:
    """Lists all projects, oldest first."""
    listed = projects.list_all(session)
    return Envelope(data=[{**_project(p), "status": None, "updated_at": None} for p in listed])


@router.get("/project/{project_id}", dependencies=READ)
def get_project(session: ReadSessionDep, project_id: Id) -> Envelope:
    """Shows a project with its documents, their tags and endpoints."""
    project = _find_project(session, project_id)
    documents = specs.list_specs(session, project.id)
    return Envelope(
        data={**_project(project), "openapi_specs": [_document(session, s) for s in documents]}
    )


@router.delete("/project/{project_id}", dependencies=WRITE)
def delete_project(lab: LabDep, session: WriteSessionDep, project_id: Id) -> Envelope:
    """Deletes a project with all that belongs to it; 400 while one of its runs goes on."""
    project = _find_project(session, project_id)
    if project.slug == DEFAULT_SLUG:
        raise Conflict("The default project always exists.")
    for run in lookup.list_of_project(session, project.id):
        delete_one(lab, session, run)
    for load_test in load_tests.list_shown(session, project.id):
        delete_load_test(session, load_test)
    for spec in specs.list_specs(session, project.id):
        service.delete_spec(session, spec.public_id)
    session.flush()
    remove_project(session, project.slug)
    return Envelope()


@router.post("/openapi/analyze", dependencies=WRITE)
async def analyse(lab: LabDep, wish: AnalysisWish) -> Envelope:
    """Analyses the document behind an address and adds it to a project."""
    slug = await in_thread(_slug_of, lab, wish.project_id)
    added = await desk.analyse_url(lab, slug, str(wish.open_api_url))
    return Envelope(data=await in_thread(_load_document, lab, added.public_id))


@router.get("/openapi", dependencies=READ)
def list_documents(session: ReadSessionDep) -> Envelope:
    """Lists all documents with their tags and endpoints."""
    return Envelope(data=[_document(session, spec) for spec in specs.list_specs(session)])


@router.delete("/openapi/{openapi_spec_id}", dependencies=WRITE)
def delete_document(session: WriteSessionDep, openapi_spec_id: Id) -> Envelope:
    """Deletes a document; histories of its tests are kept."""
    spec = service.get_spec_by_id(session, openapi_spec_id)
    service.delete_spec(session, spec.public_id)
    return Envelope()


@router.get("/endpoint", dependencies=READ)
def list_endpoints(session: ReadSessionDep) -> Envelope:
    """Lists all endpoints."""
    listed = endpoint_repository.list_counted(session)
    return Envelope(data=[{**_endpoint(e), "tag_count": count} for e, count in listed])


@router.get("/endpoint/{endpoint_id}", dependencies=READ)
def get_endpoint(session: ReadSessionDep, endpoint_id: Id) -> Envelope:
    """Shows an endpoint with its tags."""
    endpoint = service.get_endpoint_by_id(session, endpoint_id)
    tags = service.tags_of(session, [endpoint])[endpoint.id]
    return Envelope(data={**_endpoint(endpoint), "tags": [_tag(tag) for tag in tags]})


@router.delete("/endpoint/{endpoint_id}", dependencies=WRITE)
def delete_endpoint(session: WriteSessionDep, endpoint_id: Id) -> Envelope:
    """Deletes an endpoint; histories of its tests are kept."""
    service.delete_endpoint(session, service.get_endpoint_by_id(session, endpoint_id))
    return Envelope()


def _find_project(session: ReadSession, project_id: int) -> Project:
    project = projects.find_by_id(session, project_id)
    if project is None:
        raise NotFound(f"There is no project {project_id}.")
    return project


def _slug_of(lab: Lab, project_id: int) -> str:
    with lab.database.read() as session:
        return _find_project(session, project_id).slug


def _load_document(lab: Lab, public_id: UUID) -> dict[str, Any]:
    with lab.database.read() as session:
        return _document(session, service.get_spec(session, public_id))


def _project(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "title": project.name,
        "summary": project.summary,
        "description": project.description,
    }


def _document(session: ReadSession, spec: Spec) -> dict[str, Any]:
    tags: dict[int, dict[str, Any]] = {}
    for tag, endpoint in tag_repository.list_tagged(session, spec.id):
        shown = tags.setdefault(tag.id, {**_tag(tag), "endpoints": []})
        if endpoint is not None:
            shown["endpoints"].append(_endpoint(endpoint))
    return {
        "id": spec.id,
        "title": spec.title,
        "version": spec.version,
        "base_url": spec.base_url,
        "tags": list(tags.values()),
    }


def _tag(tag: Tag) -> dict[str, Any]:
    return {"id": tag.id, "name": tag.name, "description": tag.description}


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "path": endpoint.path,
        "method": endpoint.method,
        "summary": endpoint.summary,
        "description": endpoint.description,
    }
