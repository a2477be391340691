from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.tree import ROOT, SOURCE, modules, name, parse, text, tracked

LINES_OF_A_MODULE = 500
LINES_OF_THE_PRODUCT = 350
"""Of a module in Python; what tests and sheets list may be longer."""
LOCKS = (
    "package-lock.json",
    "requirements.lock",
    "requirements-build.lock",
    "requirements-runtime.lock",
)


def test_modules_are_small() -> None:
    # A migration that creates every table is a list, not a module to understand.
    sizes = {
        name(path): len(text(path).splitlines())
        for path in tracked()
        if path.suffix in (".py", ".js", ".css") and "versions" not in path.parts
    }
    long = {
        file: size
        for file, size in sizes.items()
        if size > LINES_OF_A_MODULE
        or (size > LINES_OF_THE_PRODUCT and file.startswith("src/") and file.endswith(".py"))
    }
    assert not long


def test_names_say_what_is_inside() -> None:
    vague = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|stuff)($|_)")
    paths = [path.relative_to(ROOT) for path in tracked()]
    found = [str(p) for p in paths if any(vague.search(Path(part).stem) for part in p.parts)]
    _expect_none(found)


def test_third_party_code_is_fetched_not_kept() -> None:
    found = [
        name(path)
        for path in tracked()
        if ".min." in path.name
        or "vendor" in path.parts
        or "node_modules" in path.parts
        or (path.suffix in (".js", ".css") and re.search(r"^.{1000}", text(path), re.MULTILINE))
    ]
    _expect_none(found)


def test_nothing_depends_on_one_machine() -> None:
    absolute = re.compile(r"(?<![\w.~/-])/(work|root|Users|home/(?!benchwright))[/\s\"'`]")
    _expect_none(_lines(absolute))


def test_no_index_of_packages_is_named() -> None:
    # Split, so that this file does not name them either.
    hosts = ["pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.(org|com)", "crates" + r"\.io"]
    hosts += ["deb" + r"\.debian", "maven" + r"\.org", "golang" + r"\.org"]
    options = ["--index" + "-url", "--extra-index" + "-url", "_auth" + "Token"]
    _expect_none(_lines(re.compile("|".join(hosts + options))))
    for lock in LOCKS:
        assert "://" not in text(ROOT / lock), lock


def test_only_ci_knows_what_lies_beside_the_repository() -> None:
    beside = re.compile(r"\.\./" + "shared")
    _expect_none([line for line in _lines(beside) if not line.startswith(".ci/")])


def test_exceptions_from_the_rules_give_their_reason() -> None:
    bare = re.compile(r"# (noqa(: [A-Z]+\d+(, ?[A-Z]+\d+)*)?|type: ignore(\[[\w, -]+\])?)\s*$")
    suffixed = [path for path in tracked() if path.suffix == ".py"]
    _expect_none(_lines(bare, suffixed))


def test_only_the_database_commits() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        if path != SOURCE / "kit" / "db.py"
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("commit", "rollback")
    ]
    _expect_none(found)


def test_sql_lives_in_repositories_and_models() -> None:
    """Whoever builds a query is called repository; the rest calls it."""
    builders = {"select", "insert", "update", "delete"}
    allowed = {"repository.py", "models.py", "db.py", "migrations.py", "idempotency.py"}
    found = [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        if path.name not in allowed
        and not path.name.endswith("_repository.py")
        and "migrations" not in path.parts
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom)
        and str(node.module).startswith("sqlalchemy")
        and builders & {alias.name for alias in node.names}
    ]
    _expect_none(found)


def test_layers_hold_for_modules_with_longer_names_too() -> None:
    """What the import contract says of `routes` and `repository` holds for `list_pages`, too."""
    faces = re.compile(r"(.+_)?(routes|pages)")
    stores = re.compile(r"(.+_)?repository")
    found = []
    for path in modules():
        is_face, is_store = faces.fullmatch(path.stem), stores.fullmatch(path.stem)
        for imported in _imports(path) if is_face or is_store else ():
            last = imported.rpartition(".")[2]
            if (is_face and stores.fullmatch(last)) or (is_store and faces.fullmatch(last)):
                found.append(f"{name(path)}: {imported}")
    _expect_none(found)


def test_docstrings_do_not_repeat_signatures() -> None:
    blocks = re.compile(r"^\s*(Args|Arguments|Parameters|Returns|Raises|Yields):\s*$", re.MULTILINE)
    found = [
        f"{name(path)}: {getattr(node, 'name', 'module')}"
        for path in modules()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and blocks.search(ast.get_docstring(node) or "")
    ]
    _expect_none(found)


def test_tests_mirror_the_source() -> None:
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    others = {"architecture", "browser", "end_to_end", "fixtures", "packaging", "services"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if list(path.glob("*.py"))}
    _expect_none(sorted(folders - packages - others))


def test_pages_load_nothing_from_elsewhere() -> None:
    foreign = re.compile(r"<(script|link|img|iframe)\b[^>]*\b(src|href)=[\"']?(https?:)?//")
    templates = [path for path in tracked() if path.suffix in (".html", ".jinja", ".j2")]
    _expect_none(_lines(foreign, templates))


def _imports(path: Path) -> list[str]:
    """The modules that a module may import, by their full names; other names are among them."""
    nodes = [node for node in ast.walk(parse(path)) if isinstance(node, ast.ImportFrom)]
    return [str(n.module) for n in nodes] + [f"{n.module}.{a.name}" for n in nodes for a in n.names]


def _expect_none(found: list[str]) -> None:
    assert not found, "\n" + "\n".join(found)


def _lines(pattern: re.Pattern[str], paths: list[Path] | None = None) -> list[str]:
    return [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in (tracked() if paths is None else paths)
        for number, line in enumerate(text(path).splitlines(), 1)
        if pattern.search(line)
    ]
