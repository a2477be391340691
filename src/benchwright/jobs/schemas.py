"""What clients send and get about jobs, and what a run of one is told."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from benchwright.jobs.plan import MountWish, Resources, Scalar


class FrozenConfig(BaseModel):
    """The config of a run as it was at its start, whatever becomes of the stored one."""

    name: str
    """The name of its file in `inputs`."""
    stored: str | None = None
    """The stored config that it was read from."""
    blob: str
    sha256: str
    size_bytes: int


class JobSpec(BaseModel):
    """`Run.spec` of a job: everything that its workload is told, frozen at its start.

    Command and environment still hold `${{ name }}`: they are filled in when the run is launched,
    as some names stand for places that only its target knows.
    """

    image: str | None = None
    entrypoint: list[str] | None = None
    command: list[str] = []
    parameters: dict[str, Scalar] = {}
    varied: list[str] = []
    """Those of the parameters that a matrix varied."""
    config: FrozenConfig | None = None
    datasets: list[str] = []
    files: dict[str, str] = {}
    """Files in `inputs` besides the config: name → blob."""
    environment: dict[str, str] = {}
    secrets: dict[str, str] = {}
    resources: Resources = Resources()
    mounts: list[MountWish] = []
    network: str | None = None
    user: str | None = None
    working_dir: str | None = None
    pull: Literal["missing", "always", "never"] = "missing"
    success_exit_codes: list[int] = [0]
    plan_blob: str
    """The plan that the run was started with, as JSON."""
    plan_digest: str
    host: dict[str, Any] = {}
    """What was known of the host when the run was queued."""
    container_name: str | None = None
    """What an interface calls the container; `{run_id}` stands for the run's id."""
    job_info: dict[str, Any] = {}
    """What an interface documents to stand in the run's `job_info.json`."""
