"""Named points at which a test may kill the process, to prove that nothing is lost there."""

from __future__ import annotations

import os
import signal

_CRASH_AT = os.environ.get("BENCHWRIGHT_CRASH_AT")


def crash_point(name: str) -> None:
    """Kills the process as `kill -9` would if `BENCHWRIGHT_CRASH_AT` names this point."""
    if name == _CRASH_AT:
        os.kill(os.getpid(), signal.SIGKILL)
