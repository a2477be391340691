"""What a load test takes of the machine that carries it out."""

from __future__ import annotations

import functools
import platform
from collections.abc import Mapping
from typing import Any

import psutil

MEBIBYTE = 1024 * 1024


@functools.cache
def _machine() -> tuple[int, int]:
    """Processors and bytes of memory."""
    return psutil.cpu_count() or 1, psutil.virtual_memory().total


def resources_of(gauges: Mapping[str, float]) -> list[dict[str, Any]]:
    """The load generator and its machine, as far as they were sampled.

    Metric Vault showed the pods of the system under test there, which Benchwright does not see.
    """
    return [
        _resource(name, kind, gauges[f"{prefix}_cpu"], gauges.get(f"{prefix}_memory_bytes", 0.0))
        for name, kind, prefix in (
            ("k6", "load_generator", "process"),
            (platform.node(), "host", "host"),
        )
        if f"{prefix}_cpu" in gauges
    ]


def _resource(name: str, kind: str, cpu: float, memory_bytes: float) -> dict[str, Any]:
    processors, total_bytes = _machine()
    return {
        "pod_name": name,
        "service_type": kind,
        "usage": {
            "cpu_percent": round(cpu * 100, 2),
            "memory_percent": round(memory_bytes / total_bytes * 100, 2),
        },
        "actual_usage": {
            "cpu_millicores": round(cpu * processors * 1000),
            "memory_mb": round(memory_bytes / MEBIBYTE, 1),
        },
        "specs": {
            "cpu_millicores": processors * 1000,
            "memory_mb": round(total_bytes / MEBIBYTE, 1),
        },
        "prediction_info": None,
    }
