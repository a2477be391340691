"""The file `job_track.json`: which container carries out which job."""

from __future__ import annotations

import errno
import json
import logging
import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchwright.kit.enclosed import open_file, rename_entry, write_file
from benchwright.kit.lockfile import LockTaken, held_lock
from benchwright.kit.wholefile import read_json, write_json

logger = logging.getLogger("benchwright.compat")

FILE = "job_track.json"
MAX_BYTES = 256 * 1024 * 1024
PATIENCE_S = 20.0
_ours = threading.Lock()

Entry = dict[str, Any]


class JobTrack:
    """The file, and which of its entries were written or taken over here.

    What is known here and is no run any more was deleted; what is not known came with the folder.
    Entries and members that others wrote stay as they are.
    """

    def __init__(self, data_dir: Path, private_dir: Path, database_id: str) -> None:
        self._data_dir = data_dir
        self._known_path = private_dir / "opeva-jobs.json"
        self._database_id = database_id
        """With another database nothing of what is known is true any more."""
        self._lock_path = private_dir / "opeva-jobs.lock"

    def read(self) -> dict[str, Entry]:
        """The entries by the ids of their jobs; none where the file cannot be read."""
        found = self._read_file()
        return {key: value for key, value in found.items() if isinstance(value, dict)}

    def known(self) -> set[str]:
        """The ids of the jobs whose entries are cared for here."""
        kept = read_json(self._known_path) or {}
        if kept.get("database") != self._database_id:
            return set()
        return {str(job_id) for job_id in kept.get("jobs", [])}

    def put(self, entries: Mapping[str, Entry]) -> None:
        """Adds entries, or what they say anew; they are cared for from now on."""
        with self._locked():
            known = self.known()
            if not known.issuperset(entries):
                # First: an entry that is not known would be taken for one of another system.
                self._write_known(known | set(entries))
            held = self._read_file()
            merged = dict(held)
            for job_id, entry in entries.items():
                before = held.get(job_id)
                merged[job_id] = {**(before if isinstance(before, dict) else {}), **entry}
            if merged != held:
                self._write_file(merged)

    def adopt(self, job_ids: Collection[str]) -> None:
        """Says that the entries of these jobs, which are in the file, are cared for from now on."""
        with self._locked():
            self._write_known(self.known() | set(job_ids))

    def drop(self, job_ids: Collection[str]) -> None:
        """Removes the entries of jobs that were deleted."""
        with self._locked():
            held = self._read_file()
            left = {job_id: entry for job_id, entry in held.items() if job_id not in job_ids}
            if len(left) != len(held):
                self._write_file(left)
            self._write_known(self.known() - set(job_ids))

    def _write_known(self, job_ids: Collection[str]) -> None:
        write_json(self._known_path, {"database": self._database_id, "jobs": sorted(job_ids)})

    def _read_file(self) -> dict[str, Any]:
        try:
            with open_file(self._data_dir, (FILE,)) as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ELOOP):
                raise
            if os.path.lexists(self._data_dir / FILE):  # a link, or no file at all
                self._set_aside()
            return {}
        if len(data) <= MAX_BYTES:
            try:
                value = json.loads(data)
            except (ValueError, RecursionError):
                value = None
            if isinstance(value, dict):
                return value
        self._set_aside()
        return {}

    def _write_file(self, entries: Mapping[str, Any]) -> None:
        # Containers may be allowed to write beside it: no link that lies there is followed.
        content = json.dumps(entries, indent=4).encode()
        write_file(self._data_dir, (FILE,), content)

    def _set_aside(self) -> None:
        """A file that is no list of jobs is kept under another name before a new one is written."""
        aside = f"job_track.unreadable-{time.time_ns()}.json"
        rename_entry(self._data_dir, FILE, aside)
        logger.warning("%s cannot be read as a list of jobs; it is %s now", FILE, aside)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, of all processes that work on this folder."""
        until = time.monotonic() + PATIENCE_S
        with _ours:
            while True:
                try:
                    with held_lock(self._lock_path):
                        yield
                        return
                except LockTaken:
                    if time.monotonic() > until:
                        raise
