"""Looks for k6, the load generator."""

from __future__ import annotations

from benchwright.doctor.findings import Finding, missing, ok, warning
from benchwright.loadtests.k6 import find_k6
from benchwright.settings import Settings

_ORIGINS = {"setting": "named by the settings", "path": "from PATH", "bundled": "bundled"}


def check_k6(settings: Settings) -> Finding:
    """The k6 that load tests would use, and those that they would not, with the reason."""
    search = find_k6(settings.k6)
    passed_over = "; ".join(f"{found.path}: {found.reason}" for found in search.passed_over)
    if search.program is None:
        return missing(
            "k6",
            f"none that can be used ({passed_over})" if passed_over else "not found",
            "Install k6 1.x or 2.x (grafana.com/docs/k6) on PATH, or name it in"
            " BENCHWRIGHT_K6__PATH.",
            is_required=True,
        )
    program = search.program
    found = f"{program.version_text} at {program.path} ({_ORIGINS[program.origin]})"
    if passed_over:
        return warning("k6", found, f"Passed over: {passed_over}.")
    return ok("k6", found)
