from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from benchwright.runs.json_tree import (
    MAX_CHILDREN,
    MAX_COLUMNS,
    MAX_DEPTH,
    MAX_NODES,
    MAX_ROWS,
    MAX_TABLES,
    Node,
    build_tree,
    find_tables,
)

VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=60,
)


def count(node: Node) -> int:
    return 1 + sum(count(child) for child in node.children)


def depth(node: Node) -> int:
    return 1 + max((depth(child) for child in node.children), default=0)


def test_values_stand_as_they_are_in_the_file() -> None:
    tree = build_tree({"a": 0.1173, "b": 1820000, "c": None, "d": True, "e": "x", "f": []})
    shown = [(child.key, child.kind, child.text) for child in tree.children]
    assert shown == [
        ("a", "number", "0.1173"), ("b", "number", "1820000"), ("c", "word", "null"),
        ("d", "word", "true"), ("e", "text", "x"), ("f", "list", ""),
    ]  # fmt: skip
    assert (tree.kind, tree.size, tree.hidden) == ("object", 6, 0)


def test_what_is_too_much_is_counted_and_left_out() -> None:
    wide = build_tree(list(range(10_000)))
    assert (len(wide.children), wide.hidden) == (MAX_CHILDREN, 10_000 - MAX_CHILDREN)
    deep: Any = 1
    for _ in range(60):
        deep = [deep]
    assert depth(build_tree(deep)) == MAX_DEPTH + 1
    many = build_tree({str(n): list(range(100)) for n in range(150)})
    assert count(many) <= MAX_NODES


@given(DOCUMENTS)
def test_every_document_has_a_tree_and_perhaps_tables(document: Any) -> None:
    tree = build_tree(document)
    assert count(tree) <= MAX_NODES

    def check(node: Node) -> None:
        assert node.size == len(node.children) + node.hidden
        for child in node.children:
            check(child)

    check(tree)
    tables = find_tables(document)
    assert len(tables) <= MAX_TABLES
    for table in tables:
        assert len(table.heads) <= MAX_COLUMNS and len(table.rows) <= MAX_ROWS
        assert all(len(cells) == len(table.heads) for _, cells in table.rows)


def test_objects_of_objects_are_a_table_with_the_longer_side_down() -> None:
    costs = [f"cost_{n}" for n in range(12)]
    kpis = {name: {cost: n / 10 for n, cost in enumerate(costs)} for name in ("District", "B1")}
    (table,) = find_tables(kpis)
    assert [head for head, _ in table.heads] == ["District", "B1"]
    assert [name for name, _ in table.rows] == costs
    assert table.rows[3][1] == ["0.3", "0.3"]
    (table,) = find_tables({"a": {"x": 1, "y": None}, "b": {"x": 2, "z": "s"}})
    assert table.heads == [("x", True), ("y", False), ("z", False)]
    assert table.rows == [("a", ["1", "", ""]), ("b", ["2", "", "s"])]


def test_tables_are_found_one_level_below_and_in_lists() -> None:
    document = {"status": "completed", "kpis": {"a": {"x": 1}, "b": {"x": 2}},
                "folds": [{"n": 1}, {"n": 2}]}  # fmt: skip
    assert [table.title for table in find_tables(document)] == ["kpis", "folds"]
    # Results with their units have a table of their own.
    assert find_tables({"metrics": {"a": {"value": 1, "unit": "s"}, "b": {"value": 2}}}) == []
    assert find_tables({"a": {"x": 1}, "b": {"y": 2}}) == []


def test_wide_and_long_tables_are_cut() -> None:
    rows = {f"r{n}": {f"c{m}": m for m in range(60)} for n in range(300)}
    (table,) = find_tables(rows)
    assert (table.hidden_rows, table.hidden_columns) == (300 - MAX_ROWS, 60 - MAX_COLUMNS)
