"""A JSON document as nested parts and as tables, as far as a page can show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

MAX_NODES = 2000
MAX_DEPTH = 20
MAX_CHILDREN = 200
MAX_TEXT = 2000
MAX_KEY = 200
MAX_ROWS = 200
MAX_COLUMNS = 30
MAX_TABLES = 6
MAX_CELL = 200

MEASURE = frozenset({"value", "unit", "better", "description", "label", "stat"})
"""What an object may say of one result."""

Kind = Literal["object", "list", "text", "number", "word"]


@dataclass(frozen=True)
class Node:
    """A value under its key; `size` counts its members, `hidden` those that are not shown."""

    key: str
    kind: Kind
    text: str = ""
    size: int = 0
    children: tuple[Node, ...] = ()
    hidden: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it is short enough to be unfolded from the beginning."""
        return self.size <= 12


class JsonTable(NamedTuple):
    """Objects of one form as rows; a head says whether there are numbers below it."""

    title: str
    heads: Sequence[tuple[str, bool]]
    rows: Sequence[tuple[str, Sequence[str]]]
    hidden_rows: int
    hidden_columns: int


def build_tree(value: Any) -> Node:
    """The document as nodes, at most `MAX_NODES` of them."""
    return _Builder().build("", value, 0)


class _Builder:
    def __init__(self) -> None:
        self._left = MAX_NODES

    def build(self, key: str, value: Any, depth: int) -> Node:
        self._left -= 1
        if isinstance(value, Mapping):
            return self._branch(key, "object", [(str(k), v) for k, v in value.items()], depth)
        if isinstance(value, list):
            pairs = [(str(place), item) for place, item in enumerate(value)]
            return self._branch(key, "list", pairs, depth)
        return Node(key[:MAX_KEY], _kind(value), _text(value, MAX_TEXT))

    def _branch(self, key: str, kind: Kind, pairs: Sequence[tuple[str, Any]], depth: int) -> Node:
        children: list[Node] = []
        if depth < MAX_DEPTH:
            for name, item in pairs[:MAX_CHILDREN]:
                if self._left <= 0:
                    break
                children.append(self.build(name, item, depth + 1))
        hidden = len(pairs) - len(children)
        return Node(key[:MAX_KEY], kind, "", len(pairs), tuple(children), hidden)


def find_tables(value: Any, title: str = "") -> list[JsonTable]:
    """Objects of objects and lists of objects, the document itself or right below it."""
    found: list[JsonTable] = []
    pending: list[tuple[str, Any]] = [(title, value)]
    if isinstance(value, Mapping):
        pending += [(str(key), item) for key, item in list(value.items())[:MAX_CHILDREN]]
    for name, item in pending:
        rows = _rows(item)
        if rows is not None:
            found.append(_table(name[:MAX_KEY], rows))
            if item is value:
                break
        if len(found) >= MAX_TABLES:
            break
    return found


def _rows(value: Any) -> list[tuple[str, Mapping[str, Any]]] | None:
    """The rows of what is a table: at least two objects of plain values that share a key."""
    if isinstance(value, Mapping):
        pairs = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        pairs = [(str(place), item) for place, item in enumerate(value, 1)]
    else:
        return None
    if len(pairs) < 2 or not all(isinstance(item, Mapping) and item for _, item in pairs):
        return None
    if any(isinstance(cell, Mapping | list) for _, row in pairs for cell in row.values()):
        return None
    first = set(pairs[0][1])
    if "value" in first and all(set(row) <= MEASURE for _, row in pairs):
        return None  # results with their units, which have a table of their own
    return pairs if all(first & set(row) for _, row in pairs[1:]) else None


def _table(title: str, rows: list[tuple[str, Mapping[str, Any]]]) -> JsonTable:
    heads = list(dict.fromkeys(str(key) for _, row in rows for key in row))
    if len(heads) > len(rows) and len(heads) > 8:
        # What is longer goes down the page: pages are turned that way.
        turned = [(head, {name: row.get(head) for name, row in rows}) for head in heads]
        heads, rows = [name for name, _ in rows], list(turned)
    shown = heads[:MAX_COLUMNS]
    return JsonTable(
        title,
        [(head[:MAX_KEY], _has_numbers(head, rows)) for head in shown],
        [
            (name[:MAX_KEY], [_cell(row.get(head)) for head in shown])
            for name, row in rows[:MAX_ROWS]
        ],
        max(len(rows) - MAX_ROWS, 0),
        len(heads) - len(shown),
    )


def _cell(value: Any) -> str:
    return "" if value is None else _text(value, MAX_CELL)


def _has_numbers(head: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
    return any(_kind(row.get(head)) == "number" for _, row in rows[:MAX_ROWS])


def _kind(value: Any) -> Kind:
    if value is None or isinstance(value, bool):
        return "word"
    return "number" if isinstance(value, int | float) else "text"


def _text(value: Any, most: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    # As they stand in the file: whoever looks here wants no rounding to what is pleasant.
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
