from __future__ import annotations

import json
import subprocess
import time
import uuid
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchwright.access.secret_store import write_secret
from benchwright.kit.errors import NotFound, Unavailable
from benchwright.loadtests.k6 import quiet_environment
from benchwright.loadtests.plan import dump_plan, parse_plan
from benchwright.loadtests.schemas import RunSpec, ScenarioRef
from benchwright.loadtests.script import generate_script
from benchwright.loadtests.workload import LoadTestWorkload
from benchwright.runs.models import Run
from benchwright.runs.state import RunKind, StopReason
from benchwright.runs.workload import Collected, IngestAddress, Launch, LiveFigures
from tests.loadtests.conftest import LoadLab
from tests.loadtests.echo import EchoServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OWN = """
import http from "k6/http";
export const options = {vus: 2, iterations: 10,
  thresholds: {http_req_duration: ["max<60000"], "http_reqs{x:y}": ["count>100"]}};
export default function () {
  http.get(`${__ENV.TARGET}/${open_file.trim()}`, {headers: {X: __ENV.API_TOKEN}, tags: {x: "y"}});
}
const open_file = open("./path.txt");
"""


@pytest.fixture
def workload(lab: LoadLab) -> LoadTestWorkload:
    with lab.database.write() as session:
        write_secret(session, lab.keyring, 1, "API_TOKEN", "s3cret")
    return LoadTestWorkload(lab.settings, lab.keyring, lab.blobs)


def run_of(spec: RunSpec) -> Run:
    return Run(
        public_id=uuid.uuid4(),
        project_id=1,
        kind=RunKind.LOAD_TEST,
        name="n",
        spec=spec.model_dump(mode="json"),
    )


def generated(lab: LoadLab, echo: EchoServer, **plan: Any) -> RunSpec:
    parsed = parse_plan(
        {
            "name": "n",
            "base_url": echo.url,
            "authorisation": {"secret": "API_TOKEN"},
            "scenarios": [
                {
                    "name": "über\nall", "path": "/a", "executor": "constant-arrival-rate", "rate": 20,
                    "duration": "2s", "checks": [{"status": 200}], "targets": {"response_time": "5s"},
                }
            ],
            **plan,
        }
    )  # fmt: skip
    script = generate_script(parsed, {})
    return RunSpec(
        script_kind="generated",
        script_blob=lab.blobs.put(script.text.encode()),
        plan=dump_plan(parsed),
        scenarios=[ScenarioRef(**vars(scenario)) for scenario in script.scenarios],
        secrets=list(script.secrets),
    )


def prepare(lab: LoadLab, workload: LoadTestWorkload, run: Run, folder: Path, url: str) -> Launch:
    with lab.database.read() as session:
        return workload.prepare(session, run, folder, IngestAddress(url, "run-token"))


def test_raw_samples_go_out_beside_the_figures_where_they_are_wanted(
    lab: LoadLab, workload: LoadTestWorkload, echo: EchoServer, tmp_path: Path
) -> None:
    run = run_of(generated(lab, echo))
    ingest = IngestAddress("http://127.0.0.1:1/w", "run-token", "http://127.0.0.1:1/influxdb")
    with lab.database.read() as session:
        launch = workload.prepare(session, run, tmp_path, ingest)
        without = workload.prepare(session, run, tmp_path, IngestAddress(ingest.url, ingest.token))
        run.spec = {**run.spec, "influxdb": False}
        unwanted = workload.prepare(session, run, tmp_path, ingest)
    outputs = [after for flag, after in pairwise(launch.command) if flag == "-o"]
    assert outputs == ["experimental-prometheus-rw", "influxdb"]
    assert launch.environment["K6_INFLUXDB_ADDR"] == ingest.samples_url
    assert "run-token" not in str(launch.command)
    for silent in (without, unwanted):
        assert "influxdb" not in silent.command
        assert not [name for name in silent.environment if "INFLUXDB" in name]


def execute(launch: Launch, folder: Path) -> tuple[int, str]:
    ended = subprocess.run(
        launch.command,
        env={"HOME": str(folder), **launch.environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def verdicts(collected: Collected) -> dict[str, str]:
    return {judgement.subject: judgement.judgement for judgement in collected.judgements}


def test_a_generated_script_from_start_to_verdict(
    lab: LoadLab, workload: LoadTestWorkload, echo: EchoServer, tmp_path: Path
) -> None:
    run = run_of(generated(lab, echo))
    folder = tmp_path / "run"
    launch = prepare(lab, workload, run, folder, f"{echo.url}/ingest/runs/1/prometheus")
    assert "s3cret" not in str(launch.command) + repr(launch)
    assert "run-token" not in str(launch.command)
    assert set(launch.secrets) == {"s3cret", "run-token"}
    again = prepare(lab, workload, run, folder, f"{echo.url}/ingest/runs/1/prometheus")
    assert again == launch

    run.exit_code, log = execute(launch, folder)
    assert run.exit_code == 0, log
    pushes = [request for request in echo.received if request.target.startswith("/ingest")]
    loads = [request for request in echo.received if request.target == "/a"]
    assert len(pushes) >= 2
    assert {push.headers["authorization"] for push in pushes} == {"Bearer run-token"}
    assert {load.headers["authorization"] for load in loads} == {"Bearer s3cret"}

    collected = workload.collect(run, folder, LiveFigures(warnings=["a warning"]))
    results = {(r.benchmark, r.metric, r.stat): r.value for r in collected.results}
    assert results["s1", "http_reqs", "count"] == results["", "http_reqs", "count"] == len(loads)
    summary = json.loads((folder / "results" / "summary.json").read_text())
    p95 = summary["metrics"]["http_req_duration{scenario:s1}"]["values"]["p(95)"]
    assert results["s1", "http_req_duration", "p95"] == p95
    assert results["", "vus", "max"] == summary["metrics"]["vus"]["values"]["max"]
    assert verdicts(collected) == {"s1/response_time": "met", "run": "met"}
    assert collected.judgements[0].inputs["value"] == p95
    assert collected.warnings == ["a warning"]
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"s3cret" not in kept
    assert workload.collect(run, folder, LiveFigures()).results == collected.results


def test_an_own_script_runs_unchanged(
    lab: LoadLab, workload: LoadTestWorkload, echo: EchoServer, tmp_path: Path
) -> None:
    spec = RunSpec(
        script_kind="own",
        script_blob=lab.blobs.put(OWN.encode()),
        files={"path.txt": lab.blobs.put(b"mine\n")},
        environment={"TARGET": echo.url},
        secrets=["API_TOKEN"],
    )
    run, folder = run_of(spec), tmp_path / "run"
    launch = prepare(lab, workload, run, folder, f"{echo.url}/ingest")
    assert (folder / "inputs" / "script.js").read_text() == OWN
    run.exit_code, log = execute(launch, folder)
    assert run.exit_code == 99, log
    loads = [request for request in echo.received if request.target == "/mine"]
    assert len(loads) == 10
    assert loads[0].headers["x"] == "s3cret"
    collected = workload.collect(run, folder, LiveFigures())
    results = {(r.benchmark, r.metric, r.stat): r.value for r in collected.results}
    assert results["x:y", "http_reqs", "count"] == 10
    assert verdicts(collected) == {
        "threshold/http_req_duration/max<60000": "met",
        "threshold/http_reqs{x:y}/count>100": "missed",
        "run": "missed",
    }


def test_figures_of_a_stopped_run_count(
    lab: LoadLab, workload: LoadTestWorkload, echo: EchoServer, tmp_path: Path
) -> None:
    run = run_of(generated(lab, echo, target_tps=100_000))
    run.spec["plan"]["scenarios"][0]["duration"] = "60s"
    script = generate_script(parse_plan(run.spec["plan"]), {}).text
    run.spec["script_blob"] = lab.blobs.put(script.encode())
    launch = prepare(lab, workload, run, tmp_path, f"{echo.url}/ingest")
    with subprocess.Popen(
        launch.command,
        env={**launch.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 60
        while not any(request.target == "/a" for request in echo.received):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.terminate()
        run.exit_code = process.wait(60)
    run.stop_reason = StopReason.USER
    assert run.exit_code == 105
    collected = workload.collect(run, tmp_path, LiveFigures())
    results = {(r.benchmark, r.metric, r.stat): r.value for r in collected.results}
    sent = sum(request.target == "/a" for request in echo.received)
    assert 0 < results["s1", "http_reqs", "count"] <= sent
    found = verdicts(collected)
    assert found == {"s1/response_time": "unknown", "target_tps": "missed", "run": "missed"}


@pytest.mark.parametrize("report", [None, b"", b"{", b'{"metrics": {"http_reqs": 5}}', b"\xff\xfe"])
def test_a_broken_report_is_a_warning(
    lab: LoadLab,
    workload: LoadTestWorkload,
    echo: EchoServer,
    tmp_path: Path,
    report: bytes | None,
) -> None:
    run = run_of(generated(lab, echo))
    run.exit_code = 137
    (tmp_path / "results").mkdir()
    if report is not None:
        (tmp_path / "results" / "summary.json").write_bytes(report)
    collected = workload.collect(run, tmp_path, LiveFigures())
    assert list(collected.results) == []
    assert verdicts(collected) == {"s1/response_time": "unknown", "run": "unknown"}
    if report is None or b"metrics" not in report:
        assert "cannot be read" in collected.warnings[0]


def test_dropped_iterations_are_said(
    lab: LoadLab, workload: LoadTestWorkload, echo: EchoServer, tmp_path: Path
) -> None:
    run = run_of(generated(lab, echo))
    (warning,) = (
        text
        for text in workload.collect(run, tmp_path, LiveFigures(dropped_iterations=7)).warnings
        if "dropped" in text
    )
    assert warning.startswith("7 iterations")
    assert "not comparable" in warning


def test_an_auto_stop_misses(
    lab: LoadLab, workload: LoadTestWorkload, echo: EchoServer, tmp_path: Path
) -> None:
    run = run_of(generated(lab, echo))
    run.exit_code, run.stop_reason = 105, StopReason.AUTO_STOP
    found = verdicts(workload.collect(run, tmp_path, LiveFigures(auto_stop={"value": 1})))
    assert found == {"s1/response_time": "unknown", "auto_stop": "missed", "run": "missed"}


def test_a_target_that_is_down_ends_with_the_verdict_of_k6(
    lab: LoadLab, workload: LoadTestWorkload, echo: EchoServer, tmp_path: Path
) -> None:
    down = {"base_url": "http://127.0.0.1:9", "authorisation": None}
    run = run_of(generated(lab, echo, **down))
    launch = prepare(lab, workload, run, tmp_path, f"{echo.url}/ingest")
    run.exit_code, _ = execute(launch, tmp_path)
    assert run.exit_code == 0
    results = {
        (r.benchmark, r.metric, r.stat): r.value
        for r in workload.collect(run, tmp_path, LiveFigures()).results
    }
    assert results["s1", "http_req_failed", "rate"] == 1


def test_what_is_missing_is_named(
    lab: LoadLab, workload: LoadTestWorkload, echo: EchoServer, tmp_path: Path
) -> None:
    spec = generated(lab, echo)
    spec.secrets.append("OTHER")
    with pytest.raises(NotFound, match="OTHER"):
        prepare(lab, workload, run_of(spec), tmp_path, "http://127.0.0.1/")
    lab.settings.k6.path = tmp_path / "no-k6"
    with pytest.raises(Unavailable, match="no k6 that can be used"):
        prepare(lab, workload, run_of(generated(lab, echo)), tmp_path, "http://127.0.0.1/")


def test_k6_itself_refuses_closed_networks(
    lab: LoadLab, workload: LoadTestWorkload, echo: EchoServer, tmp_path: Path
) -> None:
    run = run_of(generated(lab, echo))
    launch = prepare(lab, workload, run, tmp_path, f"{echo.url}/ingest")
    assert "169.254.0.0/16" in launch.command
    lab.settings.server.host = "0.0.0.0"
    launch = prepare(lab, workload, run, tmp_path, f"{echo.url}/ingest")
    run.exit_code, log = execute(launch, tmp_path)
    assert not [request for request in echo.received if request.target == "/a"]
    assert "blacklisted" in log
    assert [request for request in echo.received if request.target == "/ingest"]
    assert quiet_environment().items() <= launch.environment.items()
