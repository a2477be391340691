"""What a load test takes of the machine that carries it out."""

from __future__ import annotations

import datetime as dt
import functools
import platform
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import psutil

from benchwright.metrics.schemas import Column, Timeline

MEBIBYTE = 1024 * 1024


class Consumer(NamedTuple):
    """Whose use is sampled, and what its gauges begin with."""

    name: str
    kind: str
    prefix: str


CONSUMERS = (
    Consumer("k6", "load_generator", "process"),
    Consumer(platform.node(), "host", "host"),
)
"""Metric Vault showed the pods of the system under test, which Benchwright does not see."""


@functools.cache
def _machine() -> tuple[int, int]:
    """Processors and bytes of memory."""
    return psutil.cpu_count() or 1, psutil.virtual_memory().total


def resources_of(gauges: Mapping[str, float]) -> list[dict[str, Any]]:
    """The load generator and its machine at one moment, as far as they were sampled."""
    return [
        {
            **_who(consumer),
            **_use(gauges[f"{consumer.prefix}_cpu"], _memory(gauges, consumer)),
            **_specs(),
            "prediction_info": None,
        }
        for consumer in CONSUMERS
        if f"{consumer.prefix}_cpu" in gauges
    ]


def resources_over_time(timeline: Timeline) -> list[dict[str, Any]]:
    """The same for each step of a run; a step in which nothing was sampled is left out."""
    return [
        {
            **_who(consumer),
            **_specs(),
            "data": [
                {"timestamp": dt.datetime.fromtimestamp(at / 1000, dt.UTC), **_use(cpu, memory)}
                for at, cpu, memory in _samples(timeline, consumer)
            ],
        }
        for consumer in _sampled(timeline)
    ]


def resource_summary(timeline: Timeline) -> list[dict[str, Any]]:
    """Highest, lowest and average use over a whole run."""
    return [
        {**_who(consumer), **_specs(), **_extremes(list(_samples(timeline, consumer)))}
        for consumer in _sampled(timeline)
    ]


def _sampled(timeline: Timeline) -> Iterator[Consumer]:
    return (c for c in CONSUMERS if any(_samples(timeline, c)))


def _samples(timeline: Timeline, consumer: Consumer) -> Iterator[tuple[int, float, float]]:
    nothing: Column = [None] * len(timeline.times_ms)
    cpu = timeline.gauges.get(f"{consumer.prefix}_cpu", nothing)
    memory = timeline.gauges.get(f"{consumer.prefix}_memory_bytes", nothing)
    for at, share, size_bytes in zip(timeline.times_ms, cpu, memory, strict=True):
        if share is not None:
            yield at, share, size_bytes or 0.0


def _extremes(samples: list[tuple[int, float, float]]) -> dict[str, Any]:
    uses = [_use(cpu, memory) for _, cpu, memory in samples]
    return {
        group: {
            name: {
                "max": max(use[group][name] for use in uses),
                "min": min(use[group][name] for use in uses),
                "avg": round(sum(use[group][name] for use in uses) / len(uses), 2),
            }
            for name in uses[0][group]
        }
        for group in uses[0]
    }


def _memory(gauges: Mapping[str, float], consumer: Consumer) -> float:
    return gauges.get(f"{consumer.prefix}_memory_bytes", 0.0)


def _who(consumer: Consumer) -> dict[str, Any]:
    return {"pod_name": consumer.name, "service_type": consumer.kind}


def _use(cpu: float, memory_bytes: float) -> dict[str, dict[str, float]]:
    processors, total_bytes = _machine()
    return {
        "usage": {
            "cpu_percent": round(cpu * 100, 2),
            "memory_percent": round(memory_bytes / total_bytes * 100, 2),
        },
        "actual_usage": {
            "cpu_millicores": round(cpu * processors * 1000),
            "memory_mb": round(memory_bytes / MEBIBYTE, 1),
        },
    }


def _specs() -> dict[str, Any]:
    processors, total_bytes = _machine()
    return {
        "specs": {
            "cpu_millicores": processors * 1000,
            "memory_mb": round(total_bytes / MEBIBYTE, 1),
        }
    }
