from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.jobs.faults import parse_plan
from benchwright.jobs.matrix import (
    check_size,
    combinations,
    count_runs,
    run_name,
    run_tags,
    with_parameters,
)
from benchwright.jobs.plan import MAX_RUNS, JobPlan
from benchwright.kit.errors import Invalid
from benchwright.runs.tag_names import MAX_TAGS, clean_tags


def plan_of(**fields: Any) -> JobPlan:
    return parse_plan({"name": "fit", "command": ["true"], **fields})


def test_every_combination_in_the_order_of_the_plan() -> None:
    plan = plan_of(parameters={"a": 1}, matrix={"lr": [0.1, 0.2], "seed": [1, 2]})
    made = list(combinations(plan))
    assert count_runs(plan) == len(made) == 4
    assert made[1] == {"a": 1, "lr": 0.1, "seed": 2}
    assert [run_name(plan, one) for one in made][::3] == [
        "fit · lr=0.1 · seed=1", "fit · lr=0.2 · seed=2",
    ]  # fmt: skip
    assert run_tags(plan, made[0], ["night"]) == ["night", "lr=0.1", "seed=1"]


def test_without_a_matrix_there_is_one_run() -> None:
    plan = plan_of(parameters={"a": 1})
    assert list(combinations(plan)) == [{"a": 1}]
    assert run_name(plan, {"a": 1}) == "fit"
    assert run_tags(plan, {"a": 1}, []) == []


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.lists(
            st.one_of(st.booleans(), st.integers(-5, 5), st.floats(-1, 1), st.text(max_size=80)),
            min_size=1,
            max_size=4,
        ),
        max_size=4,
    )
)
def test_names_and_tags_can_always_be_stored(matrix: dict[str, list[Any]]) -> None:
    plan = JobPlan.model_validate({"name": "fit", "command": ["true"], "matrix": matrix})
    made = list(combinations(plan))
    assert len(made) == count_runs(plan)
    for one in made:
        assert len(run_name(plan, one)) <= 500
        tags = run_tags(plan, one, ["first"])
        assert clean_tags(tags) == tags
        assert len(tags) <= MAX_TAGS


def test_a_matrix_that_is_too_large() -> None:
    plan = plan_of(matrix={"a": list(range(100)), "b": list(range(MAX_RUNS // 100 + 1))})
    with pytest.raises(Invalid) as refused:
        check_size(plan)
    assert refused.value.errors[0]["field"] == "matrix"
    assert "1,100 runs" in refused.value.errors[0]["message"]


def test_other_values_for_a_start() -> None:
    plan = plan_of(parameters={"a": 1}, matrix={"lr": [0.1, 0.2]})
    other = with_parameters(plan, {"a": 2, "lr": 0.5})
    assert list(combinations(other)) == [{"a": 2, "lr": 0.5}]
    assert count_runs(with_parameters(plan, {"lr": [1, 2, 3]})) == 3
    with pytest.raises(Invalid) as refused:
        with_parameters(plan, {"x": 1})
    assert refused.value.errors == [
        {"field": "parameters.x", "message": "The plan has no such parameter; it has: a, lr"}
    ]
