"""What is told of a job: its metadata, and its line in `job_track.json`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from benchwright.compat.opeva.repository import JobLine

TRACKED = (
    "container_id", "container_name", "job_name", "config_path", "target_host",
    "experiment_name", "run_name",
)  # fmt: skip
"""The members of an entry in `job_track.json`, in the order in which they always stood."""


def container_id_of(handle: Mapping[str, Any] | None) -> str | None:
    """The id of a job's container, once there is one."""
    found = (handle or {}).get("container_id")
    return found if isinstance(found, str) else None


def track_entry(job: JobLine) -> dict[str, Any]:
    """The job's entry in `job_track.json`."""
    known = {**job.record, "container_id": container_id_of(job.handle)}
    return {name: known.get(name) for name in TRACKED}


def job_info(
    job_id: str,
    record: Mapping[str, Any],
    handle: Mapping[str, Any] | None,
    started_at: dt.datetime,
) -> dict[str, Any]:
    """What `job_info.json` says of a job from its launch on."""
    return {
        "job_id": job_id,
        "job_name": record.get("job_name"),
        "config_path": record.get("config_path"),
        "target_host": record.get("target_host"),
        "container_id": container_id_of(handle),
        "container_name": record.get("container_name"),
        "experiment_name": record.get("experiment_name"),
        "run_name": record.get("run_name"),
        "started_at": f"{started_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%f}Z",
    }
