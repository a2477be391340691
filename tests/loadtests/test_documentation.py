from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchwright.loadtests.plan import Plan, parse_plan
from benchwright.loadtests.script import generate_script

PAGE = (Path(__file__).parents[2] / "docs" / "load-tests.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["name"] for example in EXAMPLES])
def test_the_examples_of_the_page_become_scripts(example: dict[str, Any]) -> None:
    assert "export const options" in generate_script(parse_plan(example), {}).text


def test_the_page_names_every_field_of_a_plan() -> None:
    assert len(EXAMPLES) >= 4
    for name in Plan.model_fields:
        assert f"`{name}`" in PAGE, name
