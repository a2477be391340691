"""Lists of runs on both databases: any order, any page size, ties and gaps."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from benchwright.kit.db import Database, ReadSession, WriteSession, now
from benchwright.kit.errors import Conflict
from benchwright.kit.pagination import PageRequest
from benchwright.projects.models import Project
from benchwright.runs import list_repository, repository, service, tag_repository
from benchwright.runs.listing import Sort
from benchwright.runs.models import Run
from benchwright.runs.run_filter import RunFilter
from benchwright.runs.state import RunKind, RunState
from tests.fixtures.small_lab import add_project

STATES = [RunState.SUCCEEDED, RunState.FAILED, RunState.QUEUED]
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
few = st.sampled_from([None, 0.0, 1.5, 1.5000001, 2e9])
rows = st.fixed_dictionaries(
    {
        "name": st.sampled_from(
            ["a", "A", "b", "Z", "ä", "é", "ß", "run 10", "run 9", "🐎", "\u202eab"]
        ),
        "started_at": st.sampled_from([None, START, START + dt.timedelta(microseconds=1)]),
        "duration_s": few,
        "requests_per_s": few,
        "response_time_p95_ms": few,
        "error_rate": st.sampled_from([None, 0.0, 0.1 + 0.2]),
        "state": st.sampled_from(STATES),
    }
)


def add_run(session: WriteSession, project: Project, **columns: Any) -> Run:
    run = service.create_run(
        session,
        project_id=project.id,
        kind=RunKind.LOAD_TEST,
        name="a run",
        spec={"large": "x" * 1000},
        planned_duration_s=None,
        timeout_s=60,
    )
    for name, value in columns.items():
        setattr(run, name, value)
    session.flush()
    return run


def walk(
    session: ReadSession, narrow: RunFilter, sort: Sort, limit: int
) -> Iterator[list_repository.RunLine]:
    cursor: str | None = None
    while True:
        lines, cursor = list_repository.page(
            session, narrow, PageRequest(cursor=cursor, limit=limit), sort
        )
        assert len(lines) <= limit
        yield from lines
        if cursor is None:
            return


KEYS = {
    "created": "id", "started": "started_at", "duration": "duration_s", "p95": "response_time_p95_ms",
    "requests": "requests_per_s", "errors": "error_rate",
}  # fmt: skip


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=st.lists(rows, min_size=1, max_size=14), limit=st.integers(1, 5))
def test_pages_show_every_run_once_in_order(
    database: Database, made: list[dict[str, Any]], limit: int
) -> None:
    with database.write() as session:
        project = add_project(session, f"p{uuid.uuid4().hex[:12]}")
        ids = [add_run(session, project, **columns).id for columns in made]
        narrow = RunFilter(project_id=project.id)
    for sort in get_args(Sort):
        with database.read() as session:
            found = [line.run for line in walk(session, narrow, sort, limit)]
            assert sorted(run.id for run in found) == ids, sort
            name, descending = sort.removeprefix("-"), sort.startswith("-")
            if name == "name":
                # Each database has its own order of letters: the one it gives without pages.
                whole = [line.run.id for line in walk(session, narrow, sort, 100)]
                assert [run.id for run in found] == whole
                continue
            keyed = [(getattr(run, KEYS[name]), run.id) for run in found]
            known = [pair for pair in keyed if pair[0] is not None]
            assert known == sorted(known, reverse=descending), sort
            gaps = [pair[1] for pair in keyed if pair[0] is None]
            assert keyed == [*known, *((None, one) for one in sorted(gaps, reverse=descending))]


def test_what_comes_and_goes_between_pages_moves_nothing(database: Database) -> None:
    with database.write() as session:
        project = add_project(session, "shop")
        runs = [add_run(session, project, requests_per_s=5.0) for _ in range(5)]
        narrow = RunFilter(project_id=project.id)
        first, cursor = list_repository.page(session, narrow, PageRequest(limit=2), "-requests")
        add_run(session, project, requests_per_s=9.0)
        session.delete(service.get_run(session, first[-1].run.public_id))
        session.flush()
        page = PageRequest(cursor=cursor, limit=10)
        rest, _ = list_repository.page(session, narrow, page, "-requests")
        assert [line.run.id for line in rest] == [run.id for run in runs[2::-1]]


def test_groups_and_filters_agree(database: Database) -> None:
    with database.write() as session:
        project, other = add_project(session, "one"), add_project(session, "two")
        for verdict, state in (("met", STATES[0]), ("met", STATES[1]), (None, STATES[2])):
            run = add_run(session, project, verdict=verdict, state=state)
            tag_repository.add(session, [run.id], ["all", str(verdict)])
        tag_repository.add(session, [add_run(session, other).id], ["all"])
        narrow = RunFilter(project_id=project.id)
        for one in (
            narrow, replace(narrow, verdicts=("met",)), replace(narrow, states=(STATES[1],)),
            replace(narrow, verdicts=(None, "met")), replace(narrow, tags=("all", "met")),
            replace(narrow, tags=("none",)), replace(narrow, text="RUN"), replace(narrow, text="%"),
        ):  # fmt: skip
            counted = sum(group.runs for group in list_repository.groups(session, one))
            assert counted == len(list(walk(session, one, "-created", 100)))
        assert list_repository.count_tags(session, narrow) == [("all", 3), ("met", 2), ("None", 1)]
        met = replace(narrow, verdicts=("met",))
        assert list_repository.count_tags(session, met) == [("all", 2), ("met", 2)]


def test_the_run_before_is_the_last_that_measured(database: Database) -> None:
    with database.write() as session:
        project = add_project(session, "shop")
        test_id = session.execute(
            text(
                "INSERT INTO load_test (public_id, created_at, project_id, name, description, "
                "script_details, scenario_count, updated_at) VALUES (:u, :n, :p, 'x', '', '{}', 0, :n)"
                " RETURNING id"
            ),
            {"u": uuid.uuid4().hex, "n": now().replace(tzinfo=None), "p": project.id},
        ).scalar_one()
        first = add_run(session, project, load_test_id=test_id, requests_per_s=4.0)
        add_run(session, project, load_test_id=test_id)
        add_run(session, project, requests_per_s=9.0)
        last = add_run(session, project, load_test_id=test_id)
        one, two = list_repository.lines(session, [first.id, last.id])
        assert one.before is None
        assert two.before is not None
        assert (two.before.public_id, two.before.requests_per_s) == (first.public_id, 4.0)


def test_figures_of_the_whole_run_are_kept_on_its_row(database: Database) -> None:
    with database.write() as session:
        run = add_run(session, add_project(session, "shop"))
        rows = [
            ("", "http_reqs", "rate", 12.5, "requests/s", "higher"),
            ("s1", "http_reqs", "rate", 99.0, "requests/s", "higher"),
            ("", "http_req_duration", "p95", 80.0, "ms", "lower"),
            ("", "http_req_failed", "rate", 0.25, "ratio", "lower"),
        ]
        repository.put_results(session, run.id, rows)
        repository.put_results(session, run.id, [("", "http_reqs", "rate", 13.0, "", "none")])
    with database.read() as session:
        kept = service.get_run(session, run.public_id)
        figures = (kept.requests_per_s, kept.response_time_p95_ms, kept.error_rate)
        assert figures == (13.0, 80.0, 0.25)


def test_lists_do_not_read_what_is_large(database: Database) -> None:
    with database.write() as session:
        add_run(session, add_project(session, "shop"))
    with database.read() as session:
        lines, _ = list_repository.page(session, RunFilter(), PageRequest())
        large = {"spec", "handle", "warnings", "note"}
        assert large <= set(Run.__mapper__.attrs.keys())
        assert not large & set(lines[0].run._fields)
        assert not session.identity_map


def test_tags_are_added_removed_and_limited(database: Database) -> None:
    with database.write() as session:
        project = add_project(session, "shop")
        runs = [add_run(session, project) for _ in range(3)]
        narrow = RunFilter(project_id=project.id)
        assert service.tag_runs(session, narrow, ["a", "b"], add=True) == 3
        assert service.tag_runs(session, narrow, ["a"], add=True) == 3
        tag_repository.replace(session, runs[0], ["b", "c"])
        service.tag_runs(session, replace(narrow, ids=(runs[1].public_id,)), ["a"], add=False)
        tags = list_repository.tags_of(session, [run.id for run in runs])
        assert [tags[run.id] for run in runs] == [("b", "c"), ("b",), ("a", "b")]
        many = [f"t{n}" for n in range(19)]
        with pytest.raises(Conflict):
            service.tag_runs(session, narrow, many, add=True)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_queries_use_their_indexes(database: Database) -> None:
    """What a list of thousands of runs asks is answered from an index that holds it all."""
    with database.read() as session:

        def plan(sql: str) -> str:
            return " ".join(
                str(row[-1]) for row in session.execute(text("EXPLAIN QUERY PLAN " + sql))
            )

        assert "COVERING INDEX ix_run_listed" in plan(
            "SELECT state, verdict, load_test_id, count(*) FROM run WHERE project_id = 1 "
            "GROUP BY state, verdict, load_test_id"
        )
        assert "COVERING INDEX ix_run_listed" in plan(
            "SELECT id, response_time_p95_ms FROM run WHERE project_id = 1 "
            "ORDER BY response_time_p95_ms IS NULL, response_time_p95_ms DESC, id DESC LIMIT 51"
        )
        assert "COVERING INDEX ix_run_tag_project_id_tag" in plan(
            "SELECT tag, count(*) FROM run_tag WHERE project_id = 1 GROUP BY tag"
        )
        assert "ix_run_measured" in plan(
            "SELECT id FROM run WHERE load_test_id = 1 AND id < 9 AND requests_per_s IS NOT NULL "
            "ORDER BY id DESC LIMIT 1"
        )
