"""All SQL about projects."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.pagination import PageRequest, fetch_page
from benchwright.projects.models import Project
from benchwright.runs.models import Run


def find(session: ReadSession, slug: str) -> Project | None:
    """The project of this slug, if there is one."""
    return session.scalar(select(Project).where(Project.slug == slug))


def find_by_id(session: ReadSession, project_id: int) -> Project | None:
    """The project of an integer id, as some interfaces name it."""
    return session.get(Project, project_id)


def find_by_public_id(session: ReadSession, public_id: uuid.UUID) -> Project | None:
    """The project of this public id, if there is one."""
    return session.scalar(select(Project).where(Project.public_id == public_id))


def list_all(session: ReadSession) -> Sequence[Project]:
    """All projects, oldest first."""
    return session.scalars(select(Project).order_by(Project.id)).all()


def page(session: ReadSession, request: PageRequest) -> tuple[Sequence[Project], str | None]:
    """One page of projects, newest first."""
    return fetch_page(session, select(Project), Project.id, request)


def count_runs(session: ReadSession, project: Project) -> int:
    """How many runs belong to the project."""
    query = select(func.count()).select_from(Run).where(Run.project_id == project.id)
    return session.scalar(query) or 0


def add(session: WriteSession, project: Project) -> Project:
    """Adds the project and gives it its id."""
    session.add(project)
    session.flush()
    return project
