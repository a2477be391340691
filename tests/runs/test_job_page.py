from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from benchwright.runs.job_page import MAX_COMMAND, job_head, machine_charts, waiting_words
from benchwright.runs.models import Run
from benchwright.runs.state import RunState


def test_the_head_says_what_was_run() -> None:
    head = job_head(
        {"image": "busybox:test", "command": ["sh", "-c", "echo a b"],
         "parameters": {"lr": 0.1, "on": True}}
    )  # fmt: skip
    assert head.image == "busybox:test"
    assert head.command == "sh -c 'echo a b'"
    assert head.parameters == [("lr", "0.1"), ("on", "true")]


@given(
    st.dictionaries(
        st.sampled_from(["image", "command", "parameters"]),
        st.none() | st.integers() | st.text() | st.lists(st.integers() | st.text())
        | st.dictionaries(st.text(), st.none() | st.lists(st.integers())),
    )
)  # fmt: skip
def test_the_plan_of_another_version_breaks_nothing(spec: dict[str, Any]) -> None:
    head = job_head(spec)
    assert len(head.command) <= MAX_COMMAND


def test_of_machines_elsewhere_no_disks_are_drawn() -> None:
    here = {kind for kind, _ in machine_charts("docker:local")}
    there = {kind for kind, _ in machine_charts("docker:node-2")}
    assert here - there == {"device_busy", "device_wait", "device_operations"}


def test_a_run_that_waits_says_for_what() -> None:
    assert waiting_words(Run(state=RunState.RUNNING, reason="")) is None
    assert waiting_words(Run(state=RunState.LAUNCHING, reason="Pulling busybox: 40 %")) == (
        "Being launched", "Pulling busybox: 40 %",
    )  # fmt: skip
    queued = waiting_words(Run(state=RunState.QUEUED, reason=""))
    assert queued is not None and "place" in queued[1]
