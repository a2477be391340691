from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.specs.flattening import Flattener
from benchwright.specs.references import References
from benchwright.specs.xmltext import write_xml

TEXT = {"type": "string"}


def write(schema: Any, value: Any, **schemas: Any) -> str:
    root = {"components": {"schemas": schemas}}
    text = write_xml(Flattener(References(root)), schema, value)
    head, _, rest = text.partition("\n")
    assert head.startswith("<?xml")
    return rest


# The tables of the OpenAPI specification, "XML Object Examples", inside their root.
@pytest.mark.parametrize(
    "schema, value, text",
    [
        (TEXT, "x", "<animals>x</animals>"),
        ({"type": "array", "items": TEXT}, ["a", "b"], "<animals>a</animals><animals>b</animals>"),
        ({"items": {"xml": {"name": "animal"}}}, ["a", "b"], "<animal>a</animal><animal>b</animal>"),
        ({"items": {"xml": {"name": "animal"}}, "xml": {"name": "aliens"}}, ["a"], "<animal>a</animal>"),
        ({"items": TEXT, "xml": {"wrapped": True}}, ["a", "b"], "<animals><animals>a</animals><animals>b</animals></animals>"),
        ({"items": {"xml": {"name": "animal"}}, "xml": {"wrapped": True}}, ["a"], "<animals><animal>a</animal></animals>"),
        ({"items": {"xml": {"name": "animal"}}, "xml": {"name": "aliens", "wrapped": True}}, ["a"], "<aliens><animal>a</animal></aliens>"),
        ({"xml": {"namespace": "http://e/s", "prefix": "p"}}, 1, '<p:animals xmlns:p="http://e/s">1</p:animals>'),
        ({"xml": {"name": "b", "namespace": "urn:x"}}, True, '<b xmlns="urn:x">true</b>'),
    ],
)  # fmt: skip
def test_names_and_places(schema: Any, value: Any, text: str) -> None:
    written = write({"type": "object", "properties": {"animals": schema}}, {"animals": value})
    assert written == f"<root>{text}</root>"


def test_the_root_is_called_as_its_schema_is() -> None:
    person = {
        "type": "object",
        "properties": {"id": {"type": "integer", "xml": {"attribute": True}}, "name": TEXT},
    }
    value = {"id": 12, "name": None}
    text = '<Person id="12"><name></name></Person>'
    assert write({"$ref": "#/components/schemas/Person"}, value, Person=person) == text
    named = {"oneOf": [{"$ref": "#/components/schemas/Person"}], "xml": {"name": "who"}}
    assert write(named, value, Person=person) == '<who id="12"><name></name></who>'
    assert write({"items": {"xml": {"name": "a"}}}, [1, 2]) == "<root><a>1</a><a>2</a></root>"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON, st.dictionaries(st.text(), st.fixed_dictionaries({"xml": JSON})))
def test_any_value_is_well_formed(value: Any, properties: dict[str, Any]) -> None:
    ET.fromstring(write({"properties": properties}, value))
