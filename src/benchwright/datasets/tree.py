"""JSON as a tree that a page can unfold, of a size that a page can bear."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

MAX_NODES = 1500
MAX_TEXT = 200
MAX_DEPTH = 24


@dataclass
class TreeNode:
    """One value: `text` for a leaf, `children` for what has parts."""

    key: str
    kind: str
    text: str = ""
    children: list[TreeNode] = field(default_factory=list)
    is_open: bool = False
    left_out: int = 0


def tree_of(value: Any) -> TreeNode:
    """The tree of a value; of what would be too much the beginnings, level by level."""
    root = _node("", value)
    waiting = [(root, value, 1)]
    made = 1
    # Breadth first: with a million entries in the first branch the others are seen all the same.
    for node, container, depth in waiting:
        entries = list(container.items()) if isinstance(container, dict) else _numbered(container)
        room = max(0, MAX_NODES - made) if depth < MAX_DEPTH else 0
        for key, item in entries[:room]:
            child = _node(str(key), item)
            node.children.append(child)
            if isinstance(item, dict | list) and item:
                waiting.append((child, item, depth + 1))
        node.left_out = len(entries) - len(node.children)
        node.is_open = depth <= 2 and len(node.children) <= 40
        made += len(node.children)
    return root


def _numbered(container: Any) -> list[tuple[str, Any]]:
    return [(str(place), item) for place, item in enumerate(container)] if container else []


def _node(key: str, value: Any) -> TreeNode:
    key = key[:MAX_TEXT]
    if isinstance(value, dict):
        return TreeNode(key, "object", _counted(len(value), "field"))
    if isinstance(value, list):
        return TreeNode(key, "list", _counted(len(value), "entry", "entries"))
    if isinstance(value, str):
        shown = value if len(value) <= MAX_TEXT else f"{value[: MAX_TEXT - 1]}…"
        return TreeNode(key, "text", shown)
    return TreeNode(key, "number", json.dumps(value)[:MAX_TEXT])


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
