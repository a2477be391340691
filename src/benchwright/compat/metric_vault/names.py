"""The names by which Metric Vault calls a run: its job and the file of its script."""

from __future__ import annotations

import datetime as dt
import re

from benchwright.kit.db import ReadSession
from benchwright.runs import lookup_repository as lookup
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind

RECORD = "metric_vault"
"""Where a run's spec keeps what only this interface knows."""

_JOB = re.compile(r"job(\d{14})([0-9a-f]{6})", re.ASCII)


def job_name(run: Run) -> str:
    """`job`, the time (UTC) and six hexadecimal digits; an imported run keeps the name it had."""
    kept = run.spec.get(RECORD, {}).get("job_name")
    return kept or f"job{run.created_at:%Y%m%d%H%M%S}{run.public_id.hex[:6]}"


def script_file_name(run: Run) -> str:
    """`load_test_`, the time (UTC), six hexadecimal digits and `.js`."""
    kept = run.spec.get(RECORD, {}).get("k6_script_file_name")
    return kept or f"load_test_{run.created_at:%Y%m%d_%H%M%S}_{run.public_id.hex[:6]}.js"


def find_run(session: ReadSession, name: str) -> Run | None:
    """The run of a job name; every load test has one, whoever started it."""
    match = _JOB.fullmatch(name)
    if match is not None:
        try:
            second = dt.datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
        except ValueError:
            second = None
        if second is not None:
            until = second + dt.timedelta(seconds=1)
            for run in lookup.list_made_between(session, RunKind.LOAD_TEST, second, until):
                if job_name(run) == name:
                    return run
    return lookup.find_by_spec_text(session, (RECORD, "job_name"), name)
