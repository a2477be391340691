"""Opens the series of a run: its Parquet file, or the journal while it runs."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Container
from itertools import islice
from pathlib import Path

from benchwright.kit.errors import Problem, TooLarge
from benchwright.metrics.deltas import DeltaReader, choose_step_s
from benchwright.metrics.duck import DUCK, Duck
from benchwright.metrics.journal import JOURNAL_NAME
from benchwright.metrics.naming import MetricKind, MetricName
from benchwright.metrics.sealing import SELECT_ROWS, SERIES_NAME, rows_of
from benchwright.metrics.series_rows import Extent, SeriesRows, StoredSeries

MAX_JOURNAL_STEPS = 2_000
MAX_JOURNAL_ROWS = 100_000
"""What is read of a run that is under way: its journal is not indexed."""

_CACHED_CATALOGUES = 16
_CACHED_SERIES = 20_000


def open_rows(
    folder: Path, metrics: Container[str] | None = None, duck: Duck = DUCK
) -> SeriesRows | None:
    """The rows of a run, or nothing if it has none.

    From a journal only the rows of `metrics` are read, which keeps asking a running run cheap.
    """
    path = folder / SERIES_NAME
    if path.exists():
        return _open_file(path, duck)
    journal = folder / JOURNAL_NAME
    return _open_journal(journal, metrics, duck) if journal.exists() else None


_catalogues: OrderedDict[tuple[str, int], tuple[list[StoredSeries], Extent]] = OrderedDict()
_catalogue_lock = threading.Lock()


def _open_file(path: Path, duck: Duck) -> SeriesRows:
    key = (str(path), path.stat().st_mtime_ns)
    with _catalogue_lock:
        known = _catalogues.get(key)
    if known is None:
        known = (_read_catalogue(path, duck), _read_extent(path, duck))
        with _catalogue_lock:
            _catalogues[key] = known
            while (
                len(_catalogues) > _CACHED_CATALOGUES
                or sum(len(series) for series, _ in _catalogues.values()) > _CACHED_SERIES
            ):
                _catalogues.popitem(last=False)
    return SeriesRows(*known, "read_parquet(?)", [str(path)], duck=duck)


def _read_catalogue(path: Path, duck: Duck) -> list[StoredSeries]:
    answer = duck.fetch(
        """
        SELECT series_id, any_value(metric) AS metric, any_value(kind) AS kind,
               any_value(unit) AS unit, any_value(labels) AS labels
        FROM read_parquet(?) GROUP BY series_id ORDER BY series_id
        """,
        [str(path)],
    )
    rows = zip(
        *(answer[name] for name in ("series_id", "metric", "kind", "unit", "labels")), strict=True
    )
    return [
        StoredSeries(int(number), MetricName(metric, MetricKind(kind), unit), json.loads(labels))
        for number, metric, kind, unit, labels in rows
    ]


def _read_extent(path: Path, duck: Duck) -> Extent:
    answer = duck.fetch("SELECT key, value FROM parquet_kv_metadata(?)", [str(path)])
    found = {
        bytes(key).decode(): bytes(value).decode()
        for key, value in zip(answer["key"], answer["value"], strict=True)
    }
    try:
        return Extent(
            int(found["benchwright_first_second"]),
            int(found["benchwright_last_second"]),
            int(found["benchwright_step_s"]),
        )
    except (KeyError, ValueError):
        raise Problem("The series file of this run was not written by Benchwright.") from None


def _open_journal(path: Path, metrics: Container[str] | None, duck: Duck) -> SeriesRows | None:
    wanted = None if metrics is None else metrics.__contains__
    step_s = choose_step_s(path, MAX_JOURNAL_STEPS)
    deltas = list(islice(DeltaReader(path, wanted).read(step_s), MAX_JOURNAL_ROWS + 1))
    if len(deltas) > MAX_JOURNAL_ROWS:
        raise TooLarge("This has too many series to be shown while the run is under way.")
    if not deltas:
        return None
    by_number = {delta.series.number: delta.series for delta in deltas}
    catalogue = [
        StoredSeries(series.number, series.name, json.loads(series.labels))
        for _, series in sorted(by_number.items())
    ]
    seconds = [delta.second for delta in deltas]
    extent = Extent(min(seconds), max(seconds), step_s)
    tables = {"delta_rows": rows_of(deltas)}
    return SeriesRows(catalogue, extent, f"({SELECT_ROWS})", tables=tables, duck=duck)
