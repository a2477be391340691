"""`python -m benchwright` is the command `benchwright`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the program; Ctrl-C while it is still being loaded ends it without a traceback."""
    try:
        from benchwright.cli import app

        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
