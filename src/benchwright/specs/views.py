"""Rows as clients see them."""

from __future__ import annotations

from collections.abc import Sequence

from benchwright.kit.db import ReadSession
from benchwright.specs import service
from benchwright.specs.models import Endpoint, Spec, SpecRevision
from benchwright.specs.schemas import (
    EndpointSummary,
    EndpointView,
    RevisionView,
    SpecSummary,
    SpecView,
    TagView,
)


def view_spec(session: ReadSession, spec: Spec) -> SpecView:
    """A spec with its tags."""
    tags = [
        TagView(
            public_id=tag.public_id,
            name=tag.name,
            description=tag.description,
            endpoint_count=count,
        )
        for tag, count in service.list_tags(session, spec)
    ]
    return SpecView(
        **SpecSummary.model_validate(spec).model_dump(),
        description=spec.description,
        servers=spec.servers,
        security_schemes=spec.security_schemes,
        warnings=spec.warnings,
        tags=tags,
    )


def view_revision(revision: SpecRevision) -> RevisionView:
    """A revision with all that changed."""
    return RevisionView.model_validate(revision)


def view_endpoints(session: ReadSession, endpoints: Sequence[Endpoint]) -> list[EndpointSummary]:
    """Endpoints as a light list."""
    tags = service.tags_of(session, endpoints)
    return [
        EndpointSummary(
            public_id=endpoint.public_id,
            method=endpoint.method,
            path=endpoint.path,
            operation_id=endpoint.operation_id,
            summary=endpoint.summary,
            deprecated=endpoint.deprecated,
            removed_at=endpoint.removed_at,
            tags=[tag.name for tag in tags[endpoint.id]],
        )
        for endpoint in endpoints
    ]


def view_endpoint(session: ReadSession, endpoint: Endpoint) -> EndpointView:
    """An endpoint with everything that a load test needs of it."""
    spec = service.get_spec_by_id(session, endpoint.spec_id)
    (summary,) = view_endpoints(session, [endpoint])
    return EndpointView(
        **summary.model_dump(),
        spec_id=spec.public_id,
        base_url=endpoint.base_url or spec.base_url,
        description=endpoint.description,
        parameters=endpoint.parameters,
        body=endpoint.body,
        responses=endpoint.responses,
        response_details=endpoint.response_details,
        security=endpoint.security,
    )
