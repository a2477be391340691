"""What Docker says of a container, and what is evidence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from benchwright.executors.docker.states import explain_start, read_inspection, read_time
from benchwright.executors.docker.usage import read_usage
from benchwright.executors.port import Phase

NEVER = "0001-01-01T00:00:00Z"
AT = "2026-11-26T18:41:14.123456789Z"


def shown(status: str, **state: Any) -> dict[str, Any]:
    return {
        "State": {"Status": status, "StartedAt": AT, "FinishedAt": NEVER, "ExitCode": 0, **state}
    }


def test_an_end_needs_its_time() -> None:
    assert read_inspection(shown("exited")).phase is Phase.RUNNING
    ended = read_inspection(shown("exited", FinishedAt=AT, ExitCode=3))
    assert (ended.phase, ended.exit_code, ended.detail) == (Phase.EXITED, 3, "")
    assert ended.ended_at == dt.datetime(2026, 11, 26, 18, 41, 14, 123456, dt.UTC)


def test_a_kill_by_the_kernel_is_told_from_one_by_somebody() -> None:
    end = {"FinishedAt": AT, "ExitCode": 137}
    inspection = {**shown("exited", OOMKilled=True, **end), "HostConfig": {"Memory": 16 * 1024**2}}
    assert "more than its limit of 16 MiB" in read_inspection(inspection).detail
    assert "killed (SIGKILL)" in read_inspection(shown("exited", **end)).detail


@pytest.mark.parametrize("status", ["paused", "restarting", "removing"])
def test_odd_states_still_run(status: str) -> None:
    seen = read_inspection(shown(status))
    assert seen.phase is Phase.RUNNING and seen.detail


def test_a_start_that_failed_is_an_end_with_its_reason() -> None:
    error = 'exec: "nope": executable file not found in $PATH: unknown'
    seen = read_inspection(shown("created", Error=error, ExitCode=127))
    assert (seen.phase, seen.exit_code) == (Phase.EXITED, 127)
    assert seen.detail.startswith("Its command was not found in the image")
    assert read_inspection(shown("created")).phase is Phase.CREATED


def test_reasons_are_told_apart() -> None:
    assert "GPUs" in explain_start('could not select device driver "" with capabilities: [[gpu]]')
    assert "network" in explain_start("network mine not found")
    assert "could not be executed" in explain_start("exec: permission denied: unknown")


@pytest.mark.parametrize("text", [NEVER, "", None, "soon", 3])
def test_no_time_is_none(text: Any) -> None:
    assert read_time(text) is None


def test_usage_of_both_versions_of_cgroups() -> None:
    cpu = {"cpu_usage": {"total_usage": 2_500_000_000}, "online_cpus": 8}
    first = {
        "cpu_stats": cpu,
        "memory_stats": {"usage": 100, "stats": {"total_inactive_file": 30}},
        "pids_stats": {"current": 4},
        "blkio_stats": {"io_service_bytes_recursive": [{"op": "Read", "value": 5}, {"op": "Write", "value": 7}]},
        "networks": {"eth0": {"rx_bytes": 1, "tx_bytes": 2}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}},
    }  # fmt: skip
    usage = read_usage(first)
    assert usage is not None
    assert (usage.cpu_s, usage.memory_bytes, usage.processors, usage.processes) == (2.5, 70, 8, 4)
    assert (usage.read_bytes, usage.written_bytes) == (5, 7)
    assert (usage.received_bytes, usage.sent_bytes) == (11, 22)
    second = {"cpu_stats": cpu, "memory_stats": {"usage": 100, "stats": {"inactive_file": 40}},
              "blkio_stats": {"io_service_bytes_recursive": None}}  # fmt: skip
    usage = read_usage(second, cpus=1.5)
    assert usage is not None
    assert (usage.memory_bytes, usage.processors) == (60, 2)
    assert (usage.read_bytes, usage.received_bytes, usage.processes) == (None, None, None)


def test_a_container_that_does_not_run_has_no_usage() -> None:
    assert read_usage({"cpu_stats": {"cpu_usage": {"total_usage": 0}}}) is None
    assert read_usage({}) is None
