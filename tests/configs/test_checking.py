from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.configs.checking import find_faults
from benchwright.configs.schemas import ConfigFault

WHOLE = """experiment:
  name: first
  run_name: one
simulator:
  dataset_path: /data/datasets/shop/schema.json
"""
PRESENT = {"shop", "shop/schema.json"}


def check(text: str, name: str = "a.yaml") -> list[ConfigFault]:
    return find_faults(
        name, text, max_bytes=10_000, has_data=PRESENT.__contains__, data_dir=Path("/srv/opeva")
    )


def one(text: str) -> tuple[int, str, str, str]:
    (found,) = check(text)
    return found.line, found.field, found.severity, found.message


def test_what_a_simulation_takes_has_no_faults() -> None:
    assert check(WHOLE) == []
    assert check('{"a": 1}', "a.json") == []
    assert check("some: other\ntool: true\n") == []


@pytest.mark.parametrize(
    "path, words",
    [
        ("./datasets/shop/schema.json", "write /data/datasets/shop/schema.json"),
        ("datasets/shop", "write /data/datasets/shop"),
        ("shop/schema.json", "write /data/datasets/shop/schema.json"),
        ("/srv/opeva/datasets/shop/schema.json", "write /data/datasets/shop/schema.json"),
        ("/opt/other/schema.json", "below /data/datasets/ only"),
        ("/data/datasets/other/schema.json", "There is no dataset “other”"),
        ("/data/datasets/shop/none.csv", "has no file “none.csv”"),
        ("", "like /data/datasets/NAME/schema.json"),
    ],
)
def test_paths_that_lead_nowhere_in_a_container(path: str, words: str) -> None:
    text = WHOLE.replace("/data/datasets/shop/schema.json", path or "''")
    line, field, severity, message = one(text)
    assert (line, field, severity) == (5, "simulator.dataset_path", "warning")
    assert words in message


def test_names_that_a_job_is_called_by() -> None:
    line, field, severity, message = one(WHOLE.replace("  run_name: one\n", ""))
    assert (line, field, severity) == (1, "experiment.run_name", "warning")
    assert "UnnamedRun" in message
    assert one(WHOLE.replace("name: first", "name: ''"))[:2] == (2, "experiment.name")
    fields = [found.field for found in check("algorithm: {}\n")]
    assert fields == ["experiment", "simulator"]


def test_what_cannot_be_read_says_where() -> None:
    assert one("a: 1\nb: {\n")[0] == 3
    assert one("a: 1\na: 2\n")[:3] == (2, "", "error")
    (found,) = check('{\n "a": }', "a.json")
    assert (found.line, found.severity) == (2, "error")
    assert one("#" * 20_000)[2] == "error"


@pytest.mark.parametrize(
    "value, words",
    [
        ("1e-4", "as a text"),
        ("5E3", "as a text"),
        ("off", "truth value"),
        ("Yes", "truth value"),
        ("12:30:00", "base 60"),
    ],
)
def test_values_that_python_reads_otherwise(value: str, words: str) -> None:
    line, _, severity, message = one(f"a: 1\nrate: {value}\n")
    assert (line, severity) == (2, "warning")
    assert words in message
    assert check(f"rate: '{value}'\n") == []


@pytest.mark.parametrize(
    "value", ["1.0e-4", "true", "False", "12", "0x1f", "text", "e5", "1e", "~"]
)
def test_values_that_all_read_alike(value: str) -> None:
    assert check(f"rate: {value}\n") == []


def test_an_alias_is_told_of_once() -> None:
    assert len(check("a: &x [off]\nb: *x\nc: *x\n")) == 1


@given(st.text(max_size=200) | st.text(alphabet="{}[]:,-&*a1 \n'\"", max_size=80))
def test_every_text_can_be_checked(text: str) -> None:
    for name in ("a.yaml", "a.json"):
        for found in check(text, name):
            assert found.line >= 1
            assert found.message
