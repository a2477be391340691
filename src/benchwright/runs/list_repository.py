"""All SQL of lists of runs: which, in what order, how many of each kind.

Nothing here reads what a run was told to do, nor its results: lists stay quick however large
those are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Uuid, and_, column, func, literal_column, or_, select, table
from sqlalchemy.orm import aliased

from benchwright.kit.db import ReadSession
from benchwright.kit.pagination import PageRequest
from benchwright.projects.models import Project
from benchwright.runs.listing import (
    NEWEST,
    Position,
    Sort,
    SortKey,
    decode_position,
    encode_position,
    key_of,
)
from benchwright.runs.models import Run, RunTag
from benchwright.runs.run_filter import RunFilter
from benchwright.runs.state import UNFINISHED, RunKind, RunState

# Named by its table, not by its model: runs know nothing of the kinds of work they carry.
LOAD_TEST = table("load_test", column("id"), column("public_id", Uuid()), column("name"))
# Made once: each new alias is looked through column by column again.
BEFORE, NOTED = aliased(Run), aliased(Run)
SHOWN_TAGS = 30
KEYS: Mapping[SortKey, ColumnElement[Any]] = {
    "started": Run.started_at.expression,
    "name": func.lower(Run.name),
    "duration": Run.duration_s.expression,
    "requests": Run.requests_per_s.expression,
    "p95": Run.response_time_p95_ms.expression,
    "errors": Run.error_rate.expression,
}


class LoadTestName(NamedTuple):
    """A load test as lists name it."""

    public_id: uuid.UUID
    name: str


class Before(NamedTuple):
    """The figures of the run of the same load test before."""

    public_id: uuid.UUID
    requests_per_s: float | None
    response_time_p95_ms: float | None
    error_rate: float | None
    workload_digest: str | None


class RunRow(NamedTuple):
    """The columns of a run that lists show; an object of the session would take longer to make."""

    id: int
    public_id: uuid.UUID
    kind: RunKind
    name: str
    state: RunState
    reason: str
    verdict: str | None
    stale_since: dt.datetime | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    workload_ended_at: dt.datetime | None
    ended_at: dt.datetime | None
    planned_duration_s: float | None
    pinned: bool
    target: str
    duration_s: float | None
    requests_per_s: float | None
    response_time_p95_ms: float | None
    error_rate: float | None
    doubts: list[str]
    stored_bytes: int
    workload_digest: str | None


_COLUMNS = tuple(getattr(Run, name) for name in RunRow._fields)


class RunLine(NamedTuple):
    """A run and what a list says beside it."""

    run: RunRow
    project: str
    load_test: LoadTestName | None
    tags: tuple[str, ...]
    before: Before | None


class Group(NamedTuple):
    """How many runs have this state, verdict, load test, kind and target."""

    state: RunState
    verdict: str | None
    load_test_id: int | None
    kind: RunKind
    target: str
    runs: int


def page(
    session: ReadSession, narrow: RunFilter, request: PageRequest, sort: Sort = NEWEST
) -> tuple[list[RunLine], str | None]:
    """One page of runs and the cursor of the next; ties are in order of creation."""
    name, descending = key_of(sort)
    key = KEYS.get(name)
    query = select(Run.id) if key is None else select(Run.id, key.label("key"))
    query = query.where(*conditions(narrow))
    if request.cursor is not None:
        after = decode_position(sort, request.cursor)
        query = query.where(_behind(key, after, descending=descending))
    if key is not None:
        # What has no value comes last in both directions.
        query = query.order_by(key.is_(None), key.desc() if descending else key.asc())
    query = query.order_by(Run.id.desc() if descending else Run.id.asc())
    rows = session.execute(query.limit(request.limit + 1)).all()
    cursor = None
    if len(rows) > request.limit:
        rows = rows[: request.limit]
        value = None if key is None else rows[-1].key
        cursor = encode_position(sort, Position(value, rows[-1].id))
    return lines(session, [row.id for row in rows]), cursor


def _behind(
    key: ColumnElement[Any] | None, after: Position, *, descending: bool
) -> ColumnElement[bool]:
    later_id = Run.id < after.id if descending else Run.id > after.id
    if key is None:
        return later_id
    if after.value is None:
        return and_(key.is_(None), later_id)
    later = key < after.value if descending else key > after.value
    return or_(later, and_(key == after.value, later_id), key.is_(None))


def lines(session: ReadSession, run_ids: Sequence[int]) -> list[RunLine]:
    """These runs in this order, with all that a list says of them."""
    if not run_ids:
        return []
    before = BEFORE
    measured = (
        select(before.id)
        .where(
            before.load_test_id == Run.load_test_id,
            before.id < Run.id,
            before.requests_per_s.is_not(None),
        )
        .order_by(before.id.desc())
        .limit(1)
        .correlate(Run)
        .scalar_subquery()
    )
    query = (
        select(*_COLUMNS, Project.slug, LOAD_TEST.c.public_id, LOAD_TEST.c.name, measured)
        .join(Project, Project.id == Run.project_id)
        .outerjoin(LOAD_TEST, LOAD_TEST.c.id == Run.load_test_id)
        .where(Run.id.in_(run_ids))
    )
    rows = session.execute(query).all()
    tags = tags_of(session, run_ids)
    earlier = _figures_of(session, {row[-1] for row in rows if row[-1] is not None})
    found = {}
    width = len(RunRow._fields)
    for row in rows:
        run = RunRow._make(row[:width])
        slug, test_id, test_name, before_id = row[width:]
        found[run.id] = RunLine(
            run,
            slug,
            LoadTestName(test_id, test_name) if test_id is not None else None,
            tags.get(run.id, ()),
            earlier.get(before_id),
        )
    return [found[run_id] for run_id in run_ids if run_id in found]


def _figures_of(session: ReadSession, run_ids: Collection[int]) -> dict[int, Before]:
    """Asked for by their keys: joined, PostgreSQL reads all runs for a page of them."""
    if not run_ids:
        return {}
    query = select(
        Run.id, Run.public_id, Run.requests_per_s, Run.response_time_p95_ms, Run.error_rate,
        Run.workload_digest,
    ).where(Run.id.in_(run_ids))  # fmt: skip
    return {row[0]: Before._make(row[1:]) for row in session.execute(query)}


def tags_of(session: ReadSession, run_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The tags of each of these runs."""
    query = select(RunTag.run_id, RunTag.tag).where(RunTag.run_id.in_(run_ids))
    tags: dict[int, tuple[str, ...]] = {}
    for run_id, tag in session.execute(query.order_by(RunTag.run_id, RunTag.tag)):
        tags[run_id] = (*tags.get(run_id, ()), tag)
    return tags


def groups(session: ReadSession, narrow: RunFilter) -> list[Group]:
    """How many runs there are of each state, verdict, load test, kind and target."""
    columns = (Run.state, Run.verdict, Run.load_test_id, Run.kind, Run.target)
    query = select(*columns, func.count()).where(*conditions(narrow)).group_by(*columns)
    return [Group(*row) for row in session.execute(query)]


def count_tags(session: ReadSession, narrow: RunFilter) -> list[tuple[str, int]]:
    """The tags of the runs that match with how many have each, the most used first."""
    number = func.count().label("number")
    query = select(RunTag.tag, number).group_by(RunTag.tag)
    if narrow == RunFilter(project_id=narrow.project_id):
        query = query.where(RunTag.project_id == narrow.project_id)
    else:
        query = query.where(RunTag.run_id.in_(select(Run.id).where(*conditions(narrow))))
    query = query.order_by(number.desc(), RunTag.tag).limit(SHOWN_TAGS)
    return [(tag, count) for tag, count in session.execute(query)]


def load_test_names(session: ReadSession, ids: Collection[int]) -> dict[int, LoadTestName]:
    """The load tests with these keys."""
    columns = LOAD_TEST.c
    query = select(columns.id, columns.public_id, columns.name).where(columns.id.in_(ids))
    return {row.id: LoadTestName(row.public_id, row.name) for row in session.execute(query)}


def load_test_ids(session: ReadSession, public_ids: Collection[uuid.UUID]) -> set[int]:
    """The keys of these load tests."""
    query = select(LOAD_TEST.c.id).where(LOAD_TEST.c.public_id.in_(public_ids))
    return set(session.scalars(query))


class Deletable(NamedTuple):
    """What of a selection can be deleted, and what stays."""

    runs: int
    stored_bytes: int
    pinned: int
    under_way: int
    up_to_id: int


def measure(session: ReadSession, narrow: RunFilter) -> Deletable:
    """How much a selection holds."""
    ended = Run.state.not_in(UNFINISHED)
    query = select(
        Run.pinned,
        ended.label("ended"),
        func.count(),
        func.sum(Run.stored_bytes),
        func.max(Run.id),
    )
    query = query.where(*conditions(narrow)).group_by(Run.pinned, ended)
    runs = stored_bytes = pinned = under_way = last = 0
    for is_pinned, has_ended, count, size, highest in session.execute(query):
        last = max(last, highest)
        if not has_ended:
            under_way += count
        elif is_pinned:
            pinned += count
        else:
            runs, stored_bytes = runs + count, stored_bytes + int(size or 0)
    return Deletable(runs, stored_bytes, pinned, under_way, last)


def pick_ids(
    session: ReadSession,
    narrow: RunFilter,
    limit: int,
    *,
    after_id: int = 0,
    deletable: bool = False,
) -> list[int]:
    """The keys of runs that match behind a key, oldest first."""
    query = select(Run.id).where(*conditions(narrow), Run.id > after_id)
    if deletable:
        query = query.where(Run.state.not_in(UNFINISHED), Run.pinned.is_(False))
    return list(session.scalars(query.order_by(Run.id).limit(limit)))


def conditions(narrow: RunFilter) -> list[ColumnElement[bool]]:
    """What a filter asks of a run."""
    asked: list[ColumnElement[bool]] = []
    if narrow.project_id is not None:
        asked.append(Run.project_id == narrow.project_id)
    if narrow.load_tests:
        tests = select(LOAD_TEST.c.id).where(LOAD_TEST.c.public_id.in_(narrow.load_tests))
        asked.append(Run.load_test_id.in_(tests))
    if narrow.states:
        asked.append(Run.state.in_(narrow.states))
    if narrow.verdicts:
        given = [verdict for verdict in narrow.verdicts if verdict is not None]
        judged = Run.verdict.in_(given)
        asked.append(or_(judged, Run.verdict.is_(None)) if None in narrow.verdicts else judged)
    if narrow.kinds:
        asked.append(Run.kind.in_(narrow.kinds))
    if narrow.targets:
        asked.append(Run.target.in_(narrow.targets))
    tagged = (select(RunTag.run_id).where(RunTag.tag == tag) for tag in narrow.tags)
    asked.extend(Run.id.in_(ids) for ids in tagged)
    if narrow.text:
        noted = NOTED  # few runs have a note, and an index knows which
        notes = select(noted.id).where(
            # Written out: with a parameter the index of those that have one would not do.
            noted.note != literal_column("''"),
            noted.note.icontains(narrow.text, autoescape=True),
        )
        named = Run.name.icontains(narrow.text, autoescape=True)
        asked.append(or_(named, Run.id.in_(notes)))
    if narrow.started_from is not None:
        asked.append(Run.started_at >= narrow.started_from)
    if narrow.started_before is not None:
        asked.append(Run.started_at < narrow.started_before)
    for column_, (low, high) in (
        (Run.requests_per_s, narrow.requests_per_s),
        (Run.response_time_p95_ms, narrow.response_time_p95_ms),
        (Run.error_rate, narrow.error_rate),
    ):
        asked += [column_ >= low] if low is not None else []
        asked += [column_ <= high] if high is not None else []
    if narrow.ids is not None:
        asked.append(Run.public_id.in_(narrow.ids))
    if narrow.up_to_id is not None:
        asked.append(Run.id <= narrow.up_to_id)
    return asked
