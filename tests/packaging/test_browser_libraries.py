from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import hatch_build
from hatch_build import VENDOR, VendorError, VendorHook, install, is_complete
from tests.services.requirements import require

ROOT = Path(hatch_build.__file__).parent


class Registry:
    """An npm registry on loopback with packages made here."""

    def __init__(self) -> None:
        self.tarballs: dict[str, bytes] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"

    def publish(self, name: str, version: str, code: str) -> str:
        """Offers one package with an ES module and a licence; its integrity."""
        about = {
            "name": name,
            "version": version,
            "license": "MIT",
            "exports": {"import": "./dist/index.js"},
        }
        files = {"package.json": json.dumps(about), "dist/index.js": code, "LICENSE": "MIT text"}
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for path, content in files.items():
                info = tarfile.TarInfo(f"package/{path}")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content.encode()))
        self.tarballs[f"{name}-{version}"] = buffer.getvalue()
        return self.integrity(name, version)

    def integrity(self, name: str, version: str) -> str:
        content = self.tarballs[f"{name}-{version}"]
        return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()

    def _handler(registry) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler's own is `self`
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.strip("/").rpartition("/")[2]
                content = registry.tarballs.get(name.removesuffix(".tgz"))
                if content is None:
                    content = registry.packument(name)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def packument(self, name: str) -> bytes:
        versions = {
            stem.rpartition("-")[2]: {
                "name": name,
                "version": stem.rpartition("-")[2],
                "dist": {
                    "tarball": f"{self.url}{stem}.tgz",
                    "integrity": self.integrity(name, stem.rpartition("-")[2]),
                },
            }
            for stem in self.tarballs
            if stem.rpartition("-")[0] == name
        }
        tags = {"latest": max(versions, default="0")}
        return json.dumps({"name": name, "versions": versions, "dist-tags": tags}).encode()


@pytest.fixture
def registry() -> Iterator[Registry]:
    registry = Registry()
    yield registry
    registry.server.shutdown()
    registry.server.server_close()


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch, registry: Registry, tmp_path: Path) -> None:
    (path,) = require("npm")
    monkeypatch.setenv("PATH", str(Path(path).parent), prepend=":")
    monkeypatch.setenv("npm_config_registry", registry.url)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")


class Project:
    def __init__(self, root: Path, registry: Registry) -> None:
        self.root = root
        self.registry = registry
        root.mkdir()
        (root / "hatch_build.py").write_text("")

    @property
    def vendor(self) -> Path:
        return self.root / VENDOR

    def lock(self, **versions: str) -> None:
        about = {
            "name": "project",
            "dependencies": versions,
            "benchwright": {"files": {}, "skip": {"unused": "not for the browser"}},
        }
        packages: dict[str, Any] = {"": {"name": "project", "dependencies": versions}}
        for name, version in versions.items():
            integrity = self.registry.integrity(name, version)
            packages[f"node_modules/{name}"] = {"version": version, "integrity": integrity}
        lock = {"name": "project", "lockfileVersion": 3, "requires": True, "packages": packages}
        (self.root / "package.json").write_text(json.dumps(about))
        (self.root / "package-lock.json").write_text(json.dumps(lock))

    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.vendor / "manifest.json").read_text())
        return manifest

    def hook(self) -> VendorHook:
        config: Any = None
        return VendorHook(str(self.root), {}, config, config, str(self.root), "wheel")


@pytest.fixture
def project(tmp_path: Path, registry: Registry) -> Project:
    registry.publish("tiny", "1.0.0", "export const tiny = 1\n")
    registry.publish("unused", "2.0.0", "")
    project = Project(tmp_path / "project", registry)
    project.lock(tiny="1.0.0", unused="2.0.0")
    return project


@pytest.mark.usefixtures("npm")
def test_modules_and_licences_are_put_in_place(project: Project) -> None:
    assert install(project.root)

    assert (project.vendor / "tiny/1.0.0/dist/index.js").read_text() == "export const tiny = 1\n"
    assert (project.vendor / "tiny/1.0.0/LICENSE").read_text() == "MIT text"
    assert not (project.vendor / "unused").exists()
    assert project.manifest()["imports"] == {"tiny": "tiny/1.0.0/dist/index.js"}
    (package,) = project.manifest()["packages"]
    assert (package["name"], package["version"], package["licence"]) == ("tiny", "1.0.0", "MIT")
    assert [path.name for path in project.vendor.parent.iterdir()] == ["vendor"]


@pytest.mark.usefixtures("npm")
def test_what_is_in_place_needs_no_npm(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    install(project.root)
    monkeypatch.setenv("PATH", "")

    assert not install(project.root)
    assert project.hook().dependencies() == []


@pytest.mark.usefixtures("npm")
def test_a_new_version_replaces_the_old(project: Project) -> None:
    install(project.root)
    project.registry.publish("tiny", "1.1.0", "export const tiny = 2\n")
    project.lock(tiny="1.1.0")

    assert install(project.root)

    assert [path.name for path in (project.vendor / "tiny").iterdir()] == ["1.1.0"]


@pytest.mark.usefixtures("npm")
def test_a_tampered_package_is_refused_and_changes_nothing(project: Project) -> None:
    install(project.root)
    before = project.manifest()
    project.registry.publish("tiny", "1.1.0", "export const tiny = 2\n")
    project.lock(tiny="1.1.0")
    project.registry.publish("tiny", "1.1.0", "export const tiny = 'evil'\n")

    with pytest.raises(VendorError, match="not the one that package-lock.json names"):
        install(project.root)

    assert project.manifest() == before


@pytest.mark.usefixtures("npm")
def test_an_altered_file_is_noticed(project: Project) -> None:
    install(project.root)
    (project.vendor / "tiny/1.0.0/dist/index.js").write_text("alert(1)")

    assert not is_complete(project.root)
    assert install(project.root)
    assert "tiny = 1" in (project.vendor / "tiny/1.0.0/dist/index.js").read_text()


@pytest.mark.usefixtures("npm")
def test_a_silent_registry_is_named_as_the_cause(project: Project) -> None:
    project.registry.server.shutdown()
    project.registry.server.server_close()

    with pytest.raises(VendorError, match="registry cannot be reached"):
        install(project.root)


def test_a_certificate_that_npm_does_not_trust_is_explained() -> None:
    told = hatch_build.explain("npm error code SELF_SIGNED_CERT_IN_CHAIN")
    assert "NODE_EXTRA_CA_CERTS" in told
    assert "npm error code" in told


def test_without_npm_the_build_asks_for_it_or_says_what_to_do(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    assert project.hook().dependencies() == [hatch_build.NPM_PACKAGE]
    with pytest.raises(VendorError, match=r"Install Node\.js .* or build from an sdist"):
        install(project.root)


def test_two_versions_of_one_package_are_refused(project: Project, tmp_path: Path) -> None:
    lock = json.loads((project.root / "package-lock.json").read_text())
    lock["packages"]["node_modules/tiny/node_modules/tiny"] = {"version": "0.9.0"}
    (project.root / "package-lock.json").write_text(json.dumps(lock))
    folder = tmp_path / "modules" / "tiny"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"name": "tiny", "version": "1.0.0", "module": "i.js"}')

    with pytest.raises(VendorError, match="Two versions"):
        hatch_build.select(project.root, tmp_path / "modules")


def test_a_package_without_a_module_must_name_its_files() -> None:
    with pytest.raises(VendorError, match="old has no ES module"):
        hatch_build.module_entry({"name": "old", "main": "index.js"})


def test_this_installation_is_complete() -> None:
    assert is_complete(ROOT), "run: make setup"


def test_the_lock_pins_by_hash_and_names_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for path, package in lock.items():
        if path:
            assert package["integrity"].startswith("sha512-"), path
            assert "resolved" not in package, path
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert wanted["htmx.org"].startswith("2."), "htmx 4 is another library"
    assert "codemirror" not in wanted, "the package of that name is CodeMirror 5"
