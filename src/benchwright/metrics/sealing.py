"""Turns the journal of an ended run into one Parquet file."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchwright.kit.errors import Unavailable
from benchwright.metrics.deltas import Delta, DeltaReader, choose_step_s
from benchwright.metrics.duck import DUCK, Duck
from benchwright.metrics.histogram import Histogram
from benchwright.metrics.journal import JOURNAL_NAME
from benchwright.metrics.quantiles import NEGATIVE_BASE

SERIES_NAME = "series.parquet"
FORMAT_VERSION = 1
PART_ROWS = 10_000
APART_BYTES = 4 * 1024 * 1024

SELECT_ROWS = """
    SELECT series_id, metric, kind, unit, labels, second, span_s,
           nullif(value, 'nan'::DOUBLE) AS value, count, sum, schema, zero_count,
           bucket_index::INTEGER[] AS bucket_index, bucket_count::DOUBLE[] AS bucket_count
    FROM delta_rows
"""
"""The columns of the file.

`value` is what a counter gained or a gauge was; `count`, `sum`, `zero_count` and the sparse
`bucket_index`/`bucket_count` are what a native histogram of `schema` gained. The buckets of
negative values have the index -2,000,000 - i.
"""


def seal(folder: Path, duck: Duck = DUCK, *, apart: bool | None = None) -> None:
    """Writes `series.parquet` from the journal, then deletes the journal; may be repeated.

    The file appears complete or not at all. A large journal is read in a process of its own
    (`apart`), to leave this one its processor. Raises `Unavailable` if it cannot be written.
    """
    journal = folder / JOURNAL_NAME
    target = folder / SERIES_NAME
    draft = folder / (SERIES_NAME + ".tmp")
    if not journal.exists():
        return None
    if apart is None:
        apart = journal.stat().st_size > APART_BYTES
    if apart:
        return _seal_apart(folder)
    parts: list[Path] = []
    try:
        step_s = choose_step_s(journal)
        reader = DeltaReader(journal)
        deltas = reader.read(step_s)
        while chunk := list(islice(deltas, PART_ROWS)):
            parts.append(folder / f"{SERIES_NAME}.part{len(parts)}")
            duck.copy(SELECT_ROWS, parts[-1], tables={"delta_rows": rows_of(chunk)})
        if parts:
            metadata = {
                "benchwright_format": FORMAT_VERSION,
                "benchwright_step_s": step_s,
                "benchwright_first_second": reader.first_second,
                "benchwright_last_second": reader.last_second,
            }
            pairs = ", ".join(f"{name}: '{value}'" for name, value in metadata.items())
            duck.copy(
                "SELECT * FROM read_parquet(?)",
                draft,
                f", ROW_GROUP_SIZE 20480, KV_METADATA {{{pairs}}}",
                [[str(part) for part in parts]],
            )
            draft.replace(target)
        journal.unlink()
    finally:
        for leftover in (*parts, draft):
            with contextlib.suppress(OSError):
                leftover.unlink(missing_ok=True)


def _seal_apart(folder: Path) -> None:
    """Seals in another process, which ends with this one."""
    # Nothing is ever written to this pipe: its end tells the other process that this one is gone.
    theirs, ours = os.pipe()
    try:
        finished = subprocess.run(
            [sys.executable, "-m", "benchwright.metrics.sealing", str(folder)],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(theirs)
        os.close(ours)
    if finished.returncode:
        lines = finished.stderr.decode("utf-8", "replace").splitlines()
        raise Unavailable(
            f"The run's series could not be written. {lines[-1][:300] if lines else ''}"
        )


def rows_of(deltas: Iterable[Delta]) -> dict[str, NDArray[Any]]:
    """The deltas as the arrays that `SELECT_ROWS` reads."""
    rows = list(deltas)
    names = [delta.series.name for delta in rows]
    histograms = [delta.histogram or _NO_HISTOGRAM for delta in rows]
    ordered = [_order(histogram) for histogram in histograms]
    return {
        "series_id": np.array([delta.series.number for delta in rows], np.int32),
        "metric": _objects([name.metric for name in names]),
        "kind": _objects([name.kind.value for name in names]),
        "unit": _objects([name.unit for name in names]),
        "labels": _objects([delta.series.labels for delta in rows]),
        "second": np.array([delta.second for delta in rows], np.int64),
        "span_s": np.array([delta.span_s for delta in rows], np.int32),
        "value": np.array([np.nan if d.histogram else d.value for d in rows], np.float64),
        "count": np.array([histogram.count for histogram in histograms], np.float64),
        "sum": np.array([histogram.sum for histogram in histograms], np.float64),
        "schema": np.array([histogram.schema for histogram in histograms], np.int8),
        "zero_count": np.array([histogram.zero_count for histogram in histograms], np.float64),
        "bucket_index": _objects([indexes for indexes, _ in ordered]),
        "bucket_count": _objects([counts for _, counts in ordered]),
    }


def _order(histogram: Histogram) -> tuple[list[int], list[float]]:
    """Indexes and counts, from the lowest values to the highest."""
    positive, negative = histogram.positive, histogram.negative
    indexes = sorted(positive)
    counts = [positive[index] for index in indexes]
    if not negative:
        return indexes, counts
    below = sorted(negative, reverse=True)
    return (
        [NEGATIVE_BASE - index for index in below] + indexes,
        [negative[index] for index in below] + counts,
    )


def _objects(values: list[Any]) -> NDArray[Any]:
    # Assigning to a slice would make a matrix of lists that happen to have equal lengths.
    result = np.empty(len(values), object)
    for place, value in enumerate(values):
        result[place] = value
    return result


_NO_HISTOGRAM = Histogram(schema=0)


def _end_with_parent() -> None:
    # Not through `sys.stdin`, whose lock would be held when the interpreter ends.
    os.read(0, 1)
    os._exit(1)


def _seal_alone(folder: Path) -> int:
    try:
        seal(folder, apart=False)
    except Exception as error:  # noqa: BLE001 - whatever it is, who waits is told in a line
        reason = error.detail if isinstance(error, Unavailable) else str(error)
        sys.stderr.write(f"{type(error).__name__}: {' '.join(reason.split())}\n")
        sys.stderr.flush()
        return 1
    return 0


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Not the usual way out: what DuckDB's library says there would hide the reason.
    os._exit(_seal_alone(Path(sys.argv[1])))
