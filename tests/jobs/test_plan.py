from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.jobs.faults import dump_plan, parse_plan
from benchwright.jobs.plan_yaml import write_plan
from benchwright.kit.errors import Invalid
from benchwright.kit.yaml import load_yaml

SMALL: dict[str, Any] = {"name": "a", "command": ["true"]}
IN_CONTAINER: dict[str, Any] = {"name": "a", "image": "busybox"}


def faults(**fields: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        parse_plan({**SMALL, **fields})
    return {error["field"]: error["message"] for error in refused.value.errors}


@pytest.mark.parametrize(
    "fields, field, message",
    [
        ({"name": " "}, "name", "This is needed"),
        ({"nam": 1}, "nam", "no such field"),
        ({"command": []}, "command", "Say what to run"),
        ({"command": "a 'b"}, "command", "cannot be split into words"),
        ({"command": 5}, "command", "Give words"),
        ({"command": ["a\0"]}, "command", "NUL"),
        ({"command": ["x" * 30_000] * 5}, "command", "128 KiB"),
        ({"image": "UPPER case"}, "image", "name of an image"),
        ({"image": "-x"}, "image", "name of an image"),
        ({"user": "me"}, "user", "Only a container takes this"),
        ({"labels": {"gpu": "yes"}}, "labels", "Only a container takes this"),
        ({"host": "box"}, "host", "runs on this machine"),
        ({"environment": {"1A": "x"}}, "environment.1A", "no digit first"),
        ({"environment": {"BENCHWRIGHT_X": "x"}}, "environment", "given already"),
        ({"environment": {"A": "x" * 32_768} | {f"B{i}": "y" * 30_000 for i in range(4)}},
         "environment", "128 KiB"),
        ({"environment": {"A": "x"}, "secrets": {"A": "S"}}, "secrets.A", "in `environment` too"),
        ({"config": {}}, "config", "Give either `stored`"),
        ({"config": {"stored": "a.yaml", "inline": {}}}, "config", "Give either `stored`"),
        ({"inputs": [{"name": "../x", "text": ""}]}, "inputs.0.name", "Use letters"),
        ({"inputs": [{"name": "config.yaml", "text": ""}]}, "inputs.0.name", "config itself"),
        ({"inputs": [{"name": "a", "text": ""}] * 2}, "inputs", "same name"),
        ({"timeout_s": 0}, "timeout_s", "more than 0"),
        ({"timeout_s": float("inf")}, "timeout_s", ""),
        ({"timeout_s": 1, "planned_duration_s": 2}, "timeout_s", "shorter"),
        ({"success_exit_codes": [256]}, "success_exit_codes.0", "255 or less"),
        ({"parameters": {"a": [1]}}, "parameters.a", "Give a text"),
        ({"parameters": {"a": float("nan")}}, "parameters.a", "Give a text"),
        ({"parameters": {"a": 1}, "matrix": {"a": [1]}}, "matrix.a", "`parameters` too"),
        ({"parameters": {"a": 1}, "matrix": {"A": [1]}}, "matrix.A", "but for its case"),
        ({"matrix": {"a": []}}, "matrix.a", ""),
        ({"matrix": {"a": 1}}, "matrix.a", "list of values"),
    ],
)  # fmt: skip
def test_faults_stand_at_their_fields(fields: dict[str, Any], field: str, message: str) -> None:
    found = faults(**fields)
    assert set(found) == {field}
    assert message in found[field]


@pytest.mark.parametrize(
    "mount",
    [
        {"source": "/srv/../etc", "target": "/x"},
        {"source": "srv", "target": "/x"},
        {"source": "/srv", "target": "/./x"},
    ],
)
def test_paths_of_mounts(mount: dict[str, str]) -> None:
    assert any(field.startswith("mounts.0") for field in faults(**IN_CONTAINER, mounts=[mount]))


def test_what_people_write_shortly() -> None:
    plan = parse_plan(
        {
            "name": " a ", "command": "python -m x 'two words' ${{ a }}", "config": "a.yaml",
            "environment": {"A": 1, "B": True, "C": 0.5}, "parameters": {"a": 1},
        }
    )  # fmt: skip
    assert plan.name == "a"
    assert plan.command == ["python", "-m", "x", "two words", "${{a}}"]
    assert plan.config is not None
    assert plan.config.stored == "a.yaml"
    assert plan.environment == {"A": "1", "B": "true", "C": "0.5"}


def test_parameters_keep_their_types() -> None:
    values: list[Any] = [True, 1, 1.0, "1", "true"]
    plan = parse_plan({**SMALL, "matrix": {"a": values}})
    assert [(type(v), v) for v in plan.matrix["a"]] == [(type(v), v) for v in values]


PLANS = st.fixed_dictionaries(
    {"name": st.from_regex(r"[a-zA-Z][a-z A-Z]{0,20}[a-z]", fullmatch=True)},
    optional={
        "image": st.sampled_from(["busybox", "ghcr.io/a/b:1.2"]),
        "command": st.lists(st.text(max_size=20), min_size=1, max_size=3),
        "environment": st.dictionaries(st.sampled_from("ABC"), st.text(max_size=9), max_size=3),
        "parameters": st.dictionaries(
            st.sampled_from("ab"), st.booleans() | st.integers() | st.text(max_size=9), max_size=2
        ),
        "matrix": st.dictionaries(
            st.sampled_from("cd"), st.lists(st.integers(), min_size=1, max_size=3), max_size=2
        ),
        "config": st.just({"inline": {}}) | st.just({"inline": {"a": [1, None]}}),
        "success_exit_codes": st.just([0, 1]),
        "note": st.text(max_size=20),
    },
)


@given(PLANS)
def test_a_plan_survives_being_written_as_text(data: dict[str, Any]) -> None:
    try:
        plan = parse_plan(data)
    except Invalid:
        return
    dumped = dump_plan(plan)
    assert parse_plan(dumped) == plan
    assert parse_plan(load_yaml(write_plan(dumped))) == plan


def test_a_plan_reads_as_people_write_it() -> None:
    script = 'echo "a"\nfor x in 1 2; do\n  echo $x\ndone\n'
    plan = {"name": "a", "command": ["sh", "-c", script], "matrix": {"lr": [0.1, 0.01]}}
    assert write_plan(plan) == (
        "name: a\ncommand:\n- sh\n- -c\n- |\n"
        '  echo "a"\n  for x in 1 2; do\n    echo $x\n  done\n'
        "matrix:\n  lr: [0.1, 0.01]\n"
    )
