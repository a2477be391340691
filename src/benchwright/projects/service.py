"""Rules of projects."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.errors import Conflict, Invalid, NotFound
from benchwright.kit.pagination import PageRequest
from benchwright.projects import repository
from benchwright.projects.models import Project
from benchwright.projects.schemas import ProjectCreate, ProjectUpdate

DEFAULT_SLUG = "default"
SLUG_PATTERN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class ProjectNotFound(NotFound):
    """No project has the slug of the address."""


def get_project(session: ReadSession, slug: str) -> Project:
    """The project of this slug; raises `NotFound`."""
    project = repository.find(session, slug)
    if project is None:
        raise ProjectNotFound(f"There is no project “{slug[:80]}”.")
    return project


def list_projects(
    session: ReadSession, request: PageRequest
) -> tuple[Sequence[Project], str | None]:
    """One page of projects, newest first, and the cursor of the next."""
    return repository.page(session, request)


def ensure_default(session: WriteSession) -> Project:
    """The project that owns what names none; made at first start."""
    project = repository.find(session, DEFAULT_SLUG)
    if project is None:
        project = repository.add(session, Project(slug=DEFAULT_SLUG, name="Default"))
    return project


def create_project(session: WriteSession, wish: ProjectCreate) -> Project:
    """Adds a project; raises `Conflict` if its slug is taken, `Invalid` if it is malformed."""
    slug = wish.slug if wish.slug is not None else _slug_for(session, wish.name)
    if not SLUG_PATTERN.fullmatch(slug):
        message = "Use 1 to 64 of a-z, 0-9 and hyphens, with no hyphen at either end."
        raise Invalid("The slug is not valid.", [{"field": "slug", "message": message}])
    if repository.find(session, slug) is not None:
        raise Conflict(f"A project “{slug}” exists already; choose another slug.")
    return repository.add(
        session,
        Project(
            slug=slug,
            name=wish.name,
            description=wish.description,
            retention_days=wish.retention_days,
            retention_bytes=wish.retention_bytes,
        ),
    )


def update_project(session: WriteSession, slug: str, wish: ProjectUpdate) -> Project:
    """Changes the fields that were sent."""
    project = get_project(session, slug)
    for name, value in wish.model_dump(exclude_unset=True).items():
        if value is None and name in {"name", "description"}:
            continue
        setattr(project, name, value)
    return project


def free_slug(session: ReadSession, name: str) -> str:
    """A slug made from a name that no project has yet, for those who choose none themselves."""
    base = slugify(name)
    candidates = itertools.chain([base], (f"{base[:58]}-{n}" for n in itertools.count(2)))
    return next(slug for slug in candidates if repository.find(session, slug) is None)


def slugify(name: str) -> str:
    """A slug made from a name; `project` if nothing of it can be used."""
    return _usable_part(name) or "project"


def _slug_for(session: ReadSession, name: str) -> str:
    """A slug for a new project; names without Latin letters get numbers, as they look alike."""
    if slug := _usable_part(name):
        return slug
    candidates = itertools.chain(["project"], (f"project-{n}" for n in itertools.count(2)))
    return next(slug for slug in candidates if repository.find(session, slug) is None)


def _usable_part(name: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:64].strip("-")
