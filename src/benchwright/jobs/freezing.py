"""From a plan to what its runs are told: what later edits change is read and kept now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from benchwright.jobs.faults import dump_plan
from benchwright.jobs.plan import MAX_TEXTS_BYTES, JobPlan, Scalar
from benchwright.jobs.run_words import RUN_WORDS
from benchwright.jobs.schemas import FrozenConfig, JobSpec
from benchwright.jobs.stored_inputs import check_datasets, read_config
from benchwright.jobs.substitution import find_faults, substitute, substitute_all
from benchwright.kit.errors import FieldError, Invalid
from benchwright.loadtests.plan_text import as_yaml

if TYPE_CHECKING:
    from benchwright.lab import Lab

INLINE_NAME = "config.yaml"


def check_tokens(plan: JobPlan) -> None:
    """Raises `Invalid` for each `${{ name }}` that stands for nothing, at its field."""
    known = {*plan.parameters, *plan.matrix}
    found = [
        *find_faults(plan.command, known | RUN_WORDS, "command"),
        *find_faults(plan.entrypoint or [], known | RUN_WORDS, "entrypoint"),
        *find_faults(plan.environment, known | RUN_WORDS, "environment"),
    ]
    if plan.config is not None and plan.config.inline is not None:
        found += find_faults(plan.config.inline, known, "config.inline")
    if found:
        errors: list[FieldError] = [{"field": f, "message": m} for f, m in found[:100]]
        raise Invalid("The plan names a parameter that it does not have.", errors)


class Freezer:
    """Keeps what all runs of one plan share, once."""

    def __init__(self, lab: Lab, plan: JobPlan) -> None:
        self._lab = lab
        self._plan = plan
        dumped = dump_plan(plan)
        self._plan_blob = lab.blobs.put(json.dumps(dumped, ensure_ascii=False).encode())
        self._plan_digest = digest(dumped)
        self._files = {file.name: lab.blobs.put(file.text.encode()) for file in plan.inputs}
        self._datasets = check_datasets(lab.settings, plan.datasets)
        self._stored = self._freeze_stored()

    def freeze(self, parameters: Mapping[str, Scalar]) -> JobSpec:
        """What the run with these parameters is told; raises `Invalid` for what grows too long."""
        plan = self._plan
        _check_lengths(plan, parameters)
        return JobSpec(
            image=plan.image,
            entrypoint=plan.entrypoint,
            command=plan.command,
            parameters=dict(parameters),
            varied=list(plan.matrix),
            config=self._stored or self._freeze_inline(parameters),
            datasets=self._datasets,
            files=self._files,
            environment=plan.environment,
            secrets=plan.secrets,
            resources=plan.resources,
            mounts=plan.mounts,
            network=plan.network,
            user=plan.user,
            working_dir=plan.working_dir,
            pull=plan.pull,
            success_exit_codes=plan.success_exit_codes,
            plan_blob=self._plan_blob,
            plan_digest=self._plan_digest,
        )

    def _freeze_stored(self) -> FrozenConfig | None:
        wish = self._plan.config
        if wish is None or wish.stored is None:
            return None
        name, content = read_config(self._lab.settings, wish.stored)
        return self._keep(content, stored=name)

    def _freeze_inline(self, parameters: Mapping[str, Scalar]) -> FrozenConfig | None:
        wish = self._plan.config
        if wish is None or wish.inline is None:
            return None
        return self._keep(as_yaml(substitute_all(wish.inline, parameters)).encode())

    def _keep(self, content: bytes, stored: str | None = None) -> FrozenConfig:
        is_json = stored is not None and stored.lower().endswith(".json")
        return FrozenConfig(
            name="config.json" if is_json else INLINE_NAME,
            stored=stored,
            blob=self._lab.blobs.put(content),
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
        )


def _check_lengths(plan: JobPlan, parameters: Mapping[str, Scalar]) -> None:
    values = {**dict.fromkeys(RUN_WORDS, ""), **parameters}
    texts = {"command": plan.command, "environment": list(plan.environment.values())}
    for field, words in texts.items():
        if sum(len(substitute(word, values).encode()) for word in words) > MAX_TEXTS_BYTES:
            message = f"With its parameters this is longer than {MAX_TEXTS_BYTES // 1024} KiB"
            raise Invalid("The job is told too much.", [{"field": field, "message": message}])


def digest(value: object) -> str:
    """Equal for equal JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def workload_digest(spec: JobSpec) -> str:
    """Equal for runs that were told to do the same, whatever they are called."""
    left_out = {"plan_blob", "plan_digest", "host", "container_name", "job_info", "varied"}
    told: dict[str, Any] = spec.model_dump(mode="json", exclude=left_out)
    if told["config"] is not None:
        told["config"] = told["config"]["sha256"]
    return digest(told)
