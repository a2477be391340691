"""A table as the answer to a request."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi.responses import StreamingResponse

from benchwright.exports import service
from benchwright.exports.formats import MEDIA_TYPES, Format, write_table
from benchwright.exports.tables import RunFacts, Table
from benchwright.kit.db import now
from benchwright.kit.downloads import file_name, save_as
from benchwright.lab import Lab


def download(
    lab: Lab, table: Table, format_: Format, runs: Sequence[RunFacts], step_s: int = 1
) -> StreamingResponse:
    """The file, named by the run, or by how many there are and when they were exported."""
    what = {Table.RESULTS: "results", Table.SERIES: "over time"}[table]
    if len(runs) == 1:
        at = runs[0].started_at or now()
        text = f"{runs[0].name[:60]} {at:%Y-%m-%d %H.%M} {what}"
    else:
        text = f"{len(runs)} runs {now():%Y-%m-%d %H.%M} {what}"
    return StreamingResponse(
        write_table(table, service.rows(lab, table, runs, step_s), format_),
        media_type=MEDIA_TYPES[format_],
        headers=save_as(file_name(text, format_.value, "runs")),
    )
