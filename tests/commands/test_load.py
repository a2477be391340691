from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from benchwright.commands.report import LoadReport
from benchwright.kit.db import Database
from benchwright.runs import repository
from benchwright.runs.state import RunState
from benchwright.settings import Settings
from tests.commands import programs

# Whole programs are started: on a busy machine that takes its time.
pytestmark = [pytest.mark.k6, pytest.mark.timeout(180)]

Load = Callable[..., Result]


@pytest.fixture
def load(tmp_path: Path, shop_url: str) -> Load:
    """Runs `benchwright load` of the demo API in this process."""

    def call(*arguments: str, document: str = f"{shop_url}/openapi.json") -> Result:
        return programs.call("load", document, *arguments, "--data-dir", str(tmp_path / "data"))

    return call


def report_of(result: Result) -> LoadReport:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return LoadReport.model_validate_json(result.stdout)


def summary_of(tmp_path: Path, report: LoadReport) -> Mapping[str, Any]:
    path = tmp_path / "data" / "jobs" / str(report.run_id) / "results" / "summary.json"
    return programs.as_json(path.read_text())


def test_targets_that_are_met_end_with_0_and_k6s_own_figures(load: Load, tmp_path: Path) -> None:
    result = load(
        "--endpoint", "GET /books/{book_id}", "--endpoint", "listBooks", "--vus", "2",
        "--duration", "2s", "--p95", "3s", "--max-error-rate", "1%", "--json", "-",
    )  # fmt: skip
    report = report_of(result)
    assert (result.exit_code, report.exit_code, report.verdict) == (0, 0, "met")
    assert [s.name for s in report.scenarios] == ["GET /books/{book_id}", "GET /books"]
    assert [(t.scenario, t.verdict) for t in report.targets] == [
        ("s1", "met"), ("s1", "met"), ("s2", "met"), ("s2", "met"),
    ]  # fmt: skip
    metrics = summary_of(tmp_path, report)["metrics"]
    figures = {(r.benchmark, r.metric, r.stat): r.value for r in report.results}
    for benchmark, selector in (("", ""), ("s1", "{scenario:s1}"), ("s2", "{scenario:s2}")):
        requests = metrics[f"http_reqs{selector}"]["values"]
        durations = metrics[f"http_req_duration{selector}"]["values"]
        assert figures[benchmark, "http_reqs", "count"] == requests["count"] > 0
        assert figures[benchmark, "http_reqs", "rate"] == requests["rate"]
        assert figures[benchmark, "http_req_duration", "p95"] == durations["p(95)"]
    # Standard output is the JSON alone: what is for people went to the other stream.
    assert "GET /books/{book_id}" in result.stderr
    assert "All targets were met." in result.stderr
    assert f"Kept as run {report.run_id}" in result.stderr


def test_a_missed_target_ends_with_99_and_a_file_holds_the_result(
    load: Load, tmp_path: Path
) -> None:
    file = tmp_path / "result.json"
    result = load(
        "--endpoint", "/books", "--rate", "20", "--duration", "1s", "--p95", "0.001ms",
        "--json", str(file),
    )  # fmt: skip
    assert result.exit_code == 99
    assert "Missed: 1 of 1 targets." in result.stdout
    assert LoadReport.model_validate_json(file.read_text()).verdict == "missed"


def test_without_targets_a_run_that_went_as_planned_is_enough(load: Load) -> None:
    result = load("--endpoint", "/health", "--stage", "500ms:2", "--stage", "500ms:0")
    assert result.exit_code == 0
    assert "No targets were set." in result.stdout


def test_a_target_that_is_down_is_k6s_verdict_not_ours(load: Load) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]
    result = load(
        "--endpoint", "/books", "--duration", "1s", "--max-error-rate", "1%",
        "--base-url", f"http://127.0.0.1:{port}", "--json", "-",
    )  # fmt: skip
    report = report_of(result)
    assert (result.exit_code, report.state) == (99, "succeeded")
    assert report.targets[0].value == 1.0


def test_headers_and_secrets_reach_the_api_and_no_file(
    load: Load, tmp_path: Path, shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx2

    credentials = {"user": "reader", "password": "any"}
    token = httpx2.post(f"{shop_url}/auth/token", json=credentials).json()["access_token"]
    monkeypatch.setenv("SHOP_TOKEN", token)
    result = load(
        "--endpoint", "listOrders", "--auth-env", "SHOP_TOKEN", "--header", "X-Trace: one: two",
        "--duration", "1s", "--max-error-rate", "0%", "--json", "-",
    )  # fmt: skip
    report = report_of(result)
    assert (result.exit_code, report.verdict) == (0, "met"), result.stderr
    script = (tmp_path / "data/jobs" / str(report.run_id) / "inputs/script.js").read_text()
    assert "one: two" in script
    for path in (tmp_path / "data").rglob("*"):
        assert path.is_dir() or token.encode() not in path.read_bytes(), path


def test_the_same_load_test_of_the_same_document_is_kept_once(load: Load, tmp_path: Path) -> None:
    first = load("--endpoint", "/health", "--rate", "20", "--duration", "1s")
    second = load("--endpoint", "/health", "--rate", "20", "--duration", "1s")
    assert (first.exit_code, second.exit_code) == (0, 0)
    database = Database(Settings(data_dir=tmp_path / "data").resolved_database_url)
    with database.read() as session:
        counts = {
            table: session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in ("spec", "load_test", "run")
        }
    database.dispose()
    assert counts == {"spec": 1, "load_test": 1, "run": 2}


@pytest.mark.parametrize(
    "content, word",
    [("{not json", "Line 2"), ("<html></html>", "OpenAPI"), ('{"openapi": "3.1.0"}', "")],
)
def test_a_document_that_is_none_ends_with_3(
    load: Load, tmp_path: Path, content: str, word: str
) -> None:
    path = tmp_path / "openapi.json"
    path.write_text(content)
    result = load(document=str(path))
    assert result.exit_code in ({3} if word else {2, 3})
    assert word in result.stderr


def test_a_document_out_of_reach_ends_with_3(load: Load) -> None:
    result = load(document="http://127.0.0.1:1/openapi.json")
    assert result.exit_code == 3
    assert "127.0.0.1" in result.stderr


def test_a_project_that_there_is_not_is_wrong_usage(load: Load) -> None:
    result = load("--project", "nope")
    assert result.exit_code == 2
    assert "nope" in result.stderr


def test_a_file_and_standard_input_are_read_too(load: Load, tmp_path: Path, shop_url: str) -> None:
    document = {
        "openapi": "3.0.3",
        "info": {"title": "One", "version": "1"},
        "paths": {"/health": {"get": {"responses": {"200": {"description": "Fine"}}}}},
    }
    path = tmp_path / "one.json"
    path.write_text(json.dumps(document))
    arguments = ("--base-url", shop_url, "--duration", "1s", "--json", "-")
    report = report_of(load(*arguments, document=str(path)))
    assert report.name == "Load test of One"
    assert report.exit_code == 0

    piped = subprocess.run(
        [programs.PROGRAM, "load", "-", *arguments],
        env=programs.clean_environment(tmp_path),
        input=path.read_bytes(),
        capture_output=True,
        timeout=programs.PATIENCE_S,
        check=True,
    )
    assert LoadReport.model_validate_json(piped.stdout).name == report.name


def test_a_missing_base_address_is_told_as_a_flag(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(
        '{"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {"/a": {"get":'
        ' {"responses": {"200": {"description": "ok"}}}}}}'
    )
    result = load(document=str(path))
    assert result.exit_code == 2
    assert "--base-url" in result.stderr


def test_without_k6_it_says_how_to_get_one(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWRIGHT_K6__PATH", "/nowhere/k6")
    result = load("--endpoint", "/health", "--rate", "20", "--duration", "1s")
    assert result.exit_code == 1
    assert "/nowhere/k6" in result.stdout + result.stderr


def wait_for_figures(data_dir: Path) -> None:
    """Until the load generator has sent something."""
    deadline = time.monotonic() + programs.PATIENCE_S
    while not any(path.stat().st_size for path in data_dir.glob("jobs/*/series.journal")):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_ctrl_c_stops_it_and_what_was_measured_counts(tmp_path: Path, shop_url: str) -> None:
    with programs.started(
        tmp_path, "load", f"{shop_url}/openapi.json", "--endpoint", "/health", "--rate", "20",
        "--duration", "10m", "--p95", "5s", "--data-dir", "data", "--json", "out.json",
    ) as process:  # fmt: skip
        lines = programs.read_until(process, " runs")
        wait_for_figures(tmp_path / "data")
        asked_at = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=programs.PATIENCE_S)
        assert time.monotonic() - asked_at < 60
    assert process.returncode == 130, [*lines, rest]
    assert "Stopping" in rest
    assert "Traceback" not in rest
    report = LoadReport.model_validate_json((tmp_path / "out.json").read_text())
    assert report.state == "stopped"
    figures = {(r.benchmark, r.metric, r.stat): r.value for r in report.results}
    assert figures["s1", "http_reqs", "count"] > 0
    assert programs.wait_until_gone(tmp_path) == []


def test_a_server_shows_it_while_it_runs_and_leaves_it_alone(tmp_path: Path, shop_url: str) -> None:
    arguments = (
        "load", f"{shop_url}/openapi.json", "--endpoint", "/health", "--rate", "10",
        "--duration", "10m", "--data-dir", "data", "--json", "out.json",
    )  # fmt: skip
    serve = ("--port", "0", "--data-dir", "data")
    with (
        programs.serving(tmp_path, *serve) as server,
        programs.started(tmp_path, *arguments) as process,
    ):
        programs.read_until(process, " runs")
        (shown,) = server.get("/api/v1/runs")["items"]
        assert shown["state"] == "running"
        server.end()
        with programs.serving(tmp_path, *serve) as server_again:
            path = f"/api/v1/runs/{shown['public_id']}"
            assert server_again.get(path)["state"] == "running"
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=programs.PATIENCE_S)
            assert process.returncode == 130
            history = server_again.get(f"{path}/history")
            assert server_again.get(f"{path}/results")
    states = [event["to_state"] for event in history if event["type"] == "state"]
    assert states == ["queued", "launching", "running", "collecting", "stopped"]
    report = LoadReport.model_validate_json((tmp_path / "out.json").read_text())
    assert str(report.run_id) == shown["public_id"]
    assert programs.wait_until_gone(tmp_path) == []


def test_on_a_server_it_is_the_same_with_a_page_to_look_at(tmp_path: Path, shop_url: str) -> None:
    with programs.serving(tmp_path, "--port", "0", "--data-dir", "data") as server:
        arguments = (
            "load", f"{shop_url}/openapi.json", "--endpoint", "/health", "--rate", "20", "--duration", "1s",
            "--p95", "5s", "--server", server.url, "--json", "-",
        )  # fmt: skip
        report = report_of(programs.call(*arguments))
        assert (report.exit_code, report.verdict) == (0, "met")
        assert report.url == f"{server.url}/p/default/runs/{report.run_id}"
        assert server.get(f"/api/v1/runs/{report.run_id}")["state"] == "succeeded"

        wrong = programs.call(*arguments, "--token", "bw_pat_wrong")
        assert wrong.exit_code == 4
        assert "token" in wrong.stderr
        server.end()
    gone = programs.call(*arguments)
    assert gone.exit_code == 4
    assert server.url in gone.stderr


def test_a_stranger_is_no_server(shop_url: str) -> None:
    result = programs.call("load", f"{shop_url}/openapi.json", "--server", shop_url)
    assert result.exit_code == 4
    assert "no Benchwright" in result.stderr


def test_the_lease_is_let_go_at_the_end(load: Load, tmp_path: Path) -> None:
    report = report_of(
        load("--endpoint", "/health", "--rate", "20", "--duration", "1s", "--json", "-")
    )
    database = Database(Settings(data_dir=tmp_path / "data").resolved_database_url)
    with database.read() as session:
        run = repository.find(session, report.run_id)
    database.dispose()
    assert run is not None
    assert (run.state, run.lease_owner) == (RunState.SUCCEEDED, None)
