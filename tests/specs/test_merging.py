from __future__ import annotations

from typing import Any

from benchwright.specs.analysis import analyse
from benchwright.specs.merging import merge_analyses
from benchwright.specs.outline import Analysis
from tests.specs.documents import shop, write


def read(**changes: Any) -> Analysis:
    return analyse(write(shop(**changes)), source_url="https://docs.test/")


def test_one_analysis_stays_as_it_is() -> None:
    assert merge_analyses([read()], []) == read()


def test_the_first_one_names_the_whole() -> None:
    first = read(paths={"/a": {"get": {"tags": ["x"]}}})
    second = read(
        info={"title": "Second", "version": "2"},
        servers=[{"url": "https://second.test"}],
        paths={"/a": {"get": {"summary": "again"}, "post": {"tags": ["y"]}}},
    )
    merged = merge_analyses([first, second], ["a note"])
    assert (merged.title, merged.version, merged.base_url) == (
        "Shop",
        "1.2",
        "https://shop.test/v1",
    )
    assert [(item.method, item.summary, item.base_url) for item in merged.operations] == [
        ("GET", "", None),
        ("POST", "", "https://second.test"),
    ]
    assert [tag.name for tag in merged.tags] == ["x", "y"]
    assert merged.warnings[0] == "a note"
    assert "Second: 1 operations stand more than once" in merged.warnings[1]


def test_warnings_say_which_document() -> None:
    merged = merge_analyses([read(), read(info={"title": "B"}, paths={"/a": 5})], [])
    assert any(warning.startswith("B: #/paths/~1a: ") for warning in merged.warnings)


def test_security_schemes_that_differ_are_named() -> None:
    schemes: list[dict[str, Any]] = [
        {"securitySchemes": {"s": {"type": "http", "scheme": name}}} for name in ("basic", "bearer")
    ]
    merged = merge_analyses([read(components=part, paths={}) for part in schemes], [])
    assert [scheme.prefix for scheme in merged.security_schemes] == ["Basic"]
    assert any("'s'" in warning for warning in merged.warnings)
