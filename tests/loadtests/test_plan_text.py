from __future__ import annotations

import json
from typing import Any

import pytest

from benchwright.kit.errors import Invalid
from benchwright.loadtests.plan_text import as_yaml


def test_a_plan_is_written_as_people_write_it() -> None:
    plan = {"name": "Café 🐎", "scenarios": [{"path": "/a"}]}
    assert as_yaml(plan) == "name: Café 🐎\nscenarios:\n- path: /a\n"


@pytest.mark.parametrize(
    "value", [[0] * 100_000, "x" * 2_000_000, {str(n): n for n in range(50_000)}]
)
def test_what_would_take_long_is_written_as_json(value: Any) -> None:
    plan = {"name": "x", "body": value}
    assert json.loads(as_yaml(plan)) == plan


def test_what_is_nested_too_deep_is_refused() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]
    with pytest.raises(Invalid, match="too deep"):
        as_yaml({"a": value})
