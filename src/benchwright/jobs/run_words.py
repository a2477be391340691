"""Names in `${{ … }}` that stand for a run's own places, known when it is launched."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import PurePath

from benchwright.jobs.schemas import JobSpec

RUN_WORDS = frozenset(
    {"run.id", "run.folder", "run.inputs", "run.config", "run.results", "run.progress"}
)


@dataclass(frozen=True)
class RunPlaces:
    """The places of one run, as its workload sees them."""

    run_id: uuid.UUID
    folder: PurePath

    @property
    def inputs(self) -> PurePath:
        return self.folder / "inputs"

    @property
    def results(self) -> PurePath:
        return self.folder / "results"

    @property
    def progress(self) -> PurePath:
        return self.folder / "progress" / "progress.json"

    def config(self, spec: JobSpec) -> PurePath | None:
        """The file with the run's config, if it has one."""
        return None if spec.config is None else self.inputs / spec.config.name

    def words(self, spec: JobSpec) -> dict[str, str]:
        """What stands for each of `RUN_WORDS`."""
        return {
            "run.id": str(self.run_id),
            "run.folder": str(self.folder),
            "run.inputs": str(self.inputs),
            "run.config": str(self.config(spec) or ""),
            "run.results": str(self.results),
            "run.progress": str(self.progress),
        }
