from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from benchwright.commands.job import read_parameters
from benchwright.commands.job_report import JobReport
from tests.commands import programs

# Whole programs are started: on a busy machine that takes its time.
pytestmark = pytest.mark.timeout(180)

PLAN = """
name: Hello
command:
  - sh
  - -c
  - |
    echo "this is ${{ a }}"
    echo '{"answer": ${{ a }}}' > "$BENCHWRIGHT_RESULTS_DIR/result.json"
    exit ${{ code }}
parameters: {a: 42, code: 0}
"""
Job = Callable[..., Result]


@pytest.fixture
def plan(tmp_path: Path) -> str:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN)
    return str(path)


@pytest.fixture
def job(tmp_path: Path, plan: str) -> Job:
    """Runs `benchwright job` in this process."""

    def call(*arguments: str) -> Result:
        return programs.call("job", plan, *arguments, "--data-dir", str(tmp_path / "data"))

    return call


def report_of(result: Result) -> JobReport:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return JobReport.model_validate_json(result.stdout)


def test_a_job_shows_its_log_and_ends_with_0(job: Job, tmp_path: Path) -> None:
    result = job("--json", "-")
    report = report_of(result)
    [run] = report.runs
    assert (result.exit_code, report.exit_code, run.state) == (0, 0, "succeeded"), result.stderr
    assert [(r.metric, r.value) for r in run.results] == [("answer", 42)]
    # Standard output is the JSON alone: what is for people went to the other stream.
    assert "this is 42\n" in result.stderr
    assert f"Kept as run {run.run_id}" in result.stderr
    assert (tmp_path / "data/jobs" / str(run.run_id) / "results/result.json").exists()


def test_a_job_that_fails_ends_with_1(job: Job) -> None:
    result = job("--param", "code=3")
    assert result.exit_code == 1
    assert "The command ended with exit code 3" in result.stdout


def test_a_matrix_runs_here_one_by_one(job: Job, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    result = job("--param", "a=1, 2", "--json", str(path))
    report = JobReport.model_validate_json(path.read_text())
    assert (result.exit_code, report.group_id is None) == (0, False)
    assert [(run.name, run.results[0].value) for run in report.runs] == [
        ("Hello · a=1", 1), ("Hello · a=2", 2),
    ]  # fmt: skip
    assert result.stdout.index("this is 1") < result.stdout.index("this is 2")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--param", "b=1"], "no such parameter"),
        (["--param", "a"], "write NAME=VALUE"),
        (["--param", "a=[1"], "--param"),
        (["--host", "box"], "no `image`"),
        (["--server", "lab"], "http://"),
        (["--json", "no/folder/x.json"], "there is no folder"),
    ],
)
def test_wrong_usage_ends_with_2(job: Job, arguments: list[str], words: str) -> None:
    result = job(*arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_plan_that_is_none_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("name: x\nnonsense: 1\n")
    result = programs.call("job", str(path), "--data-dir", str(tmp_path / "data"))
    assert result.exit_code == 2
    assert "nonsense: There is no such field" in result.stderr
    assert programs.call("job", str(tmp_path / "none.yaml")).exit_code == 2


def test_values_are_read_as_yaml() -> None:
    given = ["a=1", "b=x, y", "c=true", "d='1'", "e=0.5"]
    assert read_parameters(given) == {"a": 1, "b": ["x", "y"], "c": True, "d": "1", "e": 0.5}


def test_on_a_server(tmp_path: Path, plan: str) -> None:
    data = str(tmp_path / "data")
    with programs.serving(tmp_path, "--port", "0", "--data-dir", data) as server:
        done = programs.run(tmp_path, "job", plan, "--server", server.url, "--param", "a=1,2")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "this is 2" in done.stdout
        assert f"{server.url}/p/default/runs/" in done.stdout
        runs = server.get("/api/v1/runs")["items"]
        assert {run["state"] for run in runs} == {"succeeded"}
        failed = programs.run(tmp_path, "job", plan, "--server", server.url, "--param", "code=1")
        assert failed.returncode == 1


def test_ctrl_c_stops_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    words = ["sh", "-c", "echo it runs; exec sleep 600"]
    path.write_text(f"name: Long\ncommand: {json.dumps(words)}\nmatrix: {{n: [1, 2]}}\n")
    data = str(tmp_path / "data")
    with programs.started(tmp_path, "job", str(path), "--data-dir", data) as process:
        programs.read_until(process, "it runs")
        process.send_signal(signal.SIGINT)
        written, _ = process.communicate(timeout=programs.PATIENCE_S)
    assert process.returncode in {1, 130}, written
    assert "stopped" in written
    assert "n=2" not in written
    assert not programs.wait_until_gone(tmp_path)
