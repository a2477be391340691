"""Asking k6 whether a script is valid and how long it will take, without running it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

from benchwright.kit.errors import Invalid
from benchwright.loadtests.k6 import K6Program, quiet_environment

INSPECT_TIMEOUT_S = 30.0
MAX_OUTPUT_BYTES = 8 * 1024 * 1024
MAX_MESSAGE = 2000

_GO_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)")
_UNIT_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_NO_VUS = b"the number of VUs must be more than 0"
_NO_PROXY_ANSWERS = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Inspection:
    """What k6 says of a script; lengths include its graceful stops."""

    duration_s: float | None
    max_vus: int | None
    warnings: tuple[str, ...] = ()


def inspect_script(program: K6Program, script: Path) -> Inspection:
    """Reads the script's options; raises `Invalid` with k6's own message if it is faulty.

    The script's global code runs, without network: one that imports modules by address is
    accepted with a warning, since only its run can tell more.
    """
    code, output, log = _execute(program, script)
    if code != 0 and _NO_VUS in log:
        # `k6 run` takes one virtual user where a script names none; `k6 inspect` forgets to.
        code, output, log = _execute(program, script, {"K6_VUS": "1"})
    if code == 0:
        return _read(output)
    if code == -signal.SIGKILL:
        message = "Its global code prints too much"
    else:
        message = _message(log) or f"k6 ended with exit code {code}"
    if "couldn't be retrieved from the resolved url" in message:
        return Inspection(
            None,
            None,
            ("The script imports modules by address: whether it works shows when it runs.",),
        )
    message = message.replace(f"file://{script.parent}/", "").replace(f"{script.parent}/", "")
    raise Invalid(
        "k6 does not accept the script.", [{"field": "script", "message": message[:MAX_MESSAGE]}]
    )


def parse_go_duration(text: str) -> float | None:
    """Seconds of a duration as Go prints it: `1m30.5s`, `10m30s`, `500ms`."""
    parts = _GO_DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        return None
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)


def _execute(
    program: K6Program, script: Path, more: Mapping[str, str] = MappingProxyType({})
) -> tuple[int, bytes, bytes]:
    environment = {
        **more,
        **quiet_environment(),
        "PATH": os.defpath,
        "HOME": str(script.parent),
        # Imports by address go through a proxy that is not there.
        "HTTP_PROXY": _NO_PROXY_ANSWERS,
        "HTTPS_PROXY": _NO_PROXY_ANSWERS,
    }
    command = [
        str(program.path), "inspect", "--execution-requirements", "--no-color",
        "--log-format=json", "--include-system-env-vars=false", "--address=", "--", str(script),
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=script.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process, ThreadPoolExecutor(2) as readers:
        output = readers.submit(_read_capped, process.stdout, process)
        log = readers.submit(_read_capped, process.stderr, process)
        try:
            process.wait(INSPECT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            message = f"Its global code did not end within {INSPECT_TIMEOUT_S:g} s"
            raise Invalid(
                "The script cannot be inspected.", [{"field": "script", "message": message}]
            ) from None
        return process.returncode, output.result(), log.result()


def _read_capped(stream: IO[bytes] | None, process: subprocess.Popen[bytes]) -> bytes:
    assert stream is not None
    content = stream.read(MAX_OUTPUT_BYTES)
    if len(content) == MAX_OUTPUT_BYTES:
        process.kill()  # it would block on a full pipe, or go on for ever
    return content


def _read(output: bytes) -> Inspection:
    try:
        # A script may print before k6 does; the answer is the last JSON object.
        text = output.decode("utf-8", "replace")
        answer = json.loads(text[text.index("{") :])
        duration = parse_go_duration(str(answer["totalDuration"]))
        return Inspection(duration, int(answer["maxVUs"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return Inspection(None, None, ("k6 did not say how long the script will take.",))


def _message(log: bytes) -> str:
    messages = []
    for line in log.decode("utf-8", "replace").splitlines():
        try:
            entry = json.loads(line)
            if entry["level"] in {"error", "fatal", "panic"}:
                messages.append(str(entry["msg"]).strip())
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return "\n".join(messages)
