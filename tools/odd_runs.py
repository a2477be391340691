"""Fills a data directory with runs that are out of the ordinary: `python -m tools.odd_runs DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchwright.installation import open_installation
from benchwright.settings import Settings
from tests.fixtures.odd_runs import make_odd_runs


def main() -> int:
    if len(sys.argv) != 2:
        print("Usage: python -m tools.odd_runs DATA_DIR", file=sys.stderr)
        return 2
    installation = open_installation(Settings(data_dir=Path(sys.argv[1]).absolute()))
    try:
        made = make_odd_runs(installation)
    finally:
        installation.lab.database.dispose()
    for name, run_id in made.items():
        print(f"/p/default/runs/{run_id}  {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
