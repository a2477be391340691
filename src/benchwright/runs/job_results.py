"""The results of a job as its page shows them: chosen ones large, all as a table, and their file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from benchwright.kit.db import ReadSession
from benchwright.kit.enclosed import open_file
from benchwright.kit.errors import Problem
from benchwright.runs import lookup_repository, repository
from benchwright.runs.deltas import Delta, points_of_change, share_of_change
from benchwright.runs.file_previews import MAX_TREE_BYTES, read_json_file
from benchwright.runs.folder import RunFolder
from benchwright.runs.headline import Headline
from benchwright.runs.json_tree import JsonTable, Node, build_tree, find_tables
from benchwright.runs.models import Run
from benchwright.runs.repository import ResultRow
from benchwright.web import figures

SHOWN_LARGE = 6
SHOWN_ROWS = 200
MAX_PATHS = 20_000
NAME = "result.json"
_TOTALS = ("value", "count", "rate", "mean", "avg")

Key = tuple[str, str, str]


class ResultFile(NamedTuple):
    """`results/result.json`; `problem` says why it is not shown."""

    document: Any = None
    size_bytes: int = 0
    problem: str = ""

    @property
    def is_there(self) -> bool:
        """Whether the run has such a file."""
        return self.size_bytes > 0


NO_FILE = ResultFile()


class ResultLine(NamedTuple):
    """One result as it reads, with the value of the run before."""

    benchmark: str
    name: str
    value: str
    exact: float
    before: str
    delta: Delta | None


@dataclass(frozen=True)
class Before:
    """The run of the same job before: its id, its values, and whether it was told the same."""

    run: Run
    values: Mapping[Key, float]
    is_same: bool


def read_result_file(folder: RunFolder) -> ResultFile:
    """The file of results, if it is small enough to be shown."""
    try:
        with open_file(folder.root, ["results", NAME]) as file:
            content = file.read(MAX_TREE_BYTES + 1)
    except OSError:
        return ResultFile()
    if len(content) > MAX_TREE_BYTES:
        return ResultFile(
            size_bytes=len(content),
            problem=f"It is larger than {figures.size(MAX_TREE_BYTES)}: download it to look at it.",
        )
    try:
        return ResultFile(read_json_file(content), len(content))
    except Problem as problem:
        return ResultFile(size_bytes=len(content), problem=problem.detail)


def order_results(results: Sequence[ResultRow], document: Any) -> list[ResultRow]:
    """As they stand in the file; those that are not in it follow in the order of their names."""
    places: dict[tuple[str, str], int] = {}
    for place, path in enumerate(_paths(document)):
        places.setdefault(("", ".".join(path)), place)
        if len(path) > 1:
            places.setdefault((path[0], ".".join(path[1:])), place)
    last = len(places) + MAX_PATHS
    return sorted(results, key=lambda row: places.get((row.benchmark, row.metric), last))


def _paths(value: Any) -> Iterator[tuple[str, ...]]:
    """Where values stand, in their order; not more than are looked for."""
    pending: list[tuple[tuple[str, ...], Any]] = [((), value)]
    for _ in range(MAX_PATHS):
        if not pending:
            return
        path, value = pending.pop()
        if path:
            yield path
        if isinstance(value, Mapping):
            if isinstance(metric := value.get("metric"), str):
                benchmark = value.get("benchmark")
                yield (benchmark, metric) if isinstance(benchmark, str) else (metric,)
            pending += [((*path, str(key)), item) for key, item in reversed(list(value.items()))]
        elif isinstance(value, list):
            pending += [
                ((*path, str(place)), item) for place, item in reversed(list(enumerate(value)))
            ]


def find_job(session: ReadSession, run: Run) -> lookup_repository.JobName | None:
    """The kept job that the run was started from, if it was."""
    return lookup_repository.find_job_name(session, run)


def find_before(session: ReadSession, run: Run) -> Before | None:
    """The last run of the job that completed before this one, of those told the same if any was."""
    if run.job_id is None:
        return None
    found = lookup_repository.find_job_run_before(session, run)
    if found is None:
        return None
    rows = repository.list_results(session, found)
    values = {(row.benchmark, row.metric, row.stat): row.value for row in rows}
    return Before(found, values, found.workload_digest == run.workload_digest) if values else None


def result_lines(results: Sequence[ResultRow], before: Before | None) -> list[ResultLine]:
    """Every result with its change."""
    return [
        ResultLine(
            row.benchmark,
            name_of(row),
            value_of(row, row.value),
            row.value,
            _before(row, before),
            _delta(row, before),
        )
        for row in results
    ]


def job_headline(results: Sequence[ResultRow], before: Before | None) -> list[Headline]:
    """The first results of the file, large; a statistic of a list only by its total or mean."""
    chosen = [row for row in results if row.stat in _TOTALS][:SHOWN_LARGE]
    return [
        Headline(
            f"result-{place}",
            name_of(row),
            value_of(row, row.value),
            row.benchmark,
            delta=_delta(row, before),
        )
        for place, row in enumerate(chosen, 1)
    ]


def value_of(row: ResultRow, value: float) -> str:
    """A value as it reads; without a unit, no zeros are put behind it."""
    text = figures.figure(value, row.unit)
    return text.rstrip("0").rstrip(".") if not row.unit and "." in text else text


def name_of(row: ResultRow) -> str:
    """The metric, with the statistic where it is one."""
    return row.metric if row.stat == "value" else f"{row.metric}, {row.stat}"


def trees_of(file: ResultFile) -> tuple[Node | None, list[JsonTable]]:
    """The file as a tree and as tables."""
    if not isinstance(file.document, dict | list):
        return None, []
    return build_tree(file.document), find_tables(file.document)


def _before(row: ResultRow, before: Before | None) -> str:
    value = before.values.get((row.benchmark, row.metric, row.stat)) if before else None
    return "" if value is None else value_of(row, value)


def _delta(row: ResultRow, before: Before | None) -> Delta | None:
    if before is None:
        return None
    earlier = before.values.get((row.benchmark, row.metric, row.stat))
    if row.unit == "ratio":
        delta = points_of_change(row.value, earlier)
        if delta is not None and delta.tone and row.better == "higher":
            delta = delta._replace(tone="good" if delta.tone == "bad" else "bad")
    else:
        delta = share_of_change(row.value, earlier, lower_is_better=row.better == "lower")
    if delta is not None and (row.better == "none" or not before.is_same):
        return delta._replace(tone="")
    return delta
