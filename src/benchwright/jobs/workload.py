"""Runs of jobs: their folder, their command, and what they report."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from benchwright.access.secret_store import read_secret
from benchwright.executors.port import ContainerPlan, Mount, SharedFolder
from benchwright.jobs.exits import explain_exit
from benchwright.jobs.plan import Scalar
from benchwright.jobs.result_file import ResultFile, read_result_file
from benchwright.jobs.run_words import RunPlaces
from benchwright.jobs.schemas import JobSpec
from benchwright.jobs.substitution import substitute, text_of
from benchwright.kit.blobs import BlobStore
from benchwright.kit.db import ReadSession
from benchwright.kit.errors import Unavailable
from benchwright.kit.secrets import Keyring
from benchwright.kit.wholefile import read_json, write_json, write_whole
from benchwright.runs import decision
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run
from benchwright.runs.state import RunState
from benchwright.runs.workload import (
    Collected,
    Doubt,
    ExitMeaning,
    IngestAddress,
    Launch,
    LiveFigures,
)
from benchwright.settings import Settings

MOUNTED = PurePosixPath("/data")
"""Where a container sees the data directory."""
MEBIBYTE = 1024 * 1024
SHARED = (("configs", True), ("datasets", True), ("mlflow", False))


class JobWorkload:
    """Implements `runs.workload.Workload` for processes and containers."""

    def __init__(
        self, settings: Settings, keyring: Keyring, blobs: BlobStore, address: Callable[[], str]
    ) -> None:
        self._settings = settings
        self._keyring = keyring
        self._blobs = blobs
        self._address = address

    def prepare(
        self, session: ReadSession, run: Run, folder: Path, ingest: IngestAddress
    ) -> Launch:
        """Writes config and files; raises `Unavailable`, `NotFound` for a secret."""
        spec = JobSpec.model_validate(run.spec)
        places = RunPlaces(run.public_id, self._seen_folder(spec, run, folder))
        self._write(spec, run, folder)
        secrets = {
            variable: read_secret(session, self._keyring, run.project_id, name)
            for variable, name in spec.secrets.items()
        }
        values: dict[str, Scalar] = {**spec.parameters, **places.words(spec)}
        given = {name: substitute(text, values) for name, text in spec.environment.items()}
        own = self._environment(spec, places, ingest)
        name = spec.container_name
        return Launch(
            command=[substitute(word, values) for word in spec.command],
            environment={**given, **secrets, **own},
            secrets=[*secrets.values(), ingest.token],
            container=_container(spec, run, values),
            name=name.replace("{run_id}", str(run.public_id)) if name else None,
        )

    def collect(self, run: Run, folder: Path, live: LiveFigures) -> Collected:
        """The numbers of `result.json`; what the workload says of itself is a warning."""
        spec = JobSpec.model_validate(run.spec)
        read = read_result_file(RunFolder(folder, run.public_id).results)
        meaning = None
        if run.exit_code is not None:
            meaning = _with_error(_meaning(spec, run, run.exit_code), read)
        warnings = [*live.warnings, *read.warnings]
        if read.error is not None and (meaning is None or meaning.outcome is RunState.SUCCEEDED):
            warnings.append(f"The job says in result.json that it failed: {read.error}")
        doubts: list[Doubt] = ["cut_short"] if run.stop_reason is not None else []
        return Collected(read.results, (), warnings, doubts, meaning)

    def explain_exit(self, exit_code: int) -> ExitMeaning:
        """What the exit code of a command usually means."""
        return explain_exit(exit_code)

    def _seen_folder(self, spec: JobSpec, run: Run, folder: Path) -> PurePath:
        return folder if spec.image is None else MOUNTED / "jobs" / str(run.public_id)

    def _write(self, spec: JobSpec, run: Run, folder: Path) -> None:
        inputs = folder / "inputs"
        blobs = dict(spec.files)
        if spec.config is not None:
            blobs[spec.config.name] = spec.config.blob
        try:
            for shared, _ in SHARED:
                (self._settings.data_dir / shared).mkdir(exist_ok=True)
            for place in (inputs, folder / "results", folder / "progress"):
                place.mkdir(parents=True, exist_ok=True)
            for name, blob in blobs.items():
                write_whole(inputs / name, self._blobs.get(blob))
            if spec.job_info:
                info = read_json(folder / "job_info.json") or {}
                write_json(folder / "job_info.json", {**info, **_job_info(spec, run)})
        except OSError as error:
            raise Unavailable(
                f"The inputs cannot be written into the run's folder: {error.strerror}."
            ) from error

    def _environment(
        self, spec: JobSpec, places: RunPlaces, ingest: IngestAddress
    ) -> dict[str, str]:
        config = places.config(spec)
        tracking_url = self._settings.tracking.mlflow_url
        return {
            "BENCHWRIGHT_RUN_ID": str(places.run_id),
            "BENCHWRIGHT_URL": self._url(spec),
            "BENCHWRIGHT_TOKEN": ingest.token,
            "BENCHWRIGHT_PROGRESS_FILE": str(places.progress),
            "BENCHWRIGHT_RESULTS_DIR": str(places.results),
            "BENCHWRIGHT_INPUTS_DIR": str(places.inputs),
            **({"BENCHWRIGHT_CONFIG": str(config)} if config is not None else {}),
            **({"MLFLOW_TRACKING_URI": tracking_url} if tracking_url else {}),
            **{
                f"BENCHWRIGHT_PARAM_{name.upper()}": text_of(value)
                for name, value in spec.parameters.items()
            },
        }

    def _url(self, spec: JobSpec) -> str:
        public = self._settings.server.public_url
        if spec.image is not None and public:
            return public.rstrip("/")
        return self._address()


def _container(spec: JobSpec, run: Run, values: Mapping[str, Scalar]) -> ContainerPlan | None:
    if spec.image is None:
        return None
    resources = spec.resources
    # Datasets may be large, and what MLflow keeps too; the one would not come back, either.
    datasets = tuple(name.removeprefix("datasets/") for name in spec.datasets)
    travelling: dict[str, tuple[str, ...]] = {"datasets": datasets, "mlflow": ()}
    return ContainerPlan(
        image=spec.image,
        pull=spec.pull,
        entrypoint=None
        if spec.entrypoint is None
        else [substitute(word, values) for word in spec.entrypoint],
        shared=[
            *(
                SharedFolder(path, is_read_only, travelling.get(path))
                for path, is_read_only in SHARED
            ),
            SharedFolder(f"jobs/{run.public_id}", is_read_only=False),
        ],
        mounts=[Mount(m.source, m.target, is_read_only=m.read_only) for m in spec.mounts],
        network=spec.network,
        cpus=resources.cpus,
        memory_bytes=resources.memory_mib and resources.memory_mib * MEBIBYTE,
        shm_bytes=resources.shm_mib and resources.shm_mib * MEBIBYTE,
        gpus=resources.gpus,
        user=spec.user,
        working_dir=spec.working_dir,
    )


def _meaning(spec: JobSpec, run: Run, exit_code: int) -> ExitMeaning:
    meaning = explain_exit(exit_code, spec.success_exit_codes)
    if spec.image and meaning.outcome is RunState.FAILED and run.reason != decision.ENDED:
        # Docker saw why, and that is said before this.
        return ExitMeaning(meaning.outcome, f"The exit code was {exit_code}")
    return meaning


def _with_error(meaning: ExitMeaning, read: ResultFile) -> ExitMeaning:
    if read.error is None or meaning.outcome is RunState.SUCCEEDED:
        return meaning
    return ExitMeaning(meaning.outcome, f"{meaning.reason}. It says: {read.error}")


def _job_info(spec: JobSpec, run: Run) -> dict[str, Any]:
    text = json.dumps(spec.job_info).replace("{run_id}", str(run.public_id))
    info: dict[str, Any] = json.loads(text)
    if run.handle is not None and "id" in run.handle:
        # It stands there before the container starts: some workloads add to this file.
        info["container_id"] = run.handle["id"]
    return info
