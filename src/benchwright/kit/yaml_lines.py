"""Where in a text of YAML or JSON its parts stand, so that errors can be shown at their lines."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from benchwright.kit.errors import FieldError, Problem
from benchwright.kit.yaml import load_yaml

# Many times faster, where PyYAML was built with libyaml.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def error_lines(text: str, errors: Iterable[FieldError]) -> list[dict[str, str | int]]:
    """Each error with the line of its field, or of what is nearest around it.

    In what `load_yaml` does not take, all of them are at the first line.
    """
    listed = list(errors)
    root = compose(text) if listed else None
    return [
        {"line": _line(root, error["field"]), "message": error["message"], "field": error["field"]}
        for error in listed
    ]


def compose(text: str) -> yaml.Node | None:
    """The text as nodes with their places, as YAML 1.1 resolves them; None if it is none."""
    try:
        # First, as nothing limits what composing costs: libyaml ends the process at great depth.
        load_yaml(text)
        return yaml.compose(text, Loader=_LOADER)
    except (Problem, yaml.YAMLError):
        return None


def _line(node: yaml.Node | None, field: str) -> int:
    line, rest = 1, field
    while node is not None and rest:
        found = _child(node, rest)
        if found is None:
            break
        line, node, rest = found
    return line


def _child(node: yaml.Node, field: str) -> tuple[int, yaml.Node, str] | None:
    """The line of the part that the field begins with, the part, and the rest of the field."""
    if isinstance(node, yaml.SequenceNode):
        number, _, rest = field.partition(".")
        if not number.isascii() or not number.isdigit() or len(number) > 6:
            return None
        index = int(number)
        if index >= len(node.value):
            return None
        item = node.value[index]
        return item.start_mark.line + 1, item, rest
    if isinstance(node, yaml.MappingNode):
        # Names may have dots themselves: the longest that fits is meant.
        fits = [
            (key.value, key.start_mark.line + 1, value)
            for key, value in node.value
            if isinstance(key, yaml.ScalarNode)
            and (field == key.value or field.startswith(f"{key.value}."))
        ]
        if fits:
            name, line, value = max(fits, key=lambda fit: len(fit[0]))
            return line, value, field[len(name) + 1 :]
    return None
