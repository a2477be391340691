from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from benchwright.kit.errors import NotFound
from benchwright.web import assets
from benchwright.web.module_graph import module_paths

NAMED = re.compile(r"/static/(?:js/([\w-]+)\.js\?v=|vendor/(\w+)/)")


def names_of(paths: tuple[str, ...]) -> list[str]:
    found = [NAMED.match(path) for path in paths]
    return [match[1] or match[2] for match in found if match]


def test_what_a_module_imports_is_found_at_every_level() -> None:
    names = names_of(module_paths(["live-chart"]))
    assert names[0] == "live-chart"
    # Through `run-page`, through `line-drawing`, and a library.
    assert {"series-store", "figures", "uplot"} <= set(names)
    assert len(names) == len(set(names)) == len(module_paths(["live-chart"]))


def test_imports_over_several_lines_are_found_and_those_on_demand_are_not() -> None:
    paths = " ".join(module_paths(["code-editor"]))
    assert "@codemirror/view/" in paths
    assert "@codemirror/lang-yaml/" not in paths


def test_every_import_of_every_module_leads_somewhere() -> None:
    modules = [path.stem for path in sorted((assets.ROOT / "js").glob("*.js"))]
    assert set(modules) <= set(names_of(module_paths(modules)))


def test_a_module_that_is_not_there_is_named_as_missing() -> None:
    with pytest.raises(NotFound):
        module_paths(["nothing"])


def test_a_page_asks_for_the_modules_of_its_frame_at_once(client: TestClient) -> None:
    page = client.get("/", headers={"Accept": "text/html"}).text
    for path in module_paths(["page", "search-box", "running-now"]):
        assert f'<link rel="modulepreload" href="{path}">' in page
    assert f'<link rel="modulepreload" href="{module_paths(["live-chart"])[0]}">' not in page
