"""Names, numbers and outcomes that pages do not like."""

from __future__ import annotations

from typing import Any

from benchwright.runs.state import RunState
from tests.fixtures.site import Site
from tests.web.harness import HOSTILE, Harness
from tools.pictures.workplace import fill_workplace

LONG = "a name that never seems to end, " * 320
UNBROKEN = "x" * 10_000


def fill(harness: Harness) -> dict[str, str]:
    """Makes the runs and tells where they are shown."""
    many = [
        {"key": f"s{n}", "name": f"Scenario {n}", "method": "GET", "path": f"/items/{n}"}
        for n in range(1, 201)
    ]
    runs: dict[str, Any] = {
        "hostile-name": harness.make_run(name=HOSTILE),
        "long-name": harness.make_run(name=LONG),
        "unbroken-name": harness.make_run(name=UNBROKEN),
        "very-short": harness.make_run(length_s=0.2),
        "200-scenarios": harness.make_run(scenarios=many),
        "no-results": harness.make_run(results=False, verdict=None, scenarios=[]),
        "failed": harness.make_run(RunState.FAILED, results=False),
        "lost": harness.make_run(RunState.LOST, results=False),
        "many-warnings": harness.make_run(warnings=tuple(f"{n}: {LONG}" for n in range(20))),
        "long-log": harness.make_run(log=(UNBROKEN + "\n" + HOSTILE + "\n") * 40),
        "running": harness.make_run(RunState.RUNNING, name=UNBROKEN, age_s=5, length_s=60),
    }
    pages = {name: f"/p/default/runs/{run}" for name, run in runs.items()}
    tabs = {
        f"200-scenarios-{tab}": f"{pages['200-scenarios']}?tab={tab}"
        for tab in ("results", "settings")
    }
    site = Site(harness, harness.client())
    site.load_test(LONG[:400])
    test = site.last_load_test.rpartition("/")[2]
    wish = {"load_test": test, "name": HOSTILE, "cron": "1-59/7 */3 1,15 * MON-FRI"}
    schedules = {
        "schedules": "/p/default/schedules",
        "schedule": site.send("/p/default/schedules/new", wish),
        "schedule-form": f"/p/default/schedules/new?load_test={test}",
        "activity": "/activity",
    }
    return (
        pages
        | tabs
        | fill_workplace(site)
        | schedules
        | {"overview": "/", "runs": "/p/default/runs", "project": "/p/default/"}
    )
