"""Which runs are exported, and their rows one run after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from benchwright.exports import repository
from benchwright.exports.tables import Row, RunFacts, Table, result_rows, series_rows
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Invalid, NotFound
from benchwright.lab import Lab
from benchwright.runs.folder import RunFolder
from benchwright.runs.run_filter import RunFilter

MAX_RUNS = 200


def read_ids(texts: Sequence[str]) -> list[UUID]:
    """The ids of `?ids=a,b&ids=c`, each once; raises `Invalid`."""
    ids: dict[UUID, None] = {}
    for text in (part.strip() for given in texts for part in given.split(",")):
        try:
            ids.setdefault(UUID(text))
        except ValueError:
            raise _refuse(f"{text[:80]!r} is not the id of a run") from None
    check_count(len(ids))
    return list(ids)


def check_count(runs: int) -> None:
    """Raises `Invalid` unless so many runs can be exported at once."""
    if runs == 0:
        raise _refuse("Choose at least one run")
    if runs > MAX_RUNS:
        raise _refuse(f"{MAX_RUNS} runs at most are exported at once; choose fewer")


def find_runs(session: ReadSession, ids: Sequence[UUID]) -> list[RunFacts]:
    """The runs in the order of their ids; raises `NotFound`."""
    found = {run.public_id: run for run in repository.find_runs(session, ids)}
    for public_id in ids:
        if public_id not in found:
            raise NotFound(f"There is no run {public_id}.")
    return [found[public_id] for public_id in ids]


def find_matching(session: ReadSession, narrow: RunFilter) -> list[RunFacts]:
    """The runs that a filter leaves, oldest first; raises `Invalid` if there are none, or too many."""
    ids = repository.pick_ids(session, narrow, MAX_RUNS + 1)
    check_count(len(ids))
    return find_runs(session, ids)


def rows(lab: Lab, table: Table, runs: Sequence[RunFacts], step_s: int = 1) -> Iterator[Row]:
    """The rows of all runs; no session is held while somebody reads them."""
    for run in runs:
        if table is Table.RESULTS:
            with lab.database.read() as session:
                results = repository.list_results(session, run.id)
            yield from result_rows(run, results)
        else:
            folder = RunFolder.of(lab.settings.data_dir, run.public_id)
            yield from series_rows(run, lab.live, folder, step_s)


def _refuse(message: str) -> Invalid:
    return Invalid(f"Not valid: ids. {message}.", [{"field": "ids", "message": message}])
