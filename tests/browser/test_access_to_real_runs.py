"""The pages of jobs' runs, live and ended, and of a streamed run, looked at by axe."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import all_violations
from tests.fixtures.served_lab import ServedLab

pytestmark = pytest.mark.slow

# It works until the test has seen enough.
WORK = textwrap.dedent(
    r"""
    import json, os, pathlib, sys, time
    progress = pathlib.Path(os.environ["BENCHWRIGHT_PROGRESS_FILE"])
    results = pathlib.Path(os.environ["BENCHWRIGHT_RESULTS_DIR"])
    (progress.parent.parent / "logs" / "own.log").write_text("the workload's own words\n")
    print("\033[32mINFO\033[0m epoch one \033[31;43mred\033[0m", flush=True)
    print("ERROR: something went wrong", file=sys.stderr, flush=True)
    draft = progress.with_suffix(".draft")
    draft.write_text(json.dumps({"percent": 25, "stage": "training", "rewards": [-5.5, 2.0]}))
    draft.replace(progress)
    while not pathlib.Path(sys.argv[1]).exists():
        time.sleep(0.05)
    (results / "result.json").write_text(json.dumps({
        "District": {"cost_total": 0.91, "peak": 1.25, "note": None},
        "Building_1": {"cost_total": 0.42, "peak": 0.75, "is_on": True, "words": ["a", "b"]},
    }))
    (results / "kpis.csv").write_text("hour,load\n" + "".join(f"{n},{n * 2}\n" for n in range(250)))
    (results / "notes.txt").write_text("words " * 100)
    (results / "model.bin").write_bytes(bytes(range(256)))
    (results / "plots").mkdir()
    (results / "plots" / "reward.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><path d="M0 0L20 10"/></svg>'
    )
    """
)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Path]:
    """Opened at the end at the latest: the workload outlives its server."""
    path = tmp_path / "gate"
    yield path
    path.touch()


def start(lab: ServedLab, gate: Path) -> tuple[str, str]:
    """The key of a run that was just started, and the address of its page."""
    lab.start()
    command = ["python3", "-c", WORK, str(gate)]
    plan = {"name": "Training", "command": command, "matrix": {"lr": [0.1]}}
    started = lab.post("/api/v1/projects/default/job-runs", {"plan": plan})
    run_id = str(started["runs"][0]["public_id"])
    return run_id, f"{lab.url}/p/default/runs/{run_id}"


def look(page: Page, addresses: list[str]) -> list[str]:
    found = []
    for address in addresses:
        page.goto(address)
        found += [f"{address.partition('?')[2]}: {what}" for what in all_violations(page)]
    return found


def test_axe_finds_nothing_while_a_job_works(served_lab: ServedLab, page: Page, gate: Path) -> None:
    _, here = start(served_lab, gate)
    page.goto(here)
    expect(page.locator("#run-stage strong")).to_have_text("training")
    expect(page.locator("#reported-charts canvas").first).to_be_attached()
    expect(page.locator(".log")).to_contain_text("epoch one")
    page.get_by_role("checkbox", name="Times").check()
    expect(page.locator(".log time").first).to_be_visible()
    # They stay exact when the page brings its other times up to date.
    page.locator(".log").dispatch_event("part:replaced")
    expect(page.locator(".log time").first).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3}$"))
    found = all_violations(page)
    tabs = ("results", "artifacts", "series", "events")
    found += look(page, [f"{here}?log=own.log", *(f"{here}?tab={tab}" for tab in tabs)])
    found += look(page, [f"{served_lab.url}/activity"])
    assert not found, "\n" + "\n".join(found)


def end(lab: ServedLab, gate: Path) -> str:
    """The address of a run that has ended."""
    gate.touch()
    run_id, here = start(lab, gate)
    run = lab.wait_for_run(run_id, lambda run: run["ended_at"])
    assert run["state"] == "succeeded", run["reason"]
    return here


def test_axe_finds_nothing_when_a_job_has_ended(
    served_lab: ServedLab, page: Page, gate: Path
) -> None:
    here = end(served_lab, gate)
    page.goto(here)
    page.get_by_role("checkbox", name="Times").check()
    expect(page.locator(".log time").first).to_be_visible()
    found = all_violations(page)
    tabs = ("results", "series", "events", "settings")
    found += look(page, [f"{here}?log=own.log", *(f"{here}?tab={tab}" for tab in tabs)])
    assert not found, "\n" + "\n".join(found)


def test_axe_finds_nothing_in_the_files_of_a_job(
    served_lab: ServedLab, page: Page, gate: Path
) -> None:
    here = f"{end(served_lab, gate)}?tab=artifacts"
    files = ("result.json", "kpis.csv", "notes.txt", "model.bin", "plots/reward.svg")
    found = look(page, [here, *(f"{here}&file=results/{file}" for file in files)])
    assert not found, "\n" + "\n".join(found)


def test_axe_finds_nothing_in_figures_that_came_by_themselves(
    served_lab: ServedLab, page: Page
) -> None:
    served_lab.start()
    for second in range(3):
        lines = [f"cpu,host=h{h} usage={10 * h},idle=1 {1_750_000_000 + second}" for h in range(12)]
        address = f"{served_lab.url}/write?db=shop&precision=s"
        httpx2.post(address, content="\n".join(lines), timeout=60).raise_for_status()
    (run,) = served_lab.get("/api/v1/runs")["items"]
    here = f"{served_lab.url}/p/default/runs/{run['public_id']}"
    tabs = ("series&metric=cpu.usage", "artifacts", "events", "settings")
    found = look(page, [here, *(f"{here}?tab={tab}" for tab in tabs)])
    assert not found, "\n" + "\n".join(found)
