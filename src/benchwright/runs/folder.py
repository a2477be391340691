"""The folder of one run, and the names in it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchwright.kit.wholefile import read_json, write_json


@dataclass(frozen=True)
class RunFolder:
    """`{data_dir}/jobs/{run_id}`; its name is the run's public id, never a user's text."""

    root: Path
    run_id: uuid.UUID

    @classmethod
    def of(cls, data_dir: Path, run_id: uuid.UUID) -> RunFolder:
        """The folder of this run below the data directory."""
        return cls(data_dir / "jobs" / str(run_id), run_id)

    @property
    def inputs(self) -> Path:
        """What the workload was given."""
        return self.root / "inputs"

    @property
    def results(self) -> Path:
        """What the workload reports."""
        return self.root / "results"

    @property
    def log(self) -> Path:
        """What the workload printed."""
        return self.root / "logs" / f"{self.run_id}.log"

    @property
    def progress(self) -> Path:
        """Where a workload may say how far it is."""
        return self.root / "progress" / "progress.json"

    def make(self, info: Mapping[str, Any]) -> None:
        """Creates the folder and its `job_info.json`; may be repeated.

        Members that others wrote into that file stay.
        """
        for path in (self.inputs, self.results, self.log.parent, self.progress.parent):
            path.mkdir(parents=True, exist_ok=True)
        path = self.root / "job_info.json"
        write_json(path, {**(read_json(path) or {}), **info})

    def delete(self) -> None:
        """Deletes the folder with all that is in it; may be repeated."""
        shutil.rmtree(self.root, ignore_errors=True)
