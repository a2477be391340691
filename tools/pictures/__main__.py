"""Pictures of the pages, light and dark, wide and narrow: `python -m tools.pictures --help`.

`demo` shows every page that links lead to, after the demo's load test; `open` what opens above those
pages; `empty` an installation where nothing was done yet; `hard` names, numbers and outcomes that
pages do not like. One page of each kind is taken, however many runs there are.
"""

from __future__ import annotations

import argparse
import importlib
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.services.chromium import ARGUMENTS
from tests.services.requirements import find
from tools.pictures.camera import THEMES, WIDTHS, Camera
from tools.pictures.discovery import discover
from tools.pictures.servers import served, served_demo, served_harness

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.web.harness import Harness

ROOT = Path(__file__).parent.parent.parent
GROUPS = ("demo", "open", "empty", "hard")
EMPTY = {
    "overview": "/",
    "project": "/p/default/",
    "runs": "/p/default/runs",
    "schedules": "/p/default/schedules",
    "sources": "/p/default/sources",
    "jobs": "/p/default/jobs",
    "new-job": "/p/default/jobs/new",
    "configs": "/p/default/configs",
    "new-config": "/p/default/configs/new",
    "datasets": "/p/default/datasets",
    "new-dataset": "/p/default/datasets/new",
    "activity": "/activity",
    "hosts": "/p/default/hosts",
    "new-host": "/p/default/hosts/new",
}
ERRORS = {"error-404": "/p/nowhere/", "error-422": "/p/default/runs?limit=none"}

Gallery = Callable[["Harness"], dict[str, str]]
"""Fills an installation and tells the addresses to look at, by names for files."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes the pictures that were asked for."""
    wanted = _parser().parse_args(arguments)
    chromium = find("chromium")
    if chromium is None:
        print("Chromium is missing: make machine", file=sys.stderr)
        return 1
    if wanted.folder == ROOT / "screenshots":
        shutil.rmtree(wanted.folder, ignore_errors=True)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        camera = Camera(browser, wanted.folder, wanted.theme, wanted.width, wanted.only)
        _take(browser, camera, set(wanted.groups or GROUPS), wanted.gallery)
        browser.close()
    for complaint in camera.complaints:
        print(complaint, file=sys.stderr)
    print(f"{camera.taken} pictures in {wanted.folder}/")
    return 1 if camera.complaints else 0


def _take(browser: Browser, camera: Camera, groups: set[str], gallery: Gallery) -> None:
    with ExitStack() as servers:
        if groups & {"demo", "open"}:
            url = servers.enter_context(served_demo())
            pages = discover(browser, url)
            if "demo" in groups:
                camera.take("demo", url, pages | ERRORS)
            if "open" in groups:
                camera.take_open("open", url, pages)
        if "empty" in groups:
            camera.take("empty", servers.enter_context(served()), EMPTY)
        if "hard" in groups:
            harness, url = servers.enter_context(served_harness())
            camera.take("hard", url, gallery(harness))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tools.pictures", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="group", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--only", type=re.compile, help="pages whose name matches this")
    parser.add_argument("--theme", choices=THEMES, action="append", help="both unless named")
    parser.add_argument("--width", choices=WIDTHS, action="append", help="both unless named")
    parser.add_argument("--folder", type=Path, default=ROOT / "screenshots")
    parser.add_argument(
        "--gallery", type=_gallery, default="tools.pictures.hard_input:fill",
        metavar="MODULE:FUNCTION", help="fills the installation of `hard`",
    )  # fmt: skip
    return parser


def _gallery(place: str) -> Gallery:
    module, _, name = place.partition(":")
    found: Gallery = getattr(importlib.import_module(module), name)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
