from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.db import Database
from benchwright.runs import job_results, repository
from benchwright.runs.folder import RunFolder
from benchwright.runs.job_results import (
    Before,
    job_headline,
    order_results,
    read_result_file,
    result_lines,
)
from benchwright.runs.models import Run
from benchwright.runs.repository import ResultRow
from benchwright.runs.state import RunKind, RunState
from tests.runs.harness import Harness


def row(metric: str, value: float, benchmark: str = "", **more: Any) -> ResultRow:
    return ResultRow(
        benchmark, metric, more.get("stat", "value"), value, more.get("unit", ""),
        more.get("better", "none"),
    )  # fmt: skip


def test_results_stand_as_they_do_in_the_file() -> None:
    document = {"metrics": {"z": 1, "a": {"value": 2, "unit": "s"}}, "folds": [3, 4], "b": 5}
    rows = [row(m, 0) for m in ("added", "b", "folds.0", "folds.1", "metrics.a", "metrics.z")]
    assert [one.metric for one in order_results(rows, document)] == [
        "metrics.z", "metrics.a", "folds.0", "folds.1", "b", "added",
    ]  # fmt: skip
    table = {"District": {"cost": 1, "peak": 2}, "B1": {"cost": 3, "peak": 4}}
    rows = [row("peak", 4, "B1"), row("cost", 3, "B1"), row("peak", 2, "District")]
    ordered = order_results(rows, table)
    assert [(one.benchmark, one.metric) for one in ordered] == [
        ("District", "peak"), ("B1", "cost"), ("B1", "peak"),
    ]  # fmt: skip
    listed = {"results": [{"metric": "y", "value": 1}, {"metric": "x", "value": 2}]}
    assert [one.metric for one in order_results([row("x", 2), row("y", 1)], listed)] == ["y", "x"]


@given(
    st.recursive(
        st.none() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    )
)
def test_no_document_loses_a_result(document: Any) -> None:
    rows = [row("a", 1), row("b", 2, "x"), row("c", 3)]
    assert sorted(order_results(rows, document)) == sorted(rows)


def test_the_first_six_are_shown_large_and_no_part_of_a_list() -> None:
    rows = [row("m", 1, stat="min"), *(row(f"m{n}", n / 8, unit="") for n in range(1, 9))]
    large = job_headline(rows, None)
    assert [(one.name, one.value) for one in large[:2]] == [("m1", "0.125"), ("m2", "0.25")]
    assert len(large) == 6


def test_changes_have_a_colour_if_the_direction_is_known_and_both_were_told_the_same() -> None:
    rows = [row("rmse", 9, better="lower"), row("r2", 0.5, unit="ratio", better="higher"),
            row("size", 20), row("new", 1)]  # fmt: skip
    values = {("", "rmse", "value"): 10.0, ("", "r2", "value"): 0.6, ("", "size", "value"): 10.0}
    run = Run(public_id=uuid.uuid4())
    tones = [
        [line.delta.tone if line.delta else None for line in result_lines(rows, before)]
        for before in (Before(run, values, True), Before(run, values, False))
    ]
    assert tones == [["good", "bad", "", None], ["", "", "", None]]
    assert [line.before for line in result_lines(rows, Before(run, values, True))] == [
        "10", "60.0\N{NO-BREAK SPACE}%", "10", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content,problem",
    [(b"{", True), (b"[" * 5000, True), (b" " * 2_000_000, True), (b'{"a": NaN}', False)],
)
def test_a_file_that_cannot_be_shown_says_why(
    tmp_path: Path,
    content: bytes,
    problem: bool,
) -> None:
    folder = RunFolder.of(tmp_path, uuid.uuid4())
    assert not read_result_file(folder).is_there
    folder.results.mkdir(parents=True)
    (folder.results / "result.json").write_bytes(content)
    found = read_result_file(folder)
    assert found.is_there and bool(found.problem) is problem


def test_a_link_is_no_result_file(tmp_path: Path) -> None:
    folder = RunFolder.of(tmp_path, uuid.uuid4())
    folder.results.mkdir(parents=True)
    (tmp_path / "other.json").write_text(json.dumps({"a": 1}))
    (folder.results / "result.json").symlink_to(tmp_path / "other.json")
    assert not read_result_file(folder).is_there


def test_the_run_before_is_one_that_was_told_the_same_if_there_is_one(
    database: Database, tmp_path: Path
) -> None:
    from benchwright.jobs.models import Job

    harness = Harness(database, tmp_path)
    with database.write() as session:
        project_id = repository.find(session, harness.add_run()).project_id  # type: ignore[union-attr]  # it was just added
        job = Job(public_id=uuid.uuid4(), project_id=project_id, name="job", plan={})
        session.add(job)
        session.flush()
        made = []
        for digest, state in (
            ("a", RunState.SUCCEEDED), ("b", RunState.SUCCEEDED), ("a", RunState.FAILED),
            ("a", RunState.SUCCEEDED),
        ):  # fmt: skip
            run = Run(
                public_id=uuid.uuid4(), project_id=project_id, job_id=job.id, kind=RunKind.JOB,
                name="run", spec={}, state=state, timeout_s=60, workload_digest=digest,
            )  # fmt: skip
            session.add(run)
            session.flush()
            repository.put_results(session, run.id, [("", "rmse", "value", 1.0, "", "none")])
            made.append(run)
        first, second, _, last = made
        found = job_results.find_before(session, last)
        assert found is not None and (found.run.id, found.is_same) == (first.id, True)
        found = job_results.find_before(session, second)
        assert found is not None and (found.run.id, found.is_same) == (first.id, False)
        assert job_results.find_before(session, first) is None
        assert job_results.find_before(session, Run(job_id=None)) is None
