"""Scripts that users bring themselves: taken in, inspected, kept."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from benchwright.access.hosts import is_loopback_name
from benchwright.access.principal import Principal, Scope
from benchwright.kit.db import WriteSession, now
from benchwright.kit.errors import Conflict, FieldError, Forbidden, Invalid, TooLarge
from benchwright.loadtests import faults, repository
from benchwright.loadtests.inspection import Inspection, inspect_script
from benchwright.loadtests.k6 import require_k6
from benchwright.loadtests.models import LoadTest
from benchwright.loadtests.schemas import OwnScript
from benchwright.projects import service as projects
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.lab import Lab

MAX_SCRIPT_BYTES = 4 * 1024 * 1024
MAX_FILES_BYTES = 24 * 1024 * 1024
MAX_FILES = 100

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)


@dataclass(frozen=True)
class ReadScript:
    """An uploaded script that k6 accepts, kept with its files."""

    script_name: str
    blob: str
    files: dict[str, str]
    inspection: Inspection


def check_allowed(settings: Settings, principal: Principal) -> None:
    """A script can read files of this machine: raises `Forbidden` for who may not bring one."""
    if not principal.may(Scope.ADMIN):
        raise Forbidden(
            "Scripts of one's own need a token with the scope `admin`; "
            "make one with `benchwright token create --scope admin`."
        )
    check_enabled(settings)


def check_enabled(settings: Settings) -> None:
    """Raises `Forbidden` where nobody may run a script of their own."""
    if not is_loopback_name(settings.server.host) and not settings.executors.process.enabled:
        raise Forbidden(
            "Scripts of one's own are switched off on this installation; "
            "BENCHWRIGHT_EXECUTORS__PROCESS__ENABLED=true allows them."
        )


def parse_own(data: Mapping[str, Any]) -> OwnScript:
    """What goes with a script; raises `Invalid` with the fields that are wrong."""
    try:
        return OwnScript.model_validate(data)
    except ValidationError as problem:
        raise Invalid("The script was not kept.", faults.explain(problem, data)) from None


def read_script(lab: Lab, script: bytes, name: str, files: Mapping[str, bytes]) -> ReadScript:
    """Keeps a script that k6 accepts; raises `Invalid` with k6's message, `TooLarge`."""
    if len(script) > MAX_SCRIPT_BYTES:
        raise TooLarge(f"A script may have {MAX_SCRIPT_BYTES // 2**20} MiB.")
    if sum(map(len, files.values())) > MAX_FILES_BYTES:
        raise TooLarge(f"The files of a script may have {MAX_FILES_BYTES // 2**20} MiB together.")
    script_name = "script.ts" if name.lower().endswith(".ts") else "script.js"
    _check_names(script, script_name, files)
    with tempfile.TemporaryDirectory(prefix="benchwright-script-") as folder:
        place = Path(folder)
        for file_name, content in {**files, script_name: script}.items():
            (place / file_name).write_bytes(content)
        inspection = inspect_script(require_k6(lab.settings.k6), place / script_name)
    kept = {file_name: lab.blobs.put(content) for file_name, content in files.items()}
    return ReadScript(script_name, lab.blobs.put(script), kept, inspection)


def create_own(session: WriteSession, slug: str, wish: OwnScript, read: ReadScript) -> LoadTest:
    """Keeps the load test of an uploaded script."""
    project = projects.get_project(session, slug)
    load_test = LoadTest(project_id=project.id)
    _put(load_test, wish, read)
    return repository.add(session, load_test)


def check_replaceable(load_test: LoadTest) -> None:
    """Raises `Conflict` for what is no script of one's own, or was deleted."""
    if not load_test.is_own_script:
        raise Conflict("This load test is a plan; change the plan instead.")
    if load_test.archived_at is not None:
        raise Conflict("This load test was deleted; bring the script as a new one.")


def replace_own(load_test: LoadTest, wish: OwnScript, read: ReadScript) -> LoadTest:
    """Puts another script in the place of one; runs that were started keep the one they had."""
    check_replaceable(load_test)
    _put(load_test, wish, read)
    return load_test


def kept_script(lab: Lab, load_test: LoadTest) -> bytes:
    """The script of a load test."""
    return lab.blobs.get(str(load_test.script_blob))


def kept_files(lab: Lab, load_test: LoadTest) -> dict[str, bytes]:
    """The further files of a load test's script by name."""
    return {n: lab.blobs.get(blob) for n, blob in load_test.script_details["files"].items()}


def _put(load_test: LoadTest, wish: OwnScript, read: ReadScript) -> None:
    errors = [
        {"field": field, "message": fault}
        for field, text in [
            ("name", wish.name),
            ("description", wish.description),
            *((f"environment.{name}", text) for name, text in wish.environment.items()),
        ]
        if (fault := faults.text_fault(text)) is not None
    ]
    if errors:
        raise Invalid("The script was not kept.", errors)
    load_test.name = wish.name
    load_test.description = wish.description
    load_test.script_blob = read.blob
    load_test.script_details = {
        "script_name": read.script_name,
        "files": read.files,
        "environment": wish.environment,
        "secrets": wish.secrets,
        "max_vus": read.inspection.max_vus,
        "warnings": list(read.inspection.warnings),
    }
    load_test.planned_duration_s = read.inspection.duration_s
    load_test.updated_at = now()


def _check_names(script: bytes, script_name: str, files: Mapping[str, bytes]) -> None:
    errors: list[FieldError] = []
    if not script.strip():
        errors.append({"field": "script", "message": "The script is empty"})
    if len(files) > MAX_FILES:
        errors.append({"field": "files", "message": f"At most {MAX_FILES} files are taken"})
    for name in files:
        if not _NAME.fullmatch(name) or name.endswith(".tmp"):
            message = f"{name[:100]!r}: use letters, digits, dots, hyphens and underscores"
            errors.append({"field": "files", "message": message})
        elif name == script_name:
            message = f"{name} is the name of the script itself"
            errors.append({"field": "files", "message": message})
    if errors:
        raise Invalid("The script was not kept.", errors)
