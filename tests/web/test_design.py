from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from bs4 import Tag

from benchwright.web import assets, design, words
from benchwright.web.colours import VISIONS, contrast, distance
from benchwright.web.rendering import environment
from benchwright.web.tokens import SERIES, colours, read_tokens
from tests.architecture.tree import ROOT, text
from tests.fixtures.site import Site

SHEETS = ("buttons", "components", "data", "forms", "dialogs")
FROM_SCRIPTS = {"htmx-request", "connection", "is-whole"}
"""Classes that no page has from the start."""


@pytest.mark.parametrize("theme", design.THEMES)
@pytest.mark.parametrize("promise", design.promises(), ids=lambda promise: promise.name)
def test_every_colour_has_the_contrast_that_it_promises(
    promise: design.Promise, theme: str
) -> None:
    found = design.measure(promise, theme)
    assert found.ratio >= promise.at_least, found


def test_every_colour_of_text_and_shapes_promises_something() -> None:
    grounds = {"page", "surface", "surface-raised", "surface-sunken", "hover"}
    decoration = {"line", "line-strong", "chart-grid"}
    soft = {name for name in colours() if name.endswith("-soft") and name != "text-soft"}
    heat = {name for name in colours() if name.startswith("heat-")}
    promised = {promise.name for promise in design.promises()}
    assert set(colours()) == promised | grounds | decoration | soft | heat


def test_more_heat_stands_out_more_from_the_surface() -> None:
    known = colours()
    for theme in design.THEMES:
        heat = [getattr(known[f"heat-{step}"], theme) for step in range(1, 7)]
        surface = getattr(known["surface"], theme)
        contrasts = [contrast(step, surface) for step in heat]
        assert contrasts == sorted(contrasts)
        for vision in VISIONS:
            seen = [step.seen_with(vision) for step in heat]
            assert min(distance(a, b) for a, b in pairwise(seen)) >= 5


@pytest.mark.parametrize(
    "sight", design.sights(), ids=lambda sight: f"{sight.vision}-{sight.theme}"
)
def test_any_two_series_can_be_told_apart(sight: design.Sight) -> None:
    assert len(sight.seen) == SERIES
    assert sight.distance >= design.SERIES_DISTANCE, sight.nearest


def test_both_themes_and_all_eyes_are_looked_at() -> None:
    looked = {(sight.vision, sight.theme) for sight in design.sights()}
    assert looked == {(vision, theme) for vision in VISIONS for theme in design.THEMES}


def test_no_other_sheet_names_a_colour() -> None:
    value = re.compile(r"#[0-9a-fA-F]{3,8}\b(?=\s*[;,)])|\b(?:rgb|hsl|oklch)\((?!\s*0 0 0)")
    allowed = {"tokens.css"}
    found = [
        f"{sheet.name}: {line.strip()}"
        for sheet in (assets.ROOT / "css").glob("*.css")
        if sheet.name not in allowed
        for line in text(sheet).splitlines()
        if value.search(line) and "var(" not in line
    ]
    assert found == []


def test_the_page_shows_every_macro_with_what_it_takes(site: Site) -> None:
    source = text(ROOT / "src/benchwright/web/templates/ui.html")
    names = set(re.findall(r"{% macro (\w+)\(", source))
    assert {macro.name for macro in design.macros()} == names
    page = site.page("/design")
    shown = {str(call.strong.string) for call in page.select(".call:has(strong)") if call.strong}
    assert {name.removeprefix("ui.") for name in shown if name.startswith("ui.")} == names
    used = set(re.findall(r"\bui\.(\w+)\(", _templates_of_the_page()))
    # These two write attributes and text beside a control; `field` calls them.
    assert names - used == {"describe", "explain"}


def test_the_page_shows_every_class_of_the_parts(site: Site) -> None:
    page = site.page("/design")
    shown = {name for tag in page.select("[class]") for name in _classes(tag)}
    known: set[str] = set()
    for sheet in SHEETS:
        source = re.sub(r"/\*.*?\*/", "", text(assets.ROOT / f"css/{sheet}.css"), flags=re.DOTALL)
        for selector in re.findall(r"([^{}]+)\{", source):
            known |= set(re.findall(r"\.([a-z][\w-]*)", selector))
    assert known - shown - FROM_SCRIPTS == set()


def test_the_page_shows_every_token_icon_and_word(site: Site) -> None:
    page = site.page("/design")
    written = page.text
    for title, tokens in read_tokens().items():
        if title not in {"Layout", "Elevation"}:
            missing = [t.name for t in tokens if f"--{t.name}" not in written]
            assert [name for name in missing if not name.startswith("font")] == []
    shown = {str(use["href"]).partition("#")[2] for use in page.select(".icon-list use")}
    assert shown == set(design.icons())
    for word in [*words.STATES.values(), *words.VERDICTS.values()]:
        assert word.text in written


def test_series_have_the_look_of_their_place(site: Site) -> None:
    lines = site.page("/design").select(".scheme-light .places svg")
    looks = [tuple(_classes(line)[1:]) for line in lines]
    assert len(looks) == len(set(looks)) == 24
    assert looks[0] == ("series-1", "dash-1")
    assert looks[19] == ("series-4", "dash-3")


def test_the_page_is_found_from_about(site: Site) -> None:
    assert site.page("/about").select_one("a[href='/design']") is not None


def test_everything_but_the_words_is_escaped() -> None:
    parts: Any = environment().get_template("ui.html").make_module({"icons": ""})
    hostile = '"><script>alert(1)</script>'
    for part in (
        parts.toast(hostile), parts.copy(hostile, hostile), parts.sparkline([1], hostile),
        parts.heading(hostile), parts.crumbs([(hostile, hostile)]),
    ):  # fmt: skip
        assert "<script>" not in part


def _templates_of_the_page() -> str:
    folder = ROOT / "src/benchwright/web/templates/design"
    return "".join(text(path) for path in folder.glob("*.html"))


def _classes(tag: Tag) -> list[str]:
    return str(tag.get("class") and " ".join(tag["class"])).split()
