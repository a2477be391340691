from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from benchwright.kit.value_faults import explain_value


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Thing(BaseModel, extra="forbid"):
    name: str


def explained(kind: Any, value: object) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    return explain_value(caught.value.errors()[0])


@pytest.mark.parametrize(
    "kind, value, words",
    [
        (int, "none", "Write a whole number, like 10"),
        (int, 1.5, "Write a whole number, like 10"),
        (float, "fast", "Write a number, like 10 or 0.5"),
        (bool, "perhaps", "Write true or false"),
        (dt.date, "soon", "Write a date, like 2026-05-31"),
        (dt.datetime, "soon", "Write a date and time, like 2026-05-31T14:30:00Z"),
        (AwareDatetime, "2026-05-31T14:30:00", "Add the time zone, like Z or +02:00"),
        (uuid.UUID, "x", "Write an id, like 123e4567-e89b-12d3-a456-426614174000"),
        (str, 1, "Write a text"),
        (list[int], 1, "Give a list"),
        (Thing, 1, "Give an object with names and values"),
        (Thing, {}, "This is needed"),
        (Thing, {"name": "", "nam": ""}, "There is no such field; check its spelling or leave it out"),
        (Literal["a", "b"], "c", "Choose one of 'a' or 'b'"),
        (Colour, "green", "Choose one of 'red' or 'blue'"),
        (Annotated[int, Field(ge=1)], 0, "It must be 1 or more"),
        (Annotated[int, Field(gt=1)], 0, "It must be more than 1"),
        (Annotated[int, Field(le=500)], 501, "It must be 500 or less"),
        (Annotated[float, Field(lt=1)], 1, "It must be less than 1.0"),
        (Annotated[str, Field(min_length=1)], "", "This is needed"),
        (Annotated[str, Field(min_length=3)], "", "Write at least 3 characters"),
        (Annotated[str, Field(max_length=1)], "ab", "At most 1 character fits here"),
        (Annotated[str, Field(max_length=2000)], "a" * 2001, "At most 2,000 characters fit here"),
        (Annotated[str, Field(pattern="^[a-z]+$")], "1", "The text must match ^[a-z]+$"),
        (Annotated[list[int], Field(min_length=1)], [], "At least 1 entry is needed"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "At most 1 entry is allowed"),
        (bytes, 1, "The value should be a valid bytes"),
    ],
)  # fmt: skip
def test_a_fault_says_how_to_mend_it(kind: Any, value: object, words: str) -> None:
    assert explained(kind, value) == words


def test_a_fault_without_its_numbers_is_still_told() -> None:
    assert explain_value({"type": "less_than", "msg": "Input should be less"}) == (
        "The value should be less"
    )
