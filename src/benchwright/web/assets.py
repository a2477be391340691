"""Static files: their addresses, the import map, and how they are sent."""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import time
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response

from benchwright.kit.errors import NotFound

ROOT = Path(__file__).parent / "static"
VENDOR = ROOT / "vendor"
VERSION_DIGITS = 10
MIN_COMPRESSED_BYTES = 600

SITE_SHEET = "css/site.css"
"""All sheets of the frame as one file, which no folder has: a request for each takes longer."""

SHEETS = (
    "tokens", "base", "layout", "shell", "topbar", "buttons", "components", "data", "forms", "dialogs", "charts", "run",
    "run-parts", "run-job", "pages", "lists", "history", "endpoints", "specs", "plan", "scenarios", "stages", "outlook", "schedules", "jobs", "files", "sources", "hosts", "overview",
    "forced-colors", "print",
)  # fmt: skip
"""In the order of the cascade."""

_COMPRESSED_TYPES = ("text/", "application/json", "image/svg+xml")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)


class Asset(NamedTuple):
    """A file as it is sent; `version` changes with its content."""

    body: bytes
    packed: bytes | None
    media_type: str
    version: str


@router.get("/static/{path:path}")
async def send_asset(request: Request, path: str) -> Response:
    """Sends a static file; one that is asked for by its version may be kept for ever.

    It does not wait for a thread: files are in memory, and a page asks for dozens of them at once.
    """
    asset = find_asset(path)
    is_versioned = path.startswith("vendor/") or request.query_params.get("v") == asset.version
    headers = {
        "ETag": f'"{asset.version}"',
        "Cache-Control": "public, max-age=31536000, immutable" if is_versioned else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    body = asset.body
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = asset.packed
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=asset.media_type)


def find_asset(path: str) -> Asset:
    """The file below `static/`; raises `NotFound`."""
    if path == SITE_SHEET:
        return _join(tuple(find_asset(f"css/{name}.css") for name in SHEETS))
    file = _files().get(path)
    if file is None:
        # Not listed when the process started: it may have been added since, while developing.
        _files.cache_clear()
        file = _files().get(path)
    if file is None:
        raise NotFound("There is no such static file.")
    return _read(file, file.stat().st_mtime_ns)


def asset_path(path: str) -> str:
    """Where a page finds the file, with the version of its content."""
    return f"/static/{path}?v={find_asset(path).version}"


def vendor_path(package: str, file: str) -> str:
    """Where a page finds a file of a browser library; its folder carries the version."""
    for entry in manifest()["packages"]:
        if entry["name"] == package:
            return f"/static/vendor/{entry['place']}/{file}"
    raise NotFound(f"The browser library {package} is not installed.")


def library_path(name: str) -> str:
    """Where the import map finds a browser library."""
    return f"/static/vendor/{manifest()['imports'][name]}"


@cache
def manifest() -> dict[str, Any]:
    """The browser libraries as the build put them in place; empty where they are missing."""
    try:
        content: dict[str, Any] = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
    except OSError:
        return {"imports": {}, "packages": []}
    return content


def import_map(root_path: str) -> dict[str, dict[str, str]]:
    """Library names, and our own modules with the version of their content."""
    # What changes while developing is seen a second later.
    return _import_map(root_path, int(time.monotonic()))


@lru_cache(maxsize=4)
def _import_map(root_path: str, _second: int) -> dict[str, dict[str, str]]:
    imports = {
        name: f"{root_path}/static/vendor/{place}" for name, place in manifest()["imports"].items()
    }
    for path in sorted(_files()):
        if path.startswith("js/"):
            imports[f"{root_path}/static/{path}"] = root_path + asset_path(path)
    return {"imports": imports}


@cache
def _files() -> dict[str, Path]:
    # Looked up, never joined: no path is built from what a client sends.
    return {
        file.relative_to(ROOT).as_posix(): file
        for file in ROOT.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(ROOT).parts)
    }


@lru_cache(maxsize=256)
def _read(file: Path, _modified_ns: int) -> Asset:
    media_type = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "text/plain"
    return _packed(file.read_bytes(), media_type)


@lru_cache(maxsize=2)
def _join(assets: tuple[Asset, ...]) -> Asset:
    return _packed(b"\n".join(asset.body for asset in assets), "text/css")


def _packed(body: bytes, media_type: str) -> Asset:
    packed = None
    if len(body) >= MIN_COMPRESSED_BYTES and media_type.startswith(_COMPRESSED_TYPES):
        packed = gzip.compress(body, compresslevel=6, mtime=0)
    return Asset(body, packed, media_type, hashlib.sha256(body).hexdigest()[:VERSION_DIGITS])
