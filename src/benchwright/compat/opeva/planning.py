"""A simulation as the plan of a job."""

from __future__ import annotations

from collections.abc import Mapping

from benchwright.compat.opeva.configs import FOLDER
from benchwright.datasets import service as datasets
from benchwright.jobs.plan import ConfigWish, JobPlan
from benchwright.lab import Lab

DATASETS = "/data/datasets/"


def make_plan(lab: Lab, host: str, config_name: str, job_name: str, config: object) -> JobPlan:
    """A simulation as a job: the image with the documented arguments.

    The id is filled in at the launch, so that a job that is run again has its own.
    """
    settings = lab.settings.compat.opeva
    return JobPlan(
        name=job_name,
        image=settings.image,
        command=["--config", f"/data/{FOLDER}{config_name}", "--job_id", "${{ run.id }}"],
        config=ConfigWish(stored=config_name),
        datasets=_datasets_of(lab, config),
        environment=_environment(lab),
        host=host,
    )


def _environment(lab: Lab) -> dict[str, str]:
    if lab.settings.tracking.mlflow_url:
        return {}
    return {"MLFLOW_TRACKING_URI": lab.settings.compat.opeva.mlflow_url}


def _datasets_of(lab: Lab, config: object) -> list[str]:
    """The dataset that the config names, if it is there: a host without the shared folder needs it."""
    simulator = config.get("simulator") if isinstance(config, Mapping) else None
    path = simulator.get("dataset_path") if isinstance(simulator, Mapping) else None
    if not isinstance(path, str) or not path.startswith(DATASETS):
        return []
    name = path.removeprefix(DATASETS).partition("/")[0]
    return [name] if name and datasets.dataset_exists(lab.settings, name) else []
