"""Reading what a run left behind: results, verdicts, artifacts."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Sequence
from pathlib import Path

from benchwright.kit.db import WriteSession
from benchwright.runs import repository
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Artifact, Run, Verdict
from benchwright.runs.workload import Collected

MAX_ARTIFACTS = 1000
KEPT_FOLDERS = ("inputs", "logs", "results")
PASSED_OVER = frozenset({".tmp", ".times"})
"""Drafts, and when the lines of a log were printed, which is told with the log."""
_TYPES = {
    ".js": "text/javascript",
    ".log": "text/plain",
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
"""What `mimetypes` knows nothing of, or something else on each machine."""


def scan_artifacts(run: Run, folder: RunFolder) -> list[Artifact]:
    """The files of a run's folder that are worth keeping.

    Links are passed over, and names that are no text: no database keeps those.
    """
    found: list[Artifact] = []
    for name in KEPT_FOLDERS:
        found.extend(
            _artifact(run, folder.root, path)
            for path in sorted((folder.root / name).rglob("*"))
            if path.is_file()
            and not path.is_symlink()
            and path.suffix not in PASSED_OVER
            and _is_text(path)
        )
    series = folder.root / "series.parquet"
    if series.is_file():
        found.append(_artifact(run, folder.root, series))
    return found[:MAX_ARTIFACTS]


def _is_text(path: Path) -> bool:
    # Bytes of a name that are not UTF-8 come as halves of characters.
    return not any("\ud800" <= character <= "\udfff" for character in str(path))


def _artifact(run: Run, root: Path, path: Path) -> Artifact:
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    media_type = _TYPES.get(path.suffix, guessed)
    return Artifact(
        run_id=run.id,
        path=path.relative_to(root).as_posix(),
        media_type=media_type,
        size_bytes=path.stat().st_size,
    )


def measure_folder(folder: RunFolder) -> int:
    """Bytes that the run's folder takes."""
    total = 0
    for base, _, names in os.walk(folder.root):
        total += sum((Path(base) / name).lstat().st_size for name in names)
    return total


def store_collected(
    session: WriteSession, run: Run, collected: Collected, artifacts: Sequence[Artifact]
) -> None:
    """Writes everything that was read; a second attempt replaces the first."""
    rows = [(r.benchmark, r.metric, r.stat, r.value, r.unit, r.better) for r in collected.results]
    repository.put_results(session, run.id, rows)
    verdicts = [
        Verdict(
            run_id=run.id,
            subject=judgement.subject,
            judgement=judgement.judgement,
            method=judgement.method,
            method_version=judgement.method_version,
            inputs=dict(judgement.inputs),
        )
        for judgement in collected.judgements
    ]
    repository.replace_verdicts(session, run, verdicts)
    repository.replace_artifacts(session, run, artifacts)
    run.verdict = next((v.judgement for v in verdicts if v.subject == "run"), None)
    run.doubts = list(collected.doubts)
    run.warnings = list(dict.fromkeys([*run.warnings, *collected.warnings]))
