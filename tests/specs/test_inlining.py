from __future__ import annotations

import json
from typing import Any

from benchwright.specs.inlining import Inliner
from benchwright.specs.references import References


def write_out(schema: Any, **schemas: Any) -> dict[str, Any]:
    return Inliner(References({"s": schemas})).write_out(schema)


def test_references_are_written_out() -> None:
    schema = {"type": "array", "items": {"$ref": "#/s/A"}}
    a = {"type": "object", "properties": {"b": {"$ref": "#/s/B", "description": "mine"}}}
    assert write_out(schema, A=a, B={"type": "string", "description": "its"}) == {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"b": {"type": "string", "description": "mine"}},
        },
    }


def test_what_leads_back_or_nowhere_stays_a_reference() -> None:
    node = {"properties": {"next": {"$ref": "#/s/Node"}, "gone": {"$ref": "#/s/Gone"}}}
    assert write_out({"$ref": "#/s/Node"}, Node=node) == node
    assert write_out({"$ref": "#/s/Loop"}, Loop={"$ref": "#/s/Loop"}) == {"$ref": "#/s/Loop"}


def test_stays_small() -> None:
    schemas = {
        f"S{n}": {"properties": {"a": {"$ref": f"#/s/S{n + 1}"}, "b": {"$ref": f"#/s/S{n + 1}"}}}
        for n in range(50)
    }
    assert len(json.dumps(write_out({"$ref": "#/s/S0"}, **schemas))) < 20_000
    wide = write_out({"enum": list(range(10_000))})
    assert 100 < len(wide["enum"]) < 1000


def test_what_is_no_object_is_empty() -> None:
    assert write_out(True) == {}
    assert write_out(None) == {}
    assert write_out({"$ref": "#/s/A"}, A=True) == {}
