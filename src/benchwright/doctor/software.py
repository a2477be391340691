"""Looks for the programs that Benchwright is made of and calls."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys

from benchwright.doctor.findings import Finding, missing, ok
from benchwright.version import VERSION

PATIENCE_S = 10


def check_python() -> Finding:
    """The Python that runs this."""
    return ok("Python", f"{platform.python_version()} at {sys.executable}")


def check_version() -> Finding:
    """This installation."""
    return ok("Benchwright", VERSION)


def check_git() -> Finding:
    """The git program, for repositories that are not read through GitHub's API."""
    path = shutil.which("git")
    if path is None:
        return missing("git", "not found", "Only needed to read Git repositories: install git.")
    try:
        answer = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=PATIENCE_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return missing("git", f"{path} does not work: {error}", "Install git again.")
    return ok("git", f"{answer.stdout.strip().removeprefix('git version ')} at {path}")
