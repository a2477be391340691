"""All SQL of the search: one statement for each kind, each with a cap on what it answers.

A row is found when every word of the query occurs in its text. Nothing but a scan finds words
inside of words, so the statements read narrow columns only and no JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from benchwright.kit.db import ReadSession
from benchwright.loadtests.models import LoadTest
from benchwright.projects.models import Project
from benchwright.runs.models import Run
from benchwright.specs.models import Endpoint, Spec

Rows = Sequence[Any]
"""Rows whose columns have the names that are read from them."""
Words = Sequence[str]


def find_projects(session: ReadSession, words: Words, current: str, limit: int) -> Rows:
    """Projects by name, slug and description."""
    text = _joined(Project.name, Project.slug, Project.description)
    query = select(Project.public_id, Project.slug, Project.name, Project.description).where(
        _matches(text, words)
    )
    return session.execute(query.order_by(_first(current), Project.id.desc()).limit(limit)).all()


def find_load_tests(session: ReadSession, words: Words, current: str, limit: int) -> Rows:
    """Load tests by name and description."""
    query = (
        select(LoadTest.public_id, Project.slug, LoadTest.name, LoadTest.description)
        .join(Project, Project.id == LoadTest.project_id)
        .where(
            LoadTest.archived_at.is_(None),
            _matches(_joined(LoadTest.name, LoadTest.description), words),
        )
    )
    return session.execute(query.order_by(_first(current), LoadTest.id.desc()).limit(limit)).all()


def find_specs(session: ReadSession, words: Words, current: str, limit: int) -> Rows:
    """Specs by name, title and address."""
    address = func.coalesce(Spec.source_url, "")
    query = (
        select(Spec.public_id, Project.slug, Spec.name, Spec.version, Spec.endpoint_count)
        .join(Project, Project.id == Spec.project_id)
        .where(_matches(_joined(Spec.name, Spec.title, address), words))
    )
    return session.execute(query.order_by(_first(current), Spec.id.desc()).limit(limit)).all()


def find_endpoints(session: ReadSession, words: Words, current: str, limit: int) -> Rows:
    """Endpoints by method, path, summary and operation id."""
    text = _joined(Endpoint.method, Endpoint.path, Endpoint.summary, Endpoint.operation_id)
    query = (
        select(
            Endpoint.public_id, Project.slug, Endpoint.method, Endpoint.path, Endpoint.summary,
            Spec.public_id.label("spec_id"), Spec.name.label("spec_name"),
        )
        .join(Spec, Spec.id == Endpoint.spec_id)
        .join(Project, Project.id == Spec.project_id)
        .where(Endpoint.removed_at.is_(None), _matches(text, words))
    )  # fmt: skip
    return session.execute(query.order_by(_first(current), Endpoint.id).limit(limit)).all()


def find_runs(session: ReadSession, words: Words, current: str, limit: int) -> Rows:
    """Runs by name."""
    query = (
        select(Run.public_id, Project.slug, Run.name, Run.state, Run.verdict, Run.created_at)
        .join(Project, Project.id == Run.project_id)
        .where(_matches(Run.name, words))
    )
    return session.execute(query.order_by(_first(current), Run.id.desc()).limit(limit)).all()


def _first(current: str) -> ColumnElement[int]:
    """Orders what belongs to the current project before the rest."""
    return case((Project.slug == current, 0), else_=1)


def _joined(
    *columns: InstrumentedAttribute[str] | ColumnElement[str],
) -> ColumnElement[str]:
    text: ColumnElement[str] = literal("")
    for column in columns:
        text = text + column + " "
    return text


def _matches(
    text: ColumnElement[str] | InstrumentedAttribute[str], words: Words
) -> ColumnElement[bool]:
    lowered = func.lower(text)
    return and_(*(lowered.contains(word, autoescape=True) for word in words))
