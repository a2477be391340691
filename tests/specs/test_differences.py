from __future__ import annotations

from typing import Any

import pytest

from benchwright.specs.analysis import analyse
from benchwright.specs.changes import PLENTY_OF_ENDPOINTS, compare, content_of
from benchwright.specs.differences import PartChange, find_differences
from tests.specs.documents import Json, with_operation, write


def content(operation: Json) -> dict[str, Any]:
    (read,) = analyse(write(with_operation(operation))).operations
    return content_of(read)


def differences(before: Json, after: Json) -> list[PartChange]:
    return list(find_differences(content(before), content(after)))


def body(**schema: Any) -> Json:
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def fields(*required: str, **properties: Any) -> Json:
    return body(type="object", properties=properties, required=list(required))


TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "before, after, change",
    [
        (fields(a=TEXT), fields(a={"type": "integer"}), PartChange("body field a type", "string", "integer", may_break=True)),
        (fields(a=TEXT), fields("a", a=TEXT), PartChange("body field a", "optional", "required", may_break=True)),
        (fields("a", a=TEXT), fields(a=TEXT), PartChange("body field a", "required", "optional")),
        (fields(a=TEXT), fields("b", a=TEXT, b=TEXT), PartChange("body field b", None, "string, required", may_break=True)),
        (fields(a=TEXT), fields(a=TEXT, b=TEXT), PartChange("body field b", None, "string")),
        (fields(a=TEXT, b=TEXT), fields(a=TEXT), PartChange("body field b", "", None, may_break=True)),
        (fields(a={"maximum": 5}), fields(a={"maximum": 4}), PartChange("body field a limits", "at most 5", "at most 4", may_break=True)),
        (
            fields(a={"type": "array", "items": {"properties": {"b": TEXT}}}),
            fields(a={"type": "array", "items": {"properties": {"b": {"type": "null"}}}}),
            PartChange("body field a[].b type", "string", "null", may_break=True),
        ),
    ],
)  # fmt: skip
def test_names_the_field_of_a_body(before: Json, after: Json, change: PartChange) -> None:
    found = [c for c in differences(before, after) if not c.part.endswith("example")]
    assert found == [change]


def test_a_field_that_went_takes_its_own_fields_with_it() -> None:
    inner = {"type": "object", "properties": {"b": TEXT, "c": TEXT}}
    found = differences(fields(a=inner, z=TEXT), fields(z=TEXT))
    assert [c.part for c in found if c.after is None] == ["body field a"]


def test_a_difference_that_no_tree_shows_is_named_all_the_same() -> None:
    found = differences(body(type="string", xml={"name": "a"}), body(type="string", xml={}))
    assert [c.part for c in found] == ["body schema"]


def test_what_a_response_tells_breaks_no_request() -> None:
    def answers(**schema: Any) -> Json:
        return {"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}}  # fmt: skip

    (change,) = differences(answers(type="string"), answers(type="integer"))
    assert change == PartChange("response 200 type", "string", "integer", may_break=False)


def test_media_type_and_description() -> None:
    before: Json = {"requestBody": {"content": {"application/json": {}}}}
    after: Json = {"requestBody": {"content": {"text/plain": {}}}}
    parts = [c.part for c in differences(before, after)]
    assert "body media type" in parts
    (change,) = differences({"description": "x" * 1000}, {"description": "y"})
    assert change.before is not None
    assert len(change.before) <= 160


def test_where_everything_changed_few_parts_of_each_are_kept() -> None:
    many = [{"name": f"p{n}", "in": "query", "schema": TEXT} for n in range(20)]
    before = {("GET", f"/{n}"): content({}) for n in range(PLENTY_OF_ENDPOINTS + 2)}
    after = {key: content({"parameters": many}) for key in [("GET", "/0")]}
    after = dict.fromkeys(before, after["GET", "/0"])
    changed = compare(before, after).changed
    assert len(changed) == len(before)
    assert (len(changed[0].details), len(changed[-1].details)) == (20, 5)
