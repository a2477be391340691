"""Deleting a project, for which one must know all that can belong to it."""

from __future__ import annotations

from typing import NamedTuple

from benchwright.access.secret_store import list_secrets
from benchwright.kit.db import ReadSession, WriteSession
from benchwright.kit.errors import Conflict
from benchwright.loadtests import repository as loadtests
from benchwright.projects import repository
from benchwright.projects.models import Project
from benchwright.projects.service import DEFAULT_SLUG, get_project
from benchwright.specs import repository as specs
from benchwright.webhooks import repository as webhooks


class Removal(NamedTuple):
    """Whether a project can be deleted: `obstacle` says why not, `goes_too` what would be lost."""

    obstacle: str
    goes_too: str


def examine(session: ReadSession, project: Project) -> Removal:
    """What stands in the way of deleting a project, and what would go with it."""
    held = _count_up(
        {
            "run": repository.count_runs(session, project),
            "load test": loadtests.count_shown(session, project.id),
            "spec": specs.count_specs(session, project.id),
        }
    )
    obstacle = f"The project still has {held}; delete them first." if held else ""
    if project.slug == DEFAULT_SLUG:
        obstacle = "The default project always exists."
    goes_too = _count_up(
        {
            "secret": len(list_secrets(session, project.id)),
            "webhook": webhooks.count(session, project.id),
        }
    )
    return Removal(obstacle, goes_too)


def delete_project(session: WriteSession, slug: str) -> None:
    """Deletes an empty project with its secrets and webhooks; raises `Conflict` otherwise."""
    project = get_project(session, slug)
    obstacle = examine(session, project).obstacle
    if obstacle:
        raise Conflict(obstacle)
    loadtests.delete_archived(session, project.id)
    session.delete(project)


def _count_up(contents: dict[str, int]) -> str:
    return " and ".join(
        f"{count} {kind}{'s'[: count != 1]}" for kind, count in contents.items() if count
    )
