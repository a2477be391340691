"""What is told of a job: its metadata, and its line in `job_track.json`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from benchwright.compat.opeva.repository import JobLine

TRACKED = (
    "container_id", "container_name", "job_name", "config_path", "target_host",
    "experiment_name", "run_name",
)  # fmt: skip
"""The members of an entry in `job_track.json`, in the order in which they always stood."""

INFO = (
    "job_id", "job_name", "config_path", "target_host", "container_id", "container_name",
    "experiment_name", "run_name",
)  # fmt: skip
"""Those of `job_info.json`; a simulation adds others."""


def container_of(job: JobLine) -> str | None:
    """The id of a job's container, also of one that is gone."""
    found = job.record.get("container_id") or (job.handle or {}).get("id")
    return found if isinstance(found, str) else None


def track_entry(job: JobLine) -> dict[str, Any]:
    """The job's entry in `job_track.json`."""
    known = {**job.record, "container_id": container_of(job)}
    return {name: known.get(name) for name in TRACKED}


def job_info(job: JobLine) -> dict[str, Any]:
    """What `job_info.json` says of a job from its launch on."""
    known = {**job.record, "job_id": str(job.public_id), "container_id": container_of(job)}
    return {**{name: known.get(name) for name in INFO}, "started_at": utc_text(job.created_at)}


def utc_text(time: dt.datetime) -> str:
    """A time as the OPEVA backend wrote it."""
    return f"{time.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
