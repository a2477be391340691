from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.jobs.faults import dump_plan, parse_plan
from benchwright.jobs.plan_form import FormProblem, merge, texts_of
from benchwright.jobs.typed_values import read_values
from benchwright.kit.errors import Invalid
from tests.jobs.test_plan import PLANS

WHOLE: dict[str, Any] = {
    "name": "a", "image": "busybox", "command": ["sh", "-c", "echo 'a b'"], "host": "box",
    "labels": {"gpu": "yes"}, "environment": {"A": "1"}, "secrets": {"S": "S", "T": "U"},
    "config": {"inline": {"x": [1, {"y": None}]}}, "datasets": ["one", "two"], "tags": ["night"],
    "parameters": {"lr": 0.1, "name": "a, b", "on": True, "text": "1"},
    "matrix": {"seed": [1, 2], "who": ["me", "you, too", "true"]},
    "resources": {"cpus": 1.5, "memory_mib": 512, "gpus": "all", "shm_mib": 64},
    "timeout_s": 5400, "planned_duration_s": 1.5, "note": "a note",
    "mounts": [{"source": "/srv", "target": "/x"}], "entrypoint": ["sh"],
}  # fmt: skip


def test_what_the_fields_say() -> None:
    texts = texts_of(WHOLE)
    assert texts["place"] == "container"
    assert texts["command"] == """sh -c 'echo '"'"'a b'"'"''"""
    assert texts["secrets"] == "S\nT=U"
    assert texts["parameters"] == 'lr: 0.1\nname: "a, b"\non: true\ntext: "1"'
    assert texts["matrix"] == 'seed: 1, 2\nwho: me, "you, too", "true"'
    assert (texts["timeout_s"], texts["planned_duration_s"]) == ("1h30m", "1.5s")
    assert (texts["config"], texts["config_inline"]) == ("inline", "x:\n- 1\n- y: null\n")


def test_unchanged_fields_change_nothing() -> None:
    assert merge(WHOLE, texts_of(WHOLE)) == WHOLE


@given(PLANS)
def test_any_plan_stays_as_it_is(data: dict[str, Any]) -> None:
    try:
        plan = dump_plan(parse_plan(data))
    except Invalid:
        return
    assert merge(plan, texts_of(plan)) == plan


@given(
    st.dictionaries(
        st.sampled_from(
            ["name", "command", "config", "matrix", "environment", "timeout_s", "resources"]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=4), inner, max_size=3)
            ),
            max_leaves=6,
        ),
    )
)
def test_plans_of_any_shape_have_texts(data: dict[str, Any]) -> None:
    assert all(isinstance(text, str) for text in texts_of(data).values())


def test_texts_of_spaces_are_left_alone() -> None:
    plan = {"name": "a", "command": ["true"], "note": " "}
    assert merge(plan, texts_of(plan)) == plan


def test_what_is_written_is_read() -> None:
    texts = {
        **texts_of(WHOLE),
        "name": "b",
        "command": "python -m x ${{ lr }}",
        "matrix": "seed: [3]\nlr2: 1, two, 3.5",
        "environment": "A=1\r\nB= x=y \r\n\r\n",
        "config": "stored",
        "config_stored": "a.yaml",
        "timeout_s": "90",
        "gpus": "2",
        "labels": "",
    }
    merged = merge(WHOLE, texts)
    assert merged["command"] == ["python", "-m", "x", "${{lr}}"]
    assert merged["matrix"] == {"seed": [3], "lr2": [1, "two", 3.5]}
    assert merged["environment"] == {"A": "1", "B": "x=y"}
    assert merged["config"] == {"stored": "a.yaml"}
    assert merged["timeout_s"] == 90
    assert merged["resources"] == {"cpus": 1.5, "memory_mib": 512, "gpus": 2, "shm_mib": 64}
    assert "labels" not in merged
    # What the form has no field for stays.
    assert merged["mounts"] == WHOLE["mounts"]


def test_a_command_keeps_nothing_of_a_container_that_the_form_shows() -> None:
    merged = merge(WHOLE, {**texts_of(WHOLE), "place": "process"})
    assert not {"image", "host", "labels"} & set(merged)
    assert merged["resources"] == {"shm_mib": 64}


@pytest.mark.parametrize(
    "name, text, field",
    [
        ("command", "a 'b", "command"),
        ("environment", "no mark", "environment"),
        ("matrix", "seed 1", "matrix"),
        ("matrix", "seed: [1", "matrix"),
        ("parameters", "a: {", "parameters"),
        ("timeout_s", "soon", "timeout_s"),
        ("cpus", "many", "resources.cpus"),
        ("memory_mib", "1e999", "resources.memory_mib"),
        ("config_inline", "- 1", "config.inline"),
        ("config_inline", "a: [", "config.inline"),
    ],
)
def test_what_cannot_be_read(name: str, text: str, field: str) -> None:
    with pytest.raises(FormProblem) as refused:
        merge(WHOLE, {**texts_of(WHOLE), name: text})
    assert [error["field"] for error in refused.value.errors] == [field]


def test_other_values_for_a_start() -> None:
    plan = {"parameters": {"a": 1, "b": "x"}, "matrix": {"c": [1, 2]}}
    assert read_values(plan, {"p.a": "1", "p.b": "x", "p.c": "1, 2"}) == {}
    assert read_values(plan, {"p.a": "2, 3", "p.c": "5", "p.other": "1"}) == {"a": [2, 3], "c": 5}
    for bad in ("", "[1", "{a: 1}"):
        with pytest.raises(Invalid) as refused:
            read_values(plan, {"p.a": bad})
        assert refused.value.errors[0]["field"] == "parameters.a"
