"""Which modules a page will load, so that the browser asks for all of them at once.

A browser learns of a module's imports only when it has the module: without a word beforehand each
level of them takes a journey to the server and back.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from functools import lru_cache

from benchwright.web import assets

_IMPORT = re.compile(
    r"""^(?:import|export)\s+(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']""", re.MULTILINE
)


def module_paths(names: Sequence[str]) -> tuple[str, ...]:
    """The paths of these modules of ours and all that they import, each once; raises `NotFound`."""
    # What changes while developing is seen a second later.
    return _paths(tuple(names), int(time.monotonic()))


@lru_cache(maxsize=64)
def _paths(names: tuple[str, ...], _second: int) -> tuple[str, ...]:
    waiting, found = list(names), dict[str, str]()
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found[name] = assets.asset_path(f"js/{name}.js")
        source = assets.find_asset(f"js/{name}.js").body.decode()
        for imported in _IMPORT.findall(source):
            if imported.startswith("./"):
                waiting.append(imported.removeprefix("./").removesuffix(".js"))
            else:
                found.setdefault(imported, assets.library_path(imported))
    return tuple(found.values())
