"""Local workloads under the shim: real processes, real signals."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchwright.executors.log_times import read_times
from benchwright.executors.port import Handle, LaunchSpec, Observation, Phase
from benchwright.executors.process import ProcessExecutor


class Bench:
    """One workload from launch to end."""

    def __init__(self, tmp_path: Path) -> None:
        self.executor = ProcessExecutor(tmp_path / "processes")
        self.folder = tmp_path / "run"
        self.folder.mkdir()
        self.handle: Handle = {}

    @property
    def log(self) -> bytes:
        path = self.folder / "run.log"
        return path.read_bytes() if path.exists() else b""

    def launch(
        self, code: str, *, secrets: tuple[str, ...] = (), max_log_bytes: int = 10**6
    ) -> None:
        spec = LaunchSpec(
            name="bw-test-1",
            command=[sys.executable, "-u", "-c", code],
            folder=self.folder,
            log_path=self.folder / "run.log",
            environment={"PATH": os.environ["PATH"], "TOKEN": "s3cr3t-value"},
            secrets=secrets,
            max_log_bytes=max_log_bytes,
        )
        self.spec = spec

        async def go() -> Handle:
            handle = await self.executor.create(spec)
            await self.executor.start(handle, spec)
            return handle

        self.handle = asyncio.run(go())

    def observe(self) -> Observation:
        return asyncio.run(self.executor.observe(self.handle))

    def stop(self, grace_s: float) -> None:
        asyncio.run(self.executor.stop(self.handle, grace_s))

    def await_phase(self, phase: Phase, patience_s: float = 60.0) -> Observation:
        deadline = time.monotonic() + patience_s
        while (seen := self.observe()).phase is not phase:
            assert time.monotonic() < deadline, f"still {seen}"
            time.sleep(0.02)
        return seen

    def meta_pid(self, who: str) -> int:
        path = self.executor._root / "bw-test-1" / "meta.json"
        while not path.exists():
            time.sleep(0.01)
        meta = json.loads(path.read_text())
        return int(meta[who]["pid"])


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_exit_code_and_output_are_kept(bench: Bench) -> None:
    bench.launch("import sys; print('hello'); print('oops', file=sys.stderr); sys.exit(7)")
    seen = bench.await_phase(Phase.EXITED)
    assert seen.exit_code == 7
    assert seen.started_at is not None and seen.ended_at is not None
    assert sorted(bench.log.split()) == [b"hello", b"oops"]


def test_a_second_start_changes_nothing(bench: Bench) -> None:
    bench.launch("open('count', 'a').write('x'); import time; time.sleep(0.5)")
    asyncio.run(bench.executor.start(bench.handle, bench.spec))
    bench.await_phase(Phase.EXITED)
    assert (bench.folder / "count").read_text() == "x"


def test_a_graceful_stop_sends_one_sigterm(bench: Bench) -> None:
    bench.launch(
        "import signal, sys, time\n"
        "ends = [time.monotonic() + 60]\n"
        "def end_soon(*_):\n"
        "    print('asked', flush=True)\n"
        "    ends.append(time.monotonic() + 1)\n"
        "signal.signal(signal.SIGTERM, end_soon)\n"
        "print('ready', flush=True)\n"
        "while time.monotonic() < ends[-1]: time.sleep(0.05)\n"
        "sys.exit(105)"
    )
    while b"ready" not in bench.log:
        time.sleep(0.02)
    bench.stop(20)
    bench.stop(20)
    seen = bench.await_phase(Phase.EXITED)
    assert seen.exit_code == 105
    assert bench.log.count(b"asked") == 1


def test_the_grace_ends_in_a_kill_of_the_whole_group(bench: Bench) -> None:
    bench.launch(
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    while not bench.log.strip():
        time.sleep(0.02)
    grandchild = psutil.Process(int(bench.log))
    bench.stop(0.3)
    assert bench.await_phase(Phase.EXITED).exit_code == 128 + signal.SIGKILL
    grandchild.wait(30) if grandchild.is_running() else None
    assert not grandchild.is_running()


def test_a_program_that_is_not_there_ends_with_127(bench: Bench) -> None:
    spec = LaunchSpec("bw-test-1", ["/nowhere/k6"], bench.folder, bench.folder / "run.log")

    async def go() -> None:
        bench.handle = await bench.executor.create(spec)
        await bench.executor.start(bench.handle, spec)

    asyncio.run(go())
    assert bench.await_phase(Phase.EXITED).exit_code == 127
    assert b"could not be started" in bench.log


def test_secrets_do_not_reach_the_log(bench: Bench) -> None:
    bench.launch("import os; print('token is', os.environ['TOKEN'])", secrets=("s3cr3t-value",))
    bench.await_phase(Phase.EXITED)
    assert b"token is" in bench.log
    assert b"s3cr3t" not in bench.log


def test_the_supervisor_holds_no_secret_of_the_server(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    bench.launch("import time; time.sleep(30)")
    environment = psutil.Process(bench.meta_pid("shim")).environ()
    assert "PATH" in environment
    assert not {"DATABASE_URL", "TOKEN"} & environment.keys()
    bench.stop(0)
    bench.await_phase(Phase.EXITED)


def test_the_environment_is_allow_listed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    bench.launch("import os; print(sorted(os.environ))")
    bench.await_phase(Phase.EXITED)
    assert b"DATABASE_URL" not in bench.log
    assert b"TOKEN" in bench.log


def test_the_log_keeps_head_and_tail(bench: Bench) -> None:
    bench.launch(
        "import sys\nfor i in range(20000): sys.stdout.write(f'line {i}\\n')",
        max_log_bytes=8192,
    )
    bench.await_phase(Phase.EXITED)
    assert bench.log.startswith(b"line 0\n")
    assert bench.log.endswith(b"line 19999\n")
    assert b"bytes of log were dropped" in bench.log
    assert len(bench.log) < 8192 + 200
    assert len(read_times(bench.folder / "run.log", 1, 20_000)) == len(bench.log.splitlines())


def test_each_line_has_the_time_at_which_it_was_read(bench: Bench) -> None:
    bench.launch("import time; print('a'); print('b'); time.sleep(0.5); print('c', end='')")
    bench.await_phase(Phase.EXITED)
    first, second, last = read_times(bench.folder / "run.log", 1, 10)
    assert last.time_ns - second.time_ns > 300_000_000
    assert abs(first.time_ns - time.time_ns()) < 120_000_000_000
    assert {t.stream for t in (first, second, last)} == {0}


def test_a_killed_child_without_evidence_is_absent(bench: Bench) -> None:
    bench.launch("import time; time.sleep(60)")
    os.kill(bench.meta_pid("shim"), signal.SIGKILL)
    seen = bench.await_phase(Phase.RUNNING)
    assert "supervisor" in seen.detail or seen.detail == ""
    os.kill(bench.meta_pid("child"), signal.SIGKILL)
    assert bench.await_phase(Phase.ABSENT).exit_code is None


def test_without_its_shim_a_child_is_still_stopped(bench: Bench) -> None:
    bench.launch("import time; time.sleep(60)")
    shim = psutil.Process(bench.meta_pid("shim"))
    shim.kill()
    shim.wait(30)
    bench.stop(0.2)
    bench.await_phase(Phase.ABSENT)


def test_remove_forgets(bench: Bench) -> None:
    bench.launch("pass")
    bench.await_phase(Phase.EXITED)
    assert asyncio.run(bench.executor.list_handles()) == [bench.handle]
    asyncio.run(bench.executor.remove(bench.handle))
    assert asyncio.run(bench.executor.list_handles()) == []
    assert bench.observe().phase is Phase.ABSENT
