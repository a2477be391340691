"""The page of a job's run: progress and log while it works, then its results and files."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.fixtures.served_lab import ServedLab

# It goes on when the test has seen what there is to see, however long that takes.
TRAINING = textwrap.dedent(
    r"""
    import json, os, pathlib, sys, time
    progress = pathlib.Path(os.environ["BENCHWRIGHT_PROGRESS_FILE"])
    results = pathlib.Path(os.environ["BENCHWRIGHT_RESULTS_DIR"])
    gate = pathlib.Path(sys.argv[1])

    def tell(**report):
        draft = progress.with_suffix(".draft")
        draft.write_text(json.dumps(report))
        draft.replace(progress)

    def wait(name):
        while not (gate / name).exists():
            time.sleep(0.05)

    own = (progress.parent.parent / "logs" / "4fe1.log").open("w", buffering=1)
    print("\033[32mINFO\033[0m epoch one", flush=True)
    own.write("the workload's own words\n")
    tell(percent=25, stage="training", episode=1, rewards=[-5.5, 2.0])
    wait("first")
    print("epoch two", flush=True)
    own.write("more of its own words\n")
    tell(episode=2, step=7, rewards=[-4.5, 3.0])
    wait("second")
    (results / "result.json").write_text(json.dumps({
        "District": {"cost_total": 0.91, "peak": 1.25},
        "Building_1": {"cost_total": 0.42, "peak": 0.75},
    }))
    (results / "kpis.csv").write_text("hour,load\n" + "".join(f"{n},{n * 2}\n" for n in range(250)))
    (results / "plots").mkdir()
    (results / "plots" / "reward.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><script>alert(1)</script>'
        '<path d="M0 0L20 10" stroke="red"/></svg>'
    )
    """
)


def start(lab: ServedLab, gate: Path, **more: Any) -> str:
    plan = {"name": "CityLearn", "command": ["python3", "-c", TRAINING, str(gate)], **more}
    started = lab.post("/api/v1/projects/default/job-runs", {"plan": plan})
    return str(started["runs"][0]["public_id"])


def test_a_job_is_followed_to_its_results_and_files(
    served_lab: ServedLab, page: Page, tmp_path: Path
) -> None:
    served_lab.start()
    run_id = start(served_lab, tmp_path)
    address = f"{served_lab.url}/p/default/runs/{run_id}"
    page.goto(address)
    expect(page.locator("#run-stage strong")).to_have_text("training")
    expect(page.locator("#run-stage")).to_contain_text("episode 1")
    expect(page.locator("#run-remaining")).to_contain_text("25 %")
    expect(page.locator("#run-progress")).to_have_attribute("value", "25")
    expect(page.locator(".log")).to_contain_text("INFO epoch one")
    expect(page.locator(".log .ansi-green")).to_have_text("INFO")
    rewards = page.locator('live-chart[metric="rewards"]')
    expect(rewards).to_be_attached()
    expect(page.locator("#reported-charts")).to_contain_text("rewards 2")
    listed = served_lab.get("/api/v1/runs")["items"][0]
    assert (listed["progress"]["percent"], listed["progress"]["stage"]) == (25, "training")

    (tmp_path / "first").touch()
    # Without a percent the bar goes on without an end, and what was counted stands beside it.
    expect(page.locator("#run-stage")).to_contain_text("step 7")
    expect(page.locator("#run-progress:not([value])")).to_be_attached()
    expect(page.locator("#run-remaining")).to_contain_text("so far")
    expect(page.locator(".log")).to_contain_text("epoch two")

    page.get_by_role("navigation", name="Logs").get_by_role("link", name="4fe1.log").click()
    expect(page.locator(".log")).to_contain_text("more of its own words")
    expect(page.locator(".log")).not_to_contain_text("epoch")
    assert "log=4fe1.log" in page.url

    (tmp_path / "second").touch()
    expect(page.locator("[data-state-word]")).to_have_text("Completed")
    expect(page.locator("#run-figures")).to_contain_text("cost_total")
    expect(page.locator('[data-figure="result-1"]')).to_contain_text("0.91")

    page.get_by_role("link", name="Results").click()
    table = page.get_by_role("region", name="result.json as a table")
    expect(table.get_by_role("row", name="District")).to_contain_text("1.25")
    tree = page.get_by_role("region", name="result.json", exact=True)
    branch = tree.locator("details", has_text="Building_1")
    expect(branch.locator(".json-number").first).to_be_visible()
    branch.locator("summary").press("Enter")
    expect(branch.locator(".json-number").first).to_be_hidden()

    page.get_by_role("link", name="Files").click()
    page.get_by_role("link", name="kpis.csv", exact=True).click()
    preview = page.get_by_role("region", name="results/kpis.csv")
    expect(preview.get_by_role("row")).to_have_count(201)
    page.get_by_role("link", name="More rows").click()
    expect(preview.get_by_role("row")).to_have_count(51)
    expect(preview).to_contain_text("498")
    page.get_by_role("link", name="reward.svg", exact=True).click()
    image = page.locator("img.preview")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 20


def test_a_job_without_scripts_says_all_the_same(
    served_lab: ServedLab, open_context: Any, tmp_path: Path
) -> None:
    served_lab.start()
    (tmp_path / "first").touch()
    (tmp_path / "second").touch()
    run_id = start(served_lab, tmp_path, matrix={"lr": [0.1]})
    served_lab.wait_for_run(run_id, lambda run: run["ended_at"])
    page = open_context(java_script_enabled=False).new_page()
    page.goto(f"{served_lab.url}/p/default/runs/{run_id}?tab=results")
    expect(page.locator(".job-facts")).to_contain_text("0.1")
    branch = page.locator(".json details", has_text="District")
    branch.locator("summary").click()
    expect(branch.locator(".json-number").first).to_be_hidden()
    page.goto(f"{served_lab.url}/p/default/runs/{run_id}?log=4fe1.log")
    expect(page.locator(".log")).to_contain_text("the workload's own words")
    page.goto(f"{served_lab.url}/p/default/runs/{run_id}?tab=settings")
    expect(page.get_by_role("region", name="Plan as YAML")).to_contain_text("name: CityLearn")
