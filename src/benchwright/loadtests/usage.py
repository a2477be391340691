"""Which load tests request which endpoints."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from benchwright.kit.db import ReadSession
from benchwright.loadtests import repository
from benchwright.specs.models import SpecRevision

MOST_TESTS = 500


class Use(BaseModel):
    """One endpoint as a load test requests it; `change` says what a revision did to it."""

    scenario: str
    endpoint: uuid.UUID
    label: str = ""
    change: str = ""
    parts: list[str] = []
    may_break: bool = False


class Usage(BaseModel):
    """A load test with those of its scenarios that were asked for."""

    public_id: uuid.UUID
    name: str
    uses: list[Use]
    last_run: uuid.UUID | None = None
    last_p95_ms: float | None = None

    @property
    def advice(self) -> str:
        """What to do about the change, worst first."""
        if any(use.change == "removed" for use in self.uses):
            return "Take the removed endpoints out of its plan."
        if any(use.may_break for use in self.uses):
            return "Look through its values and bodies before the next run."
        return "Nothing has to be done: what it sends stays right."


def find_usage(
    session: ReadSession, project_id: int, endpoints: Collection[uuid.UUID]
) -> list[Usage]:
    """The project's load tests that request any of the endpoints, newest first.

    The last p95 is that of the first scenario which requests one of them.
    """
    wanted = {str(public_id) for public_id in endpoints}
    found: list[Usage] = []
    for test in repository.planned(session, project_id, MOST_TESTS):
        uses = [
            Use(scenario=scenario["name"], endpoint=scenario["endpoint"])
            for scenario in (test.plan or {}).get("scenarios", ())
            if scenario.get("endpoint") in wanted
        ]
        if uses:
            usage = Usage(public_id=test.public_id, name=test.name, uses=uses)
            if run := repository.last_finished_run(session, test.id):
                usage.last_run = run.public_id
                key = next(
                    (
                        s["key"]
                        for s in run.spec.get("scenarios", ())
                        if s["name"] == uses[0].scenario
                    ),
                    "",
                )
                usage.last_p95_ms = repository.scenario_p95(session, run, key)
            found.append(usage)
    return found


def find_concerned(
    session: ReadSession,
    project_id: int,
    revision: SpecRevision,
    ids: Mapping[tuple[str, str], uuid.UUID],
) -> list[Usage]:
    """The load tests that request what a revision removed or changed, with what to know of it."""
    changes: dict[uuid.UUID, tuple[str, dict[str, Any]]] = {}
    for kind in ("removed", "changed"):
        for change in revision.changes.get(kind, ()):
            public_id = ids.get((change["method"], change["path"]))
            if public_id is not None:
                changes[public_id] = kind, change
    found = find_usage(session, project_id, changes)
    for usage in found:
        for use in usage.uses:
            kind, change = changes[use.endpoint]
            use.change = kind
            use.label = f"{change['method']} {change['path']}"
            use.parts = change["parts"]
            use.may_break = any(detail["may_break"] for detail in change.get("details", ()))
    return found
