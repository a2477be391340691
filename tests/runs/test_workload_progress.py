from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.runs.workload_progress import (
    MAX_BYTES,
    MAX_ITEMS,
    MAX_NAME,
    MAX_NUMBERS,
    MAX_STAGE,
    read_progress,
)

KEYS = st.sampled_from(
    ["percent", "stage", "episode", "total_episodes", "step", "total_steps", "global_step",
     "rewards", "loss", "", "a b", "\x00", "x" * 500]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=99), inner),
    max_leaves=40,
)


def told(**report: Any) -> Any:
    found = read_progress(json.dumps(report).encode())
    assert found is not None
    return found


@pytest.mark.parametrize(
    "report, share",
    [
        ({"percent": 45, "stage": "training"}, 0.45),
        ({"percent": "45 %"}, 0.45),
        ({"percent": "soon"}, None),
        ({"percent": 250}, 1.0),
        ({"percent": -3}, 0.0),
        ({"percent": True}, None),
        ({"percent": 0}, 0.0),
        ({"episode": 2, "step": 5, "global_step": 17}, None),
        ({"episode": 2, "total_episodes": 10}, 0.2),
        ({"episode": 2, "episodes": 10, "step": 50, "total_steps": 100}, 0.25),
        ({"global_step": 30, "total_steps": 120}, 0.25),
        ({"step": 30, "total_steps": 120}, 0.25),
        ({"step": 30, "total_steps": 0}, None),
        ({"total_episodes": 10}, None),
        ({"percent": 10, "episode": 9, "total_episodes": 10}, 0.1),
        ({}, None),
    ],
)  # fmt: skip
def test_the_share_that_is_done(report: dict[str, Any], share: float | None) -> None:
    found = told(**report).share
    assert found == (share if share is None else pytest.approx(share))


def test_what_a_simulator_writes_is_told_in_words_and_numbers() -> None:
    found = told(
        episode=2, total_episodes=10, step=500, total_steps=8760, global_step=18_020,
        timestamp="2026-11-26T12:00:00Z", rewards=[-1.5, 2], metrics={"loss": 0.25}, done=False,
    )  # fmt: skip
    assert found.facts == ("episode 3 of 10", "step 500 of 8,760", "18,020 steps in all")
    assert found.numbers == {
        "episode": 2, "step": 500, "global_step": 18_020, "rewards:1": -1.5, "rewards:2": 2,
        "metrics.loss": 0.25,
    }  # fmt: skip
    assert told(episode=3).facts == ("episode 3",)
    assert told(episode=10, total_episodes=10).facts == ("episode 10 of 10",)


def test_stages_are_short_and_printable() -> None:
    assert told(stage="  train\ning\x00 now ").stage == "train ing now"
    assert len(told(stage="x" * 5000).stage) == MAX_STAGE
    assert told(stage=7, phase="evaluation").stage == "evaluation"


@pytest.mark.parametrize(
    "content",
    [b"", b'{"percent": 4', b"[1]", b"45", b"\xff", b'{"percent": NaN}', b"[" * 60_000,
     b'{"a": ' * 9000, b"{" + b" " * MAX_BYTES + b"}", b'{"n": ' + b"9" * 60_000 + b"}"],
)  # fmt: skip
def test_what_is_no_report_is_passed_over(content: bytes) -> None:
    assert read_progress(content) is None


def test_numbers_that_no_float_can_hold_are_left_out() -> None:
    found = read_progress(b'{"a": 1e999, "b": ' + b"9" * 400 + b', "c": 1, "step": 1e308}')
    assert found is not None and found.numbers == {"c": 1, "step": 1e308}


@given(st.dictionaries(KEYS, JSON) | JSON)
def test_no_report_leads_to_nonsense(report: Any) -> None:
    try:
        content = json.dumps(report).encode()
    except ValueError:
        return
    found = read_progress(content)
    if found is None:
        return
    assert found.share is None or 0 <= found.share <= 1
    assert len(found.stage) <= MAX_STAGE and (not found.stage or found.stage.isprintable())
    assert len(found.numbers) <= MAX_NUMBERS
    assert all(math.isfinite(value) for value in found.numbers.values())
    assert all(len(name) <= MAX_NAME + len(f":{MAX_ITEMS}") for name in found.numbers)
    assert all(len(fact) < 100 for fact in found.facts)


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes) -> None:
    read_progress(content)
