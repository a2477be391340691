"""Values that programs of YAML 1.1, such as Python's, read differently than they look."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from benchwright.kit.yaml_lines import compose

MAX_FOUND = 50
_EXPONENT = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)[eE][-+]?\d+")
_TAG = "tag:yaml.org,2002:"
_SEXAGESIMAL = re.compile(r"[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?")


def misread_scalars(text: str) -> list[tuple[int, str]]:
    """Lines of such values, each with what becomes of it and how to write it instead."""
    found: list[tuple[int, str]] = []
    root = compose(text)
    for node in _scalars(root) if root is not None else ():
        message = _misreading(node)
        if message is not None:
            found.append((node.start_mark.line + 1, message))
        if len(found) == MAX_FOUND:
            break
    return found


def _scalars(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Each plain value once, however many aliases name it."""
    pending, seen = [root], {id(root)}
    while pending:
        node = pending.pop()
        if isinstance(node, yaml.ScalarNode):
            if not node.style:  # plain: neither quoted nor a block
                yield node
            continue
        children = node.value
        if isinstance(node, yaml.MappingNode):
            children = [value for _key, value in node.value]
        for child in children:
            if id(child) not in seen:
                seen.add(id(child))
                pending.append(child)


def _misreading(node: yaml.ScalarNode) -> str | None:
    value = str(node.value)
    if node.tag == f"{_TAG}str" and _EXPONENT.fullmatch(value):
        return f"Python reads {value[:40]} as a text; write it with a point and a sign, like 1.0e-4"
    if node.tag == f"{_TAG}bool" and value.lower() not in ("true", "false"):
        return (
            f"Python reads {value[:40]} as a truth value; write true or false, or put it in quotes"
        )
    if node.tag in (f"{_TAG}int", f"{_TAG}float") and _SEXAGESIMAL.fullmatch(value):
        return f"Python reads {value[:40]} as a number to the base 60; put it in quotes"
    return None
