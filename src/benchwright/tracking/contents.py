"""What is reported of a run: parameters, results, figures over time in short, files."""

from __future__ import annotations

import datetime as dt
import math
import re
import shlex
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchwright.kit.enclosed import open_file
from benchwright.kit.errors import NotFound, Problem
from benchwright.kit.jsontext import load_json
from benchwright.kit.yaml import load_yaml
from benchwright.runs import service as runs
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.state import RunState
from benchwright.tracking import repository
from benchwright.tracking.client import RUN_TAG, Metric
from benchwright.tracking.names import MAX_PARAM_VALUE, MAX_TAG_VALUE, cut, flatten, unique
from benchwright.tracking.series_summary import summarise_series

if TYPE_CHECKING:
    from benchwright.kit.db import ReadSession
    from benchwright.lab import Lab

MAX_PARAMS = 1000
MAX_METRICS = 10_000
MAX_CONFIG_BYTES = 1024 * 1024
OURS = "benchwright/"
"""Stands before our names in a run of MLflow that the workload made."""

STATUSES = {
    RunState.SUCCEEDED: "FINISHED",
    RunState.STOPPED: "KILLED",
    RunState.TIMED_OUT: "KILLED",
}
"""Of MLflow; all else has failed there."""

_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class FoundFile(NamedTuple):
    """A file to upload, below the run's folder."""

    path: str
    size_bytes: int


@dataclass(frozen=True)
class Report:
    """Everything about a run that MLflow is told, read at once."""

    run_id: int
    name: str
    experiment: str
    status: str
    start_ms: int
    end_ms: int
    params: list[tuple[str, str]]
    metrics: list[Metric]
    tags: dict[str, str]
    description: str
    files: list[FoundFile]
    folder: Path
    known_run_id: str | None
    """The run of MLflow that an earlier attempt worked on."""
    known_is_workloads: bool
    workload_run_id: str | None
    workload_uri: str | None
    notes: list[str] = field(default_factory=list)


def read_report(lab: Lab, public_id: uuid.UUID) -> Report | None:
    """What there is to tell of a run; None if it was deleted. Reads files: not for the loop."""
    with lab.database.read() as session:
        try:
            run = runs.get_run(session, public_id)
        except NotFound:
            return None
        report = repository.find(session, run.id)
        if report is None:
            return None
        folder = RunFolder.of(lab.settings.data_dir, public_id)
        info = _job_info(folder)
        notes: list[str] = []
        started = run.started_at or run.created_at
        ended = run.workload_ended_at or run.ended_at or started
        return Report(
            run_id=run.id,
            name=cut(run.name, MAX_PARAM_VALUE),
            experiment=_experiment(lab, session, run),
            status=STATUSES.get(run.state, "FAILED"),
            start_ms=_ms(started),
            end_ms=_ms(ended),
            params=_params(run, folder, notes),
            metrics=_metrics(lab, session, run, folder, _ms(ended), notes),
            tags=_tags(lab, session, run),
            description=_description(lab, session, run),
            files=_files(session, run, lab.settings.tracking.upload_artifacts_max_bytes, notes),
            folder=folder.root,
            known_run_id=report.mlflow_run_id,
            known_is_workloads=report.by_workload,
            workload_run_id=_run_id_of(info),
            workload_uri=str(info["mlflow_uri"])[:2000] if info.get("mlflow_uri") else None,
            notes=notes,
        )


def _job_info(folder: RunFolder) -> Mapping[str, Any]:
    """What stands in `job_info.json`, to which workloads add."""
    content = _read_small(folder.root, ("job_info.json",))
    try:
        info = load_json(content, max_bytes=MAX_CONFIG_BYTES) if content else {}
    except Problem:
        return {}
    return info if isinstance(info, dict) else {}


def _run_id_of(info: Mapping[str, Any]) -> str | None:
    given = info.get("mlflow_run_id")
    return given if isinstance(given, str) and _RUN_ID.fullmatch(given) else None


def _experiment(lab: Lab, session: ReadSession, run: Run) -> str:
    project = repository.project_of(session, run)
    template = lab.settings.tracking.experiment
    name = template.format(project=project.name, project_slug=project.slug, kind=run.kind.value)
    return cut(name.strip().replace("\n", " "), MAX_PARAM_VALUE) or project.slug


def _params(run: Run, folder: RunFolder, notes: list[str]) -> list[tuple[str, str]]:
    given = list(unique(_told(run, folder)))
    if len(given) > MAX_PARAMS:
        notes.append(f"{len(given) - MAX_PARAMS} further parameters")
    return [(name, cut(value, MAX_PARAM_VALUE)) for name, value in given[:MAX_PARAMS]]


def _told(run: Run, folder: RunFolder) -> Iterator[tuple[str, str]]:
    """What the workload was told to do. An environment stays here: it may hold what is private."""
    spec = run.spec
    yield "kind", run.kind.value
    yield "target", run.target
    if isinstance(plan := spec.get("plan"), Mapping):
        yield from flatten(plan)
        return
    for name in ("image", "user", "working_dir", "network", "script_kind", "script_name", "sender"):
        if spec.get(name):
            yield name, str(spec[name])
    if isinstance(command := spec.get("command"), list) and command:
        yield "command", shlex.join(map(str, command))
    for name in ("parameters", "resources", "datasets"):
        if spec.get(name):
            yield from flatten(spec[name], name)
    if isinstance(config := spec.get("config"), Mapping) and isinstance(config.get("name"), str):
        yield "config", str(config.get("stored") or config["name"])
        yield from _config(folder, config["name"])


def _config(folder: RunFolder, name: str) -> Iterator[tuple[str, str]]:
    content = _read_small(folder.root, ("inputs", name))
    try:
        value = load_yaml(content) if content else None
    except Problem:
        return
    if isinstance(value, Mapping):
        yield from flatten(value, "config")


def _read_small(root: Path, parts: tuple[str, ...]) -> bytes:
    """A file of the run's folder, which workloads write to; empty where there is none."""
    try:
        with open_file(root, parts) as file:
            return file.read(MAX_CONFIG_BYTES)
    except OSError:
        return b""


def _metrics(
    lab: Lab, session: ReadSession, run: Run, folder: RunFolder, end_ms: int, notes: list[str]
) -> list[Metric]:
    names = {
        each["key"]: str(each.get("name") or each["key"])
        for each in run.spec.get("scenarios") or ()
        if isinstance(each, Mapping) and "key" in each
    }
    values: list[tuple[str, float]] = []
    for row in runs.list_results(session, run):
        prefix = f"{names.get(row.benchmark, row.benchmark)}/" if row.benchmark else ""
        values.append((f"{prefix}{row.metric}.{row.stat}", row.value))
    if run.duration_s is not None:
        values.append(("duration_s", run.duration_s))
    if run.exit_code is not None:
        values.append(("exit_code", float(run.exit_code)))
    values += summarise_series(lab, run, folder)
    kept = [(name, value) for name, value in unique(values) if math.isfinite(value)]
    if len(kept) > MAX_METRICS:
        notes.append(f"{len(kept) - MAX_METRICS} further results")
    return [Metric(name, value, end_ms) for name, value in kept[:MAX_METRICS]]


def _tags(lab: Lab, session: ReadSession, run: Run) -> dict[str, str]:
    project = repository.project_of(session, run)
    tags = {
        RUN_TAG: str(run.public_id),
        "benchwright.project": project.slug,
        "benchwright.kind": run.kind.value,
        "benchwright.state": run.state.value,
        "benchwright.reason": run.reason,
        "benchwright.verdict": run.verdict or "",
        "benchwright.tags": ", ".join(repository.tags_of(session, run)),
        "benchwright.url": _url(lab, project.slug, run),
        "mlflow.source.name": "benchwright",
        "mlflow.source.type": "JOB",
    }
    return {name: cut(value, MAX_TAG_VALUE) for name, value in tags.items() if value}


def _url(lab: Lab, slug: str, run: Run) -> str:
    public_url = lab.settings.server.public_url
    return f"{public_url.rstrip('/')}/p/{slug}/runs/{run.public_id}" if public_url else ""


def _description(lab: Lab, session: ReadSession, run: Run) -> str:
    """Markdown that stands above the run there; of users' own words only the note."""
    url = _url(lab, repository.project_of(session, run).slug, run)
    lines = [f"A run of Benchwright: {url or run.public_id}"]
    if run.note:
        lines.append(run.note)
    return cut("\n\n".join(lines), MAX_TAG_VALUE)


def _files(session: ReadSession, run: Run, max_bytes: int, notes: list[str]) -> list[FoundFile]:
    """The smallest first: one large file must not keep all others back."""
    found = sorted(
        (FoundFile(each.path, each.size_bytes) for each in runs.view_artifacts(session, run)),
        key=lambda file: file.size_bytes,
    )
    kept: list[FoundFile] = []
    total_bytes = 0
    for file in found:
        total_bytes += file.size_bytes
        if total_bytes > max_bytes:
            break
        kept.append(file)
    if len(kept) < len(found):
        left = len(found) - len(kept)
        notes.append(f"{left} file{'s' if left != 1 else ''}, because of the limit of their size")
    return kept


def _ms(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)
