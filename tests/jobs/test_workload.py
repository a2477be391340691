"""Commands that really run, as processes of this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from benchwright.jobs.starting import JobExtras
from benchwright.kit.blobs import BlobStore
from benchwright.kit.errors import Invalid
from tests.jobs.job_lab import JobLab

PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"


def test_a_command_runs_in_its_folder_and_its_numbers_become_results(job_lab: JobLab) -> None:
    script = """
        pwd
        printf '{"percent": 50}' > "$BENCHWRIGHT_PROGRESS_FILE"
        printf '{"metrics": {"rmse": 0.25, "ok": true}, "time": {"value": 3, "unit": "s"}}' \
            > "$BENCHWRIGHT_RESULTS_DIR/result.json"
    """
    run = job_lab.shell(script, note="why", tags=["night"], planned_duration_s=5)
    assert (run["kind"], run["state"], run["reason"]) == (
        "job", "succeeded", "The job ran to its end",
    )  # fmt: skip
    assert (run["target"], run["note"], run["tags"]) == ("local", "why", ["night"])
    assert run["warnings"] == []
    folder = job_lab.folder(run["public_id"])
    assert job_lab.log(run["public_id"]).strip() == str(folder.root)
    assert job_lab.results(run["public_id"]) == {
        ("", "metrics.rmse", "value"): 0.25,
        ("", "time", "value"): 3,
    }
    assert json.loads(folder.progress.read_text()) == {"percent": 50}
    files = job_lab.client.get(f"/api/v1/runs/{run['public_id']}/artifacts").json()
    assert "results/result.json" in {file["path"] for file in files}


def test_what_a_command_is_given(make_job_lab: Callable[..., JobLab]) -> None:
    job_lab = make_job_lab(tracking={"mlflow_url": "http://127.0.0.1:5000"})
    job_lab.add_secret("API_KEY", "a-very-secret-word")
    job_lab.put_config("a.yaml", "# kept\nlr: 0.1\n")
    run = job_lab.run(
        {
            "name": "look",
            "command": [sys.executable, "-c", PRINT_ENVIRONMENT],
            "environment": {"OPTIMISER": "${{ optimiser }}-${{ run.id }}", "DEBUG": True},
            "secrets": {"TOKEN": "API_KEY"},
            "parameters": {"optimiser": "adam", "lr": 0.5},
            "config": "configs/a.yaml",
            "inputs": [{"name": "data.csv", "text": "1,2\n"}],
        }
    )
    run_id = run["public_id"]
    folder, given = job_lab.folder(run_id), job_lab.said(run_id)
    shown = {name: text for name, text in given.items() if name.startswith("BENCHWRIGHT_")}
    # Its token and its secrets reach it, and never the log.
    assert shown.pop("BENCHWRIGHT_TOKEN") == given["TOKEN"] == "***"
    assert shown == {
        "BENCHWRIGHT_RUN_ID": run_id,
        "BENCHWRIGHT_URL": job_lab.lab.base_url,
        "BENCHWRIGHT_PROGRESS_FILE": str(folder.progress),
        "BENCHWRIGHT_RESULTS_DIR": str(folder.results),
        "BENCHWRIGHT_INPUTS_DIR": str(folder.inputs),
        "BENCHWRIGHT_CONFIG": str(folder.inputs / "config.yaml"),
        "BENCHWRIGHT_PARAM_OPTIMISER": "adam",
        "BENCHWRIGHT_PARAM_LR": "0.5",
    }
    assert given["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5000"
    assert given["OPTIMISER"] == f"adam-{run_id}"
    assert given["DEBUG"] == "true"
    assert (folder.inputs / "config.yaml").read_text() == "# kept\nlr: 0.1\n"
    assert (folder.inputs / "data.csv").read_text() == "1,2\n"


def test_a_stored_config_is_frozen_at_the_start(job_lab: JobLab) -> None:
    job_lab.put_config("a.json", '{"then": 1}')
    plan = {"name": "c", "command": "cat ${{ run.config }}", "config": {"stored": "a.json"}}
    [run_id] = job_lab.start(plan)
    job_lab.put_config("a.json", '{"now": 2}')
    job_lab.drive()
    assert job_lab.said(run_id) == {"then": 1}
    assert (job_lab.folder(run_id).inputs / "config.json").exists()


def test_an_inline_config_has_the_parameters_with_their_types(job_lab: JobLab) -> None:
    run = job_lab.run(
        {
            "name": "c",
            "command": "cat ${{ run.config }}",
            "parameters": {"lr": 0.1, "on": False, "who": "me"},
            "config": {
                "inline": {"lr": "${{ lr }}", "list": ["${{on}}", "x-${{ who }}-${{ lr }}", "$${{"]}
            },
        }
    )
    assert job_lab.log(run["public_id"]) == ("lr: 0.1\nlist:\n- false\n- x-me-0.1\n- ${{\n")


@pytest.mark.parametrize(
    "script, plan, state, reason",
    [
        ("exit 3", {}, "failed", "exit code 3; its log may say why"),
        ("exit 3", {"success_exit_codes": [0, 3]}, "succeeded", "exit code 3, which counts"),
        ("exit 0", {"success_exit_codes": [3]}, "failed", "the plan does not count as success"),
        ("kill -9 $$", {}, "failed", "most likely because memory ran out"),
        ("kill -15 $$", {}, "failed", "a signal that nobody here sent"),
        ("kill -10 $$", {}, "failed", "SIGUSR1"),
        ("no-such-program", {}, "failed", "The command was not found"),
        (". /dev/null; exec /etc/passwd", {}, "failed", "may not be executed"),
    ],
)
def test_exit_codes(
    job_lab: JobLab, script: str, plan: dict[str, object], state: str, reason: str
) -> None:
    run = job_lab.shell(script, **plan)
    assert run["state"] == state
    assert reason in run["reason"]


def test_a_program_that_is_not_there(job_lab: JobLab) -> None:
    run = job_lab.run({"name": "n", "command": ["no-such-program-at-all"]})
    assert run["state"] == "failed"
    assert "not found" in run["reason"]


def test_what_a_job_says_of_its_failure(job_lab: JobLab) -> None:
    says = 'printf \'{"status": "failed", "error": "no data\\\\nat all"}\' > results/result.json'
    run = job_lab.shell(f"{says}; exit 1")
    assert run["reason"].endswith("It says: no data at all")
    assert run["warnings"] == []
    run = job_lab.shell(says)
    assert run["state"] == "succeeded"
    assert run["warnings"] == ["The job says in result.json that it failed: no data at all"]


def test_a_broken_report_is_a_warning(job_lab: JobLab) -> None:
    run = job_lab.shell("printf '{\"a\": 1,\\n oops}' > results/result.json")
    assert run["state"] == "succeeded"
    [warning] = run["warnings"]
    assert "result.json cannot be read. Line 2, column 2" in warning


def test_a_timeout_ends_it(job_lab: JobLab) -> None:
    run = job_lab.shell("sleep 600", timeout_s=0.1)
    assert run["state"] == "timed_out"
    assert "0.1 s" in run["reason"]


def test_an_interface_may_name_the_container_and_tell_more(job_lab: JobLab) -> None:
    extras = JobExtras("sim_{run_id}_x", {"job_id": "{run_id}", "job_name": "x"})
    run = job_lab.run({"name": "x", "command": ["true"]}, extras=extras)
    info = json.loads((job_lab.folder(run["public_id"]).root / "job_info.json").read_text())
    assert info["job_id"] == run["public_id"]
    assert "run_id" not in info
    assert info["job_name"] == "x"


def test_blobs_of_jobs_are_referenced(job_lab: JobLab) -> None:
    from benchwright.jobs.repository import referenced_blobs

    job_lab.start(
        {
            "name": "b", "command": ["true"], "config": {"inline": {"a": 1}},
            "inputs": [{"name": "x", "text": "y"}],
        }
    )  # fmt: skip
    with job_lab.lab.database.read() as session:
        found = referenced_blobs(session)
    blobs: BlobStore = job_lab.lab.blobs
    assert {b"a: 1\n", b"y"} < {blobs.get(blob) for blob in found}
    assert len(found) == 3


def test_a_command_that_grows_too_long_with_its_parameters(job_lab: JobLab) -> None:
    plan = {
        "name": "long", "command": ["echo", *["${{ a }}" * 8] * 900], "parameters": {"a": "x" * 4096},
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        job_lab.start(plan)
    assert refused.value.errors[0]["field"] == "command"
