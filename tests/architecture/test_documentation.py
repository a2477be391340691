from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from benchwright.settings import Settings
from tests.architecture.tree import ROOT, name, text, tracked
from tools import reference

DOCS = ROOT / "docs"
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives"]


def test_every_dependency_says_what_it_is_for() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))
    wishes = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    wanted = {re.split(r"[^\w.-]", wish, maxsplit=1)[0].lower() for wish in wishes}
    wanted |= set(json.loads(text(ROOT / "package.json"))["dependencies"])
    rows = re.findall(r"^\| (\S+) \| \S", text(DOCS / "dependencies.md"), re.MULTILINE)
    assert set(rows) - {"package", "---"} == wanted


def test_every_setting_is_described() -> None:
    assert [field for field, words in _descriptions(Settings) if not words] == []


@pytest.mark.parametrize("page", sorted(reference.PAGES))
def test_the_reference_says_what_the_code_does(page: str) -> None:
    assert text(DOCS / page) == reference.compose(page), "run: make docs"


def test_decisions_are_numbered_complete_and_listed() -> None:
    files = sorted((DOCS / "adr").glob("*.md"))
    for number, path in enumerate(files, 1):
        assert path.name.startswith(f"{number:04}-"), path.name
        assert text(path).startswith(f"# {number}. "), path.name
        assert re.findall(r"^## (.+)$", text(path), re.MULTILINE) == HEADINGS, path.name
        assert f"(adr/{path.name})" in text(DOCS / "index.md"), path.name


def test_every_page_can_be_found_from_the_index() -> None:
    pages = {path.name for path in DOCS.glob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in text(DOCS / "index.md")} == set()


def test_links_lead_somewhere() -> None:
    broken = [
        f"{name(path)}: {target}"
        for path in tracked()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text(path))
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []


def _descriptions(model: type[BaseModel]) -> Iterator[tuple[str, str | None]]:
    for title, nested, _ in reference.setting_groups(model, ""):
        for field_name, field in nested.model_fields.items():
            if reference.nested_model(field) is None:
                yield f"{title}.{field_name}", field.description
