"""What each disk of this machine does, as `iostat` tells it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

MAX_DEVICES = 8
_LEFT_OUT = re.compile(r"(?:loop|ram|zram|sr|fd)\d+")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_BLOCK_DEVICES = Path("/sys/block")

Counters = Mapping[str, Any]


def read_counters() -> Counters:
    """The counters of each block device since the start of the machine."""
    found: Counters = psutil.disk_io_counters(perdisk=True, nowrap=False)
    return found or {}


def choose_devices(counters: Counters, is_whole: Callable[[str], bool]) -> list[str]:
    """The devices that did most so far: no partitions, and nothing that lives in memory."""
    found = [
        name
        for name in counters
        if _NAME.fullmatch(name) and not _LEFT_OUT.fullmatch(name) and is_whole(name)
    ]
    found.sort(key=lambda name: (-counters[name].read_bytes - counters[name].write_bytes, name))
    return sorted(found[:MAX_DEVICES])


def is_whole_device(name: str) -> bool:
    """Whether it is no partition of another; off Linux nobody can tell."""
    return not _BLOCK_DEVICES.is_dir() or (_BLOCK_DEVICES / name).exists()


class DeviceSampler:
    """How busy each disk was since the last sample; which disks, is decided at the beginning."""

    def __init__(self, read: Callable[[], Counters] = read_counters) -> None:
        self._read = read
        self._counters = read()
        self._devices = choose_devices(self._counters, is_whole_device)
        self._at = time.monotonic()

    def sample(self) -> dict[str, float]:
        """Shares of time (0..1), operations per second, and the mean wait of one in ms."""
        now = time.monotonic()
        elapsed_s, self._at = now - self._at, now
        before, self._counters = self._counters, self._read()
        result: dict[str, float] = {}
        for device in self._devices:
            if device in before and device in self._counters and elapsed_s > 0:
                figures = device_figures(before[device], self._counters[device], elapsed_s)
                result |= {f"host_device_{name}:{device}": v for name, v in figures.items()}
        return result


def device_figures(before: Any, after: Any, elapsed_s: float) -> dict[str, float]:
    """The figures of one device between two looks at its counters."""
    reads = max(after.read_count - before.read_count, 0)
    writes = max(after.write_count - before.write_count, 0)
    waited_ms = max(after.read_time - before.read_time, 0) + max(
        after.write_time - before.write_time, 0
    )
    figures = {
        "reads_per_s": reads / elapsed_s,
        "writes_per_s": writes / elapsed_s,
        # Of nothing there is no mean: like `iostat`, it says that nothing waited.
        "wait_ms": waited_ms / (reads + writes) if reads + writes else 0.0,
    }
    if hasattr(after, "busy_time"):
        busy_ms = max(after.busy_time - before.busy_time, 0)
        figures["busy"] = round(min(busy_ms / 1000 / elapsed_s, 1.0), 4)
    return figures
