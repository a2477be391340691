"""Samples the machine and a run's processes once a second, to tell cause from effect."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import psutil

from benchwright.kit.threads import in_thread
from benchwright.metrics.device_telemetry import DeviceSampler
from benchwright.metrics.usage_telemetry import UsageReader, UsageSampler

if TYPE_CHECKING:
    from benchwright.metrics.live_run import LiveRun

log = logging.getLogger(__name__)

INTERVAL_S = 1.0
_DISCOVERY_INTERVAL_S = 5.0
"""Looking for new child processes reads every process of the machine, so it is done rarely."""

MAX_PROCESSES = 200

Sample = dict[str, float]


class HostSampler:
    """Figures of the whole machine since the last sample; the first one lacks rates.

    `host_cpu` is the share (0..1) of all processors that was busy, waiting for a disk not counted.
    """

    def __init__(self) -> None:
        self._cpu = _cpu_seconds()
        self._counters = _host_counters()
        self._at = time.monotonic()

    def sample(self) -> Sample:
        """One sample; bytes per second, bytes, shares."""
        now = time.monotonic()
        elapsed, self._at = now - self._at, now
        (busy_before, total_before), self._cpu = self._cpu, _cpu_seconds()
        busy, total = self._cpu
        result: Sample = {"host_memory_bytes": float(_memory_in_use())}
        if total > total_before:
            result["host_cpu"] = _clamp((busy - busy_before) / (total - total_before))
        before, self._counters = self._counters, _host_counters()
        if elapsed > 0:
            for name, value in self._counters.items():
                result[f"host_{name}_per_s"] = max(value - before.get(name, value), 0) / elapsed
        return result


class ProcessSampler:
    """Figures of processes and their descendants since the last sample.

    `process_cpu` is a share (0..1) of the processors that this server may use.
    """

    def __init__(self, process_ids: Iterable[int]) -> None:
        self._processors = _usable_processors()
        self._roots: dict[int, psutil.Process] = {}
        self._tree: dict[psutil.Process, Mapping[str, float]] = {}
        self._discovered_at = -_DISCOVERY_INTERVAL_S
        self._at = time.monotonic()
        self.watch(process_ids)

    def watch(self, process_ids: Iterable[int]) -> None:
        """Adds roots of process trees; unknown and ended ones are passed over."""
        for process_id in process_ids:
            if process_id not in self._roots:
                with contextlib.suppress(psutil.Error):
                    self._roots[process_id] = psutil.Process(process_id)
                    self._discovered_at = -_DISCOVERY_INTERVAL_S

    def sample(self) -> Sample:
        """One sample, empty once all processes have ended."""
        now = time.monotonic()
        elapsed, self._at = now - self._at, now
        if now - self._discovered_at >= _DISCOVERY_INTERVAL_S:
            self._discovered_at = now
            self._discover()
        sums: Sample = {}
        grown: Sample = {}
        count = 0
        for process, before in list(self._tree.items()):
            figures = _read_process(process)
            if figures is None:
                del self._tree[process]
                continue
            self._tree[process] = figures
            count += 1
            for name in ("memory_bytes", "threads"):
                sums[name] = sums.get(name, 0.0) + figures[name]
            for name in ("cpu_s", "read_bytes", "written_bytes"):
                if name in figures and name in before:
                    grown[name] = grown.get(name, 0.0) + max(figures[name] - before[name], 0.0)
        result = {f"process_{name}": value for name, value in sums.items()}
        if count:
            result["process_count"] = float(count)
        if elapsed > 0:
            for name, value in grown.items():
                if name == "cpu_s":
                    result["process_cpu"] = _clamp(value / elapsed / self._processors)
                else:
                    result[f"process_{name}_per_s"] = value / elapsed
        return result

    def _discover(self) -> None:
        for root in self._roots.values():
            with contextlib.suppress(psutil.Error):
                for process in [root, *root.children(recursive=True)][:MAX_PROCESSES]:
                    if process not in self._tree and len(self._tree) < MAX_PROCESSES:
                        # Its use so far happened before this sample and is not counted.
                        self._tree[process] = _read_process(process) or {}


class TelemetrySampler:
    """Adds a sample to a live run every second until it is stopped or the run is closed.

    `is_here` says that the workload runs on this machine, whose figures explain its own then;
    `read_report` tells what the workload itself has reported since it was last asked.
    """

    def __init__(
        self,
        live: LiveRun,
        process_ids: Iterable[int] = (),
        *,
        is_here: bool = True,
        read_report: Callable[[], Mapping[str, float]] | None = None,
    ) -> None:
        self._live = live
        self._host = HostSampler() if is_here else None
        self._devices = DeviceSampler() if is_here else None
        self._processes = ProcessSampler(process_ids)
        self._usage = UsageSampler()
        self._read_report = read_report
        self._task: asyncio.Task[None] | None = None

    def watch(self, process_ids: Iterable[int], read_usage: UsageReader | None = None) -> None:
        """Adds processes whose trees are sampled, or how else their use is read."""
        self._processes.watch(process_ids)
        self._usage.reader = read_usage

    def start(self) -> None:
        """Starts sampling on the running event loop."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="telemetry")

    async def stop(self) -> None:
        """Ends sampling; a sample that is being written is finished first."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._usage.stop()

    def take_sample(self) -> Sample:
        """Samples once and hands the figures to the run."""
        figures = {**self._usage.sample(), **self._processes.sample()}
        if self._host is not None and self._devices is not None:
            figures |= self._host.sample() | self._devices.sample()
        if self._read_report is not None:
            figures |= self._read_report()
        self._live.record_telemetry(figures, int(time.time() * 1000))
        return figures

    async def _run(self) -> None:
        due = time.monotonic()
        while not self._live.closed:
            due += INTERVAL_S
            # A machine that was too busy for us gets no burst of samples afterwards.
            due = max(due, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            self._usage.ask()
            try:
                await in_thread(self.take_sample)
            except (OSError, psutil.Error):
                log.warning("telemetry of run %s missed a sample", self._live.run_id)


def _read_process(process: psutil.Process) -> Sample | None:
    """What a process has used so far, or nothing once it has ended."""
    try:
        with process.oneshot():
            times = process.cpu_times()
            figures: Sample = {
                "cpu_s": times.user + times.system,
                "memory_bytes": float(process.memory_info().rss),
                "threads": float(process.num_threads()),
            }
            with contextlib.suppress(psutil.AccessDenied, AttributeError):
                io: Any = process.io_counters()
                figures["read_bytes"] = float(io.read_bytes)
                figures["written_bytes"] = float(io.write_bytes)
    except psutil.Error:
        return None
    return figures


def _cpu_seconds() -> tuple[float, float]:
    """Seconds that the processors were busy, and all seconds."""
    times: Any = psutil.cpu_times()
    # Guests are counted in `user` already.
    total = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _memory_in_use() -> int:
    memory = psutil.virtual_memory()
    return int(memory.total - memory.available)


def _host_counters() -> Sample:
    result: Sample = {}
    network: Any = psutil.net_io_counters(nowrap=False)
    if network is not None:
        result["network_sent_bytes"] = float(network.bytes_sent)
        result["network_received_bytes"] = float(network.bytes_recv)
    disk: Any = psutil.disk_io_counters(nowrap=False)
    if disk is not None:
        result["disk_read_bytes"] = float(disk.read_bytes)
        result["disk_written_bytes"] = float(disk.write_bytes)
    return result


def _usable_processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _clamp(share: float) -> float:
    return round(min(max(share, 0.0), 1.0), 4)
