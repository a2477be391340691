"""Stored configs and datasets that a plan names."""

from __future__ import annotations

from collections.abc import Sequence

from benchwright.configs import service as configs
from benchwright.configs.names import clean_name
from benchwright.datasets import service as datasets
from benchwright.datasets.names import clean_dataset_name
from benchwright.jobs.plan import JobPlan
from benchwright.kit.errors import BadRequest, FieldError, Invalid, Problem
from benchwright.settings import Settings


def check_stored(settings: Settings, plan: JobPlan) -> None:
    """Raises `Invalid` for a config or dataset that is not there."""
    if plan.config is not None and plan.config.stored is not None:
        read_config(settings, plan.config.stored)
    check_datasets(settings, plan.datasets)


def read_config(settings: Settings, text: str) -> tuple[str, bytes]:
    """Name and content of a stored config; raises `Invalid` at the field `config.stored`."""
    try:
        name = clean_name(text)
        return name, configs.read_bytes(settings, name)
    except Problem as problem:
        errors: list[FieldError] = [{"field": "config.stored", "message": problem.detail}]
        raise Invalid("The plan names a config that cannot be read.", errors) from None


def check_datasets(settings: Settings, names: Sequence[str]) -> list[str]:
    """The datasets' names as they are; raises `Invalid` for those that are not there."""
    errors: list[FieldError] = []
    found: list[str] = []
    for place, text in enumerate(names):
        try:
            name = clean_dataset_name(text)
            is_known = datasets.dataset_exists(settings, name)
        except BadRequest as problem:
            errors.append({"field": f"datasets.{place}", "message": problem.detail})
            continue
        found.append(name)
        if not is_known:
            message = f"There is no dataset “{name[:80]}”"
            errors.append({"field": f"datasets.{place}", "message": message})
    if errors:
        raise Invalid("The plan names a dataset that is not there.", errors)
    return found
