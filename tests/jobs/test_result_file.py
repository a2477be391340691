from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.jobs import result_file
from benchwright.jobs.result_file import MAX_RESULTS, read_result, read_result_file


def numbers(value: Any) -> dict[tuple[str, str, str], float]:
    return {
        (r.benchmark, r.metric, r.stat): r.value
        for r in read_result(json.dumps(value).encode()).results
    }


@pytest.mark.parametrize(
    "value, expected",
    [
        ({}, {}),
        (3, {("", "value", "value"): 3}),
        ({"metrics": {"rmse": 0.1}}, {("", "metrics.rmse", "value"): 0.1}),
        ({"a": True, "b": None, "c": "1", "d": 2}, {("", "d", "value"): 2}),
        ({"a": [1, 2]}, {("", "a.0", "value"): 1, ("", "a.1", "value"): 2}),
        ({"a": [{"b": 1}, "x"]}, {("", "a.0.b", "value"): 1}),
        (
            {"Building_1": {"cost": 1.5, "none": None}, "District": {"cost": 2}},
            {("Building_1", "cost", "value"): 1.5, ("District", "cost", "value"): 2},
        ),
        (
            {"metrics": {"rmse": 1}, "timings": {"total_s": 2}},
            {("", "metrics.rmse", "value"): 1, ("", "timings.total_s", "value"): 2},
        ),
        (
            {"results": [{"benchmark": "b", "metric": "m", "stat": "p95", "value": 1}], "n": 2},
            {("b", "m", "p95"): 1, ("", "n", "value"): 2},
        ),
        ({"a.b": 1, "a": {"b": 2}}, {("", "a.b", "value"): 1}),
        ({"big": 10**400}, {}),
    ],
)
def test_numbers(value: Any, expected: dict[tuple[str, str, str], float]) -> None:
    assert numbers(value) == expected


def test_more_about_a_number() -> None:
    read = read_result(b'{"t": {"value": 3, "unit": "s", "better": "lower"}, "x": {"value": 1}}')
    first, second = read.results
    assert (first.metric, first.value, first.unit, first.better) == ("t", 3, "s", "lower")
    assert (second.metric, second.unit, second.better) == ("x.value", "", "none")


def test_a_long_list_is_summed_up() -> None:
    assert numbers({"loss": list(range(100))}) == {
        ("", "loss", "count"): 100, ("", "loss", "min"): 0, ("", "loss", "max"): 99,
        ("", "loss", "mean"): 49.5,
    }  # fmt: skip


def test_no_number_is_left_out_and_told() -> None:
    read = read_result(b'{"a": NaN, "b": 1, "c": -Infinity}')
    assert [r.metric for r in read.results] == ["b"]
    assert read.warnings == ["2 values are not a number (NaN, Infinity) in result.json."]


def test_there_is_an_end() -> None:
    read = read_result(json.dumps({f"n{i}": i for i in range(MAX_RESULTS + 1)}).encode())
    assert len(read.results) == MAX_RESULTS
    assert "more than 5,000" in read.warnings[0]


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": 1,}', b"\xff\xfe\x00", b"[" * 100_000])
def test_what_cannot_be_read_is_a_warning(data: bytes) -> None:
    read = read_result(data)
    assert read.results == []
    assert read.warnings[0].startswith("result.json cannot be read.")


def test_files_that_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_result_file(tmp_path) == result_file.ResultFile()
    path = tmp_path / "result.json"
    path.symlink_to("/etc/hostname")
    assert "is a link" in read_result_file(tmp_path).warnings[0]
    path.unlink()
    path.mkdir()
    assert "cannot be read" in read_result_file(tmp_path).warnings[0]
    path.rmdir()
    path.write_text("[1]")
    monkeypatch.setattr(result_file, "MAX_BYTES", 2)
    assert "larger than" in read_result_file(tmp_path).warnings[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=20)
        | st.dictionaries(
            st.sampled_from(["value", "unit", "better", "results", "metric", "a", "status"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=30,
)


@given(JSON)
def test_any_json_is_read(value: Any) -> None:
    read = read_result(json.dumps(value).encode())
    keys = [(r.benchmark, r.metric, r.stat) for r in read.results]
    assert len(keys) == len(set(keys))
    assert all(math.isfinite(r.value) and r.metric for r in read.results)
