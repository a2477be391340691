"""Writes the parts of the documentation that repeat what the code says (`make docs`).

Each page keeps what stands above its marker; what follows is written anew.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

DOCS = Path(__file__).parent.parent / "docs"
MARKER = "<!-- What follows is written by `make docs`. -->"


def settings_page() -> str:
    """Every setting: its variable, its default, what it is for."""
    from benchwright.settings import Settings

    sections: list[str] = []
    for title, model, prefix in setting_groups(Settings, "BENCHWRIGHT_"):
        rows = [
            f"| `{prefix}{name.upper()}` | {_default(field)} | {field.description or ''} |"
            for name, field in model.model_fields.items()
            if nested_model(field) is None
        ]
        if rows:
            intro = [_sentence(model.__doc__), ""] if model is not Settings else []
            table = ["| variable | default | meaning |", "| --- | --- | --- |", *rows]
            sections.append("\n".join([f"## {title}", "", *intro, *table]))
    return "\n\n".join(sections)


def setting_groups(
    model: type[BaseModel], prefix: str, title: str = "General"
) -> Iterator[tuple[str, type[BaseModel], str]]:
    """Title, model and variable prefix of each group, the outermost first."""
    yield title, model, prefix
    for name, field in model.model_fields.items():
        nested = nested_model(field)
        if nested is not None:
            inner = name if title == "General" else f"{title}.{name}"
            yield from setting_groups(nested, f"{prefix}{name.upper()}__", inner)


def nested_model(field: FieldInfo) -> type[BaseModel] | None:
    if get_origin(field.annotation) is dict:
        return None  # one setting, given as JSON
    kinds = (field.annotation, *get_args(field.annotation))
    models = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return next(models, None)


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        # What is computed differs from machine to machine.
        return "computed"
    value = field.default
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, SecretStr):
        return "secret"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


def command_page() -> str:
    """Every command of `benchwright` with its arguments and options."""
    import typer

    from benchwright.cli import app

    root: Any = typer.main.get_command(app)
    return "\n\n".join(_commands("benchwright", root))


def _commands(name: str, command: Any) -> Iterator[str]:
    if nested := getattr(command, "commands", None):
        for inner, child in nested.items():
            yield from _commands(f"{name} {inner}", child)
        return
    rows = [
        f"| {_spelling(parameter)} | {' '.join((getattr(parameter, 'help', '') or '').split())} |"
        for parameter in command.params
        if "--help" not in parameter.opts and not getattr(parameter, "hidden", False)
    ]
    table = ["| argument or option | meaning |", "| --- | --- |", *rows] if rows else []
    text = "\n".join(line.strip() for line in (command.help or "").strip().splitlines())
    yield "\n\n".join(part for part in (f"## `{name}`", text, "\n".join(table)) if part)


def _spelling(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        name = parameter.metavar or parameter.name.upper()
        return f"`{name}`" if parameter.required else f"`[{name}]`"
    return ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))


def address_page() -> str:
    """Every address that answers programs: method, path, scope, what it does."""
    from fastapi.routing import APIRoute, iter_route_contexts

    from benchwright.access.scopes import declared_scope
    from benchwright.app import create_app
    from benchwright.settings import Settings

    groups: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder)))
        for route in iter_route_contexts(app.routes):
            if not isinstance(route.original_route, APIRoute) or not route.include_in_schema:
                continue
            scope = declared_scope(route.dependant)
            for method in sorted(route.methods or ()):
                groups.setdefault(str((route.tags or ["other"])[0]), []).append(
                    f"| `{method} {route.path_format}` | {f'`{scope}`' if scope else 'open'}"
                    f" | {_sentence(route.description)} |"
                )
        app.state.lab.database.dispose()
    return "\n\n".join(
        "\n".join([f"## {tag}", "", "| address | scope | |", "| --- | --- | --- |", *rows])
        for tag, rows in sorted(groups.items())
    )


def _sentence(text: str | None) -> str:
    """The first sentence of a docstring."""
    first = " ".join((text or "").split("\n\n")[0].split())
    found = re.match(r".*?[.!?](?=\s|$)", first)
    return (found.group() if found else first).replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "cli.md": command_page,
    "api.md": address_page,
}


def compose(name: str) -> str:
    """A page as it should be: what was written by hand, the marker, what the code says."""
    by_hand = (DOCS / name).read_text(encoding="utf-8").partition(MARKER)[0].rstrip()
    return f"{by_hand}\n\n{MARKER}\n\n{PAGES[name]()}\n"


def main() -> None:
    for name in PAGES:
        (DOCS / name).write_text(compose(name), encoding="utf-8")
        print(f"docs/{name}", file=sys.stderr)


if __name__ == "__main__":
    main()
