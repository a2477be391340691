"""What a container used, from Docker's statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from benchwright.executors.port import Usage


def read_usage(stats: Mapping[str, Any], cpus: float | None = None) -> Usage | None:
    """None where Docker has no figures: of a container that does not run, or not on Linux."""
    cpu = stats.get("cpu_stats") or {}
    used_ns = (cpu.get("cpu_usage") or {}).get("total_usage")
    if not used_ns:
        return None
    memory = stats.get("memory_stats") or {}
    inner = memory.get("stats") or {}
    # Pages of files that can be given back at once are no need: as `docker stats` counts.
    cached = inner.get("total_inactive_file", inner.get("inactive_file", 0)) or 0
    held = max(0, int(memory.get("usage") or 0) - int(cached))
    processors = int(cpu.get("online_cpus") or 0) or len(
        (cpu.get("cpu_usage") or {}).get("percpu_usage") or [0]
    )
    if cpus is not None:
        processors = max(1, min(processors, round(cpus)))
    networks = stats.get("networks")
    return Usage(
        cpu_s=int(used_ns) / 1e9,
        memory_bytes=float(held),
        processors=processors,
        processes=_number((stats.get("pids_stats") or {}).get("current")),
        read_bytes=_sum_io(stats, "read"),
        written_bytes=_sum_io(stats, "write"),
        received_bytes=_sum_net(networks, "rx_bytes"),
        sent_bytes=_sum_net(networks, "tx_bytes"),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _sum_io(stats: Mapping[str, Any], what: str) -> float | None:
    entries = (stats.get("blkio_stats") or {}).get("io_service_bytes_recursive")
    if entries is None:
        return None
    return _total(e.get("value") for e in entries if str(e.get("op", "")).lower() == what)


def _sum_net(networks: Any, what: str) -> float | None:
    if not isinstance(networks, dict) or not networks:
        return None
    return _total(one.get(what) for one in networks.values())


def _total(values: Iterable[Any]) -> float:
    return float(sum(int(value or 0) for value in values))
