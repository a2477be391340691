"""What the web interface has must be used by it: styles, icons, macros, templates, exports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.architecture.tree import SOURCE, name, parse, text, tracked

STATIC = SOURCE / "web" / "static"
# The libraries that make these write them into the page, so no file of ours does.
MADE_BY_LIBRARIES = ("cm-", "htmx-", "swagger-", "u-", "uplot")
SHEETS_OF_LIBRARIES = ("api-docs.css",)


def test_every_class_that_is_styled_is_used() -> None:
    styled: dict[str, str] = {}
    for path in _files(".css"):
        rules = re.sub(
            r"/\*.*?\*/|\{[^{}]*\}|url\([^)]*\)|\"[^\"]*\"", " ", text(path), flags=re.DOTALL
        )
        styled |= {found: name(path) for found in re.findall(r"\.([a-zA-Z][\w-]*)", rules)}
    words = _words(_files(".html", ".js", ".py"))
    # `class="dash-{{ place }}"` uses all that begin like it.
    begun = tuple(word for word in words if re.fullmatch(r"\w\w+-", word))
    _expect_none(
        f"{file}: .{css_class}"
        for css_class, file in styled.items()
        if css_class not in words
        and not css_class.startswith((*begun, *MADE_BY_LIBRARIES))
        and Path(file).name not in SHEETS_OF_LIBRARIES
    )


def test_every_icon_is_drawn_somewhere() -> None:
    icons = re.findall(r'<symbol[^>]*\bid="([^"]+)"', text(STATIC / "icons.svg"))
    words = _words(_shown(".html", ".js", ".py"))
    _expect_none(icon for icon in icons if icon not in words)


def test_every_macro_is_called_outside_the_design_page() -> None:
    callers = [text(path) for path in _shown(".html")]
    _expect_none(
        f"{name(path)}: {macro}"
        for path in _shown(".html")
        for macro in re.findall(r"{%-? *macro (\w+)", text(path))
        if not any(re.search(rf"(?<!macro )\b{macro}\(", caller) for caller in callers)
    )


def test_every_template_is_shown() -> None:
    callers = "\n".join(text(path) for path in _files(".html", ".py"))
    _expect_none(
        name(path) for path in _files(".html") if str(path).split("/templates/")[-1] not in callers
    )


def test_every_export_is_imported() -> None:
    scripts = _files(".js")
    _expect_none(
        f"{name(path)}: {export}"
        for path in scripts
        for export in _exports(path)
        if not any(
            re.search(rf"\b{re.escape(export)}\b", text(other))
            for other in (*scripts, *_files(".html"))
            if other != path
        )
    )


def test_every_script_is_loaded() -> None:
    callers = {path: text(path) for path in _files(".js", ".html", ".py")}
    _expect_none(
        name(path)
        for path in _files(".js")
        if not any(path.name in body for other, body in callers.items() if other != path)
    )


def _exports(path: Path) -> list[str]:
    pattern = r"^export (?:default )?(?:async )?(?:function\*?|class|const|let) (\w+)"
    return re.findall(pattern, text(path), re.MULTILINE)


@cache
def _files(*suffixes: str) -> tuple[Path, ...]:
    return tuple(path for path in tracked() if path.suffix in suffixes and SOURCE in path.parents)


def _shown(*suffixes: str) -> tuple[Path, ...]:
    """Files but those of the page that shows every part of the design."""
    return tuple(
        path
        for path in _files(*suffixes)
        if "design" not in path.parts and not path.stem.startswith("design")
    )


def _words(paths: Iterable[Path]) -> set[str]:
    """The words of code: prose that happens to hold the name of a class does not use it."""
    code = (piece for path in paths for piece in _code(path))
    return {word for piece in code for word in re.findall(r"[a-zA-Z][\w-]*", piece)}


def _code(path: Path) -> Iterable[str]:
    if path.suffix == ".py":
        tree = parse(path)
        prose = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node not in prose:
                yield str(node.value)
    elif path.suffix == ".html":
        body = re.sub(r"{#.*?#}", "", text(path), flags=re.DOTALL)
        # Expressions stand within tags, too, and hold what ends them.
        yield from re.findall(r"{{.*?}}|{%.*?%}", body, re.DOTALL)
        yield from re.findall(r"<[^>]*>", re.sub(r"{{.*?}}|{%.*?%}", "{", body, flags=re.DOTALL))
    else:
        body = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", text(path), flags=re.DOTALL | re.MULTILINE)
        for quote in "\"'`":
            yield from re.findall(f"{quote}([^{quote}]*){quote}", body)


def _expect_none(found: Iterable[str]) -> None:
    rows = sorted(found)
    assert not rows, "\n" + "\n".join(rows)
