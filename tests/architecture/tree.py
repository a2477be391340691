"""The project's own files, as Git knows them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

from tests.services.requirements import require

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src" / "benchwright"


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository, new ones included as long as they are not ignored."""
    require("git")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    paths = (ROOT / name for name in names.decode().split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


@cache
def text(path: Path) -> str:
    """A file's text; empty for what is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def modules() -> tuple[Path, ...]:
    """The modules of the package, without generated ones."""
    return tuple(
        path
        for path in tracked()
        if path.suffix == ".py" and SOURCE in path.parents and not path.stem.endswith("_pb2")
    )


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
