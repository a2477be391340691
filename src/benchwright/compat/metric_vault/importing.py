"""Takes over what a Metric Vault installation holds: projects, documents, ended tests."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchwright.compat.metric_vault.past_runs import NAMESPACE, ORIGIN, Counted, PastRuns
from benchwright.compat.metric_vault.source import (
    EndpointRow,
    ProjectRow,
    Source,
    SpecRow,
)
from benchwright.kit.db import WriteSession
from benchwright.projects import repository as projects
from benchwright.projects.models import Project
from benchwright.projects.schemas import ProjectCreate
from benchwright.projects.service import create_project, ensure_default, free_slug
from benchwright.specs import endpoint_repository
from benchwright.specs import repository as specs
from benchwright.specs import service as spec_service
from benchwright.specs.intake import Reading
from benchwright.specs.models import Spec
from benchwright.specs.outline import DEFAULT_TAG, Analysis, Operation, Parameter, TagInfo

if TYPE_CHECKING:
    from benchwright.lab import Lab

NOTE = (
    "This document was taken over from Metric Vault, which keeps neither parameters nor bodies;"
    " analyse it again from its address to have them."
)

_SEGMENT = re.compile(r"\{([^{}/]+)\}")


@dataclass
class Imported:
    """How much was new, and how much was left out."""

    projects: int = 0
    specs: int = 0
    endpoints: int = 0
    tests: Counted = field(default_factory=Counted)


def take_over(session: WriteSession, lab: Lab, source: Source) -> Imported:
    """Adds what is not here yet, in the caller's transaction; again, it adds nothing.

    Tests that had not ended are left for a later import. What belonged to a deleted project goes
    to the default one.
    """
    return _Import(session, lab, source).run()


class _Import:
    def __init__(self, session: WriteSession, lab: Lab, source: Source) -> None:
        self._session = session
        self._lab = lab
        self._source = source
        self._done = Imported()
        self._default = ensure_default(session)
        self._projects: dict[int, Project] = {}
        self._endpoints: dict[int, int] = {}
        """Ids of endpoints here by their ids there."""

    def run(self) -> Imported:
        for row in self._source.projects:
            self._projects[row.id] = self._project(row)
        self._add_specs()
        past = PastRuns(self._session, self._lab, self._endpoints)
        self._done.tests = past.add_all(self._source, self._project_of)
        return self._done

    def _project_of(self, project_id: int | None) -> Project:
        return self._projects.get(project_id or 0, self._default)

    def _project(self, row: ProjectRow) -> Project:
        public_id = uuid.uuid5(NAMESPACE, f"project/{row.id}/{row.title}")
        known = projects.find_by_public_id(self._session, public_id)
        if known is not None:
            return known
        name = row.title.strip()[:200].strip() or f"Project {row.id}"
        wish = ProjectCreate(
            name=name,
            slug=free_slug(self._session, name),
            description=row.description[:20_000],
        )
        project = create_project(self._session, wish)
        project.public_id, project.summary = public_id, row.summary
        self._session.flush()
        self._done.projects += 1
        return project

    def _add_specs(self) -> None:
        endpoints = {row.id: row for row in self._source.endpoints}
        tags = {row.id: row for row in self._source.tags}
        tags_of_spec: dict[int | None, list[int]] = defaultdict(list)
        for tag in self._source.tags:
            tags_of_spec[tag.openapi_spec_id].append(tag.id)
        endpoints_of_tag: dict[int, list[int]] = defaultdict(list)
        for link in self._source.tag_endpoints:
            endpoints_of_tag[link.tag_id].append(link.endpoint_id)
        for row in self._source.specs:
            infos: dict[str, TagInfo] = {}
            found: dict[int, list[str]] = {}
            for tag_id in tags_of_spec[row.id]:
                name = tags[tag_id].name or DEFAULT_TAG
                infos.setdefault(name, TagInfo(name, tags[tag_id].description))
                for endpoint_id in endpoints_of_tag[tag_id]:
                    if endpoint_id in endpoints:
                        found.setdefault(endpoint_id, []).append(name)
            self._add_spec(
                row, list(infos.values()), [(endpoints[i], names) for i, names in found.items()]
            )

    def _add_spec(
        self, row: SpecRow, tags: list[TagInfo], listed: list[tuple[EndpointRow, list[str]]]
    ) -> None:
        public_id = uuid.uuid5(NAMESPACE, f"spec/{row.project_id}/{row.id}/{row.title}")
        spec = specs.find_spec(self._session, public_id)
        if spec is None:
            spec = self._new_spec(row, tags, listed)
            spec.public_id = public_id
            self._session.flush()
            self._done.specs += 1
            self._done.endpoints += spec.endpoint_count
        ids = endpoint_repository.endpoint_ids(self._session, spec.id)
        for endpoint, _ in listed:
            here = ids.get((endpoint.method.upper(), endpoint.path))
            if here is not None:
                self._endpoints[endpoint.id] = here

    def _new_spec(
        self, row: SpecRow, tags: list[TagInfo], listed: list[tuple[EndpointRow, list[str]]]
    ) -> Spec:
        operations: dict[tuple[str, str], Operation] = {}
        for endpoint, names in listed:
            key = (endpoint.method.upper(), endpoint.path)
            known = operations.get(key)
            merged = list(dict.fromkeys([*(known.tags if known else ()), *names]))
            operations[key] = _operation(endpoint, merged)
        title = row.title.strip() or f"Document {row.id}"
        analysis = Analysis(
            dialect=ORIGIN,
            title=title,
            version=row.version,
            description="",
            base_url=row.base_url,
            servers=[row.base_url] if row.base_url else [],
            tags=tags,
            operations=list(operations.values()),
            security_schemes=[],
            warnings=[NOTE],
        )
        reading = Reading(analysis, [], None)
        return spec_service.add_spec(self._session, self._project_of(row.project_id), reading)


def _operation(row: EndpointRow, tags: list[str]) -> Operation:
    return Operation(
        method=row.method.upper(),
        path=row.path,
        operation_id="",
        summary=row.summary,
        description=row.description,
        tags=tags,
        deprecated=False,
        parameters=[
            Parameter(name, "path", required=True, schema={}, example="1", style="simple", explode=False)
            for name in dict.fromkeys(_SEGMENT.findall(row.path))
        ],
        body=None,
        responses=[],
        security=[],
    )  # fmt: skip
