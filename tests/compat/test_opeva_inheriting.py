"""A folder of an OPEVA backend, taken over; its hosts are fakes that say what they see."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from benchwright.compat.opeva.inheriting import TakenOver, take_over
from benchwright.compat.opeva.keeping import TrackKeeper
from benchwright.executors.port import Executor, Handle, Observation, OutOfReach, Phase
from benchwright.hosts import repository as hosts
from benchwright.hosts.models import Host
from benchwright.kit.threads import in_thread
from benchwright.runs import repository
from benchwright.runs.models import Run
from benchwright.runs.state import RunState
from tests.compat.opeva_backend import Backend, opened_backend

JOBS = {
    name: f"{place:08}-d9cb-469f-a165-70867728950e"
    for place, name in enumerate(
        (
            "running",
            "ended",
            "failed",
            "said",
            "kept",
            "lost",
            "away",
            "away_done",
            "stranger",
            "host",
        )
    )
}
STARTED = dt.datetime(2025, 5, 1, 12, tzinfo=dt.UTC)
ENDED = dt.datetime(2025, 5, 1, 13, tzinfo=dt.UTC)


class Sights:
    """An executor that says what it sees, and gives out the logs of what has ended."""

    def __init__(self, sights: Mapping[str, Observation]) -> None:
        self._sights = sights
        self.asked: list[Handle] = []

    async def observe(self, handle: Handle) -> Observation:
        self.asked.append(handle)
        return self._sights.get(str(handle["id"]), Observation(Phase.ABSENT))

    async def collect(self, handle: Handle, folder: Path) -> None:
        assert self._sights[str(handle["id"])].phase is Phase.EXITED
        if str(handle["id"]) == name_of("failed"):
            raise OutOfReach("it has just gone")
        await in_thread(self._write_log, Path(handle["log_path"]))

    def _write_log(self, log: Path) -> None:
        log.parent.mkdir(exist_ok=True)
        log.write_text("what Docker kept\n")


def entry(name: str, **changes: Any) -> dict[str, Any]:
    job_id = JOBS[name]
    return {
        "container_id": "c0ffee" * 10 + "abcd", "container_name": f"opeva_sim_{job_id}_Demo-{name}",
        "job_name": f"Demo-{name}", "config_path": "configs/demo.yaml", "target_host": "local",
        "experiment_name": "Demo", "run_name": name, **changes,
    }  # fmt: skip


def name_of(name: str) -> str:
    return f"opeva_sim_{JOBS[name]}_Demo-{name}"


def inherit(backend: Backend) -> Sights:
    """Writes the folder, and answers what its host sees."""
    entries = {JOBS[name]: entry(name) for name in JOBS}
    entries[JOBS["stranger"]]["container_name"] = "production-database"
    entries[JOBS["host"]]["target_host"] = "10.9.9.9"
    entries["not-a-uuid"] = entry("kept")
    backend.write("job_track.json", entries)
    backend.write("configs/demo.yaml", "experiment: {name: Demo, run_name: One}\n")
    for name, job_id in JOBS.items():
        info = {"job_id": job_id, **entries[job_id], "started_at": "2025-05-01T12:00:00Z"}
        backend.write(f"jobs/{job_id}/job_info.json", info | {"mlflow_run_id": f"run-{name}"})
    for name, result in (
        ("kept", {"b1": {"cost": 1.5}, "b2": {"cost": 2.5}}),
        ("said", {"status": "failed", "error": "no  data"}),
        ("away_done", {"status": "completed", "metrics": {"kpi": 3}}),
    ):
        path = backend.write(f"jobs/{JOBS[name]}/results/result.json", result)
        os.utime(path, (ENDED.timestamp(), ENDED.timestamp()))
    path = backend.write(f"jobs/{JOBS['kept']}/progress/progress.json", {"percent": 100})
    os.utime(path, (STARTED.timestamp(), STARTED.timestamp()))
    backend.write(f"jobs/{JOBS['kept']}/logs/run-kept.log", "an inherited line\n")
    exited: dict[str, Any] = {"started_at": STARTED, "ended_at": ENDED}
    away = Observation(Phase.UNREACHABLE, detail="no route")
    return Sights(
        {
            name_of("running"): Observation(Phase.RUNNING, started_at=STARTED),
            name_of("ended"): Observation(Phase.EXITED, 0, **exited),
            name_of("failed"): Observation(Phase.EXITED, 3, **exited, detail="killed"),
            name_of("said"): Observation(Phase.EXITED, 0, **exited),
            name_of("away"): away,
            name_of("away_done"): away,
            "production-database": Observation(Phase.RUNNING, started_at=STARTED),
        }
    )


def take(backend: Backend, sights: Sights, only: Collection[uuid.UUID] | None = None) -> int:
    return take_all(backend, sights, only).added


def take_all(
    backend: Backend, sights: Sights, only: Collection[uuid.UUID] | None = None
) -> TakenOver:
    keeper: TrackKeeper = backend.app.state.opeva_keeper
    executors = cast("Mapping[str, Executor]", {"docker:local": sights, "docker:gpu": sights})
    return asyncio.run(take_over(keeper.lab, keeper.track, executors, only))


def test_jobs_of_the_folder_become_runs(backend: Backend) -> None:
    sights = inherit(backend)
    before = backend.tracked()
    assert take(backend, sights) == len(JOBS)

    listed = {job["job_id"]: job for job in backend.ok("GET", "/jobs")}
    words = {name: listed[job_id]["status"] for name, job_id in JOBS.items()}
    assert words == {
        "running": "running", "ended": "finished", "failed": "failed", "said": "failed",
        "kept": "finished", "lost": "failed", "away": "running", "away_done": "finished",
        "stranger": "failed", "host": "failed",
    }  # fmt: skip
    states = {name: backend.run(job_id).state for name, job_id in JOBS.items()}
    assert {name for name, state in states.items() if state is RunState.LOST} == {
        "lost", "stranger", "host",
    }  # fmt: skip
    for name, job_id in JOBS.items():
        info = backend.ok("GET", f"/job-info/{job_id}")
        assert info["mlflow_run_id"] == f"run-{name}"
        assert info["container_id"] == "c0ffee" * 10 + "abcd"
        assert listed[job_id]["job_info"]["job_name"] == f"Demo-{name}"
    kept = JOBS["kept"]
    assert backend.ok("GET", f"/result/{kept}") == {"b1": {"cost": 1.5}, "b2": {"cost": 2.5}}
    assert backend.ok("GET", f"/progress/{kept}") == {"percent": 100}
    for path in ("logs", "file-logs"):
        assert backend.client.get(f"/{path}/{kept}").text == "an inherited line\n"
    assert backend.client.get(f"/logs/{JOBS['ended']}").text == "what Docker kept\n"
    assert "no data" in backend.ok("GET", f"/status/{JOBS['said']}")["reason"]
    assert "10.9.9.9" in backend.ok("GET", f"/status/{JOBS['host']}")["reason"]
    assert backend.ok("GET", f"/status/{JOBS['failed']}")["exit_code"] == 3
    # Nothing of the file is changed by reading it.
    assert backend.tracked() == before


def test_history_has_times_results_files_and_a_plan(backend: Backend) -> None:
    take(backend, inherit(backend))
    run = backend.run(JOBS["kept"])
    assert (run.started_at, run.duration_s) == (STARTED, 3600)
    assert run.spec["command"][:2] == ["--config", "/data/configs/demo.yaml"]
    assert run.spec["config"]["stored"] == "demo.yaml"
    with backend.installation.lab.database.read() as session:
        results = {(r.benchmark, r.metric): r.value for r in repository.list_results(session, run)}
        paths = {a.path for a in repository.list_artifacts(session, run)}
    assert results == {("b1", "cost"): 1.5, ("b2", "cost"): 2.5}
    assert paths >= {"results/result.json", "logs/run-kept.log"}
    failed = backend.run(JOBS["failed"])
    assert (failed.exit_code, failed.started_at, failed.duration_s) == (3, STARTED, 3600)
    for job_id in JOBS.values():
        assert backend.client.get(f"/api/v1/runs/{job_id}").status_code == 200
        page = backend.client.get(f"/p/default/runs/{job_id}", headers={"Accept": "text/html"})
        assert page.status_code == 200


def test_a_container_that_runs_is_driven_from_here_on(backend: Backend) -> None:
    take(backend, inherit(backend))
    run = backend.run(JOBS["running"])
    assert (run.state, run.target, run.started_at) == (RunState.RUNNING, "docker:local", STARTED)
    assert run.home == backend.installation.lab.home
    assert run.handle is not None
    assert run.handle["id"] == run.handle["name"] == name_of("running")
    assert run.handle["log_path"].endswith(f"/jobs/{JOBS['running']}/logs/{JOBS['running']}.log")
    assert run.timeout_s > 10 * 86_400
    assert backend.run(JOBS["ended"]).handle is None
    assert backend.ok("POST", f"/stop/{JOBS['running']}") == {"message": "stopped"}


def test_only_containers_with_the_jobs_own_name_are_asked_for(backend: Backend) -> None:
    sights = inherit(backend)
    take(backend, sights)
    asked = {str(handle["id"]) for handle in sights.asked}
    assert asked == {name_of(name) for name in JOBS if name not in ("stranger", "host")}


def test_taking_over_again_adds_nothing_and_deleting_lasts(backend: Backend) -> None:
    sights = inherit(backend)
    take(backend, sights)
    assert take(backend, sights) == 0
    backend.ok("DELETE", f"/job/{JOBS['kept']}")
    assert JOBS["kept"] not in backend.tracked()
    assert "not-a-uuid" in backend.tracked()
    assert take(backend, sights) == 0
    with backend.installation.lab.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == len(JOBS) - 1


def test_a_crash_between_run_and_note_doubles_nothing(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    sights = inherit(backend)
    keeper: TrackKeeper = backend.app.state.opeva_keeper
    with monkeypatch.context() as patch:
        patch.setattr(keeper.track, "adopt", lambda _ids: None)
        assert take(backend, sights) == len(JOBS)
    assert keeper.track.known() == set()
    assert take(backend, sights) == 0
    assert keeper.track.known() == set(JOBS.values())


def test_a_job_that_was_deleted_while_the_server_was_away_does_not_come_back(
    tmp_path: Path, database_url: str
) -> None:
    with opened_backend(tmp_path / "data", database_url) as first:
        take(first, inherit(first))
        with first.installation.lab.database.write() as session:
            session.delete(session.merge(first.run(JOBS["kept"])))
    with opened_backend(tmp_path / "data", database_url) as second:
        assert take(second, Sights({})) == 0
        keeper: TrackKeeper = second.app.state.opeva_keeper
        keeper.look()
        assert JOBS["kept"] not in second.tracked()
        assert JOBS["lost"] in second.tracked()


def test_a_job_that_may_run_waits_for_its_host_to_be_added(backend: Backend) -> None:
    job_id = JOBS["running"]
    backend.write("job_track.json", {job_id: entry("running", target_host="10.0.0.7")})
    started_at = (dt.datetime.now(dt.UTC) - dt.timedelta(days=3)).isoformat()
    backend.write(f"jobs/{job_id}/job_info.json", {"started_at": started_at})
    sights = Sights({name_of("running"): Observation(Phase.RUNNING, started_at=STARTED)})
    taken = take_all(backend, sights)
    assert (taken.added, taken.waiting) == (0, frozenset({uuid.UUID(job_id)}))
    assert backend.ok("GET", "/jobs") == []
    assert take_all(backend, sights, taken.waiting) == taken
    with backend.installation.lab.database.write() as session:
        hosts.add(session, Host(name="gpu", address="tcp://10.0.0.7:2375"))
    assert take_all(backend, sights, taken.waiting) == TakenOver(1, frozenset())
    assert backend.ok("GET", f"/status/{job_id}")["status"] == "running"
    assert backend.run(job_id).target == "docker:gpu"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "changes",
    [
        {"job_name": None, "container_id": 5, "container_name": [], "target_host": {}},
        {"job_name": " ", "config_path": "../../etc/passwd", "target_host": "\0"},
        {"job_name": "x" * 5000, "config_path": "\ud800", "experiment_name": "\0"},
        {"config_path": "configs/none.yaml", "container_name": "opeva_sim_../../x"},
        {},
    ],
)
def test_odd_entries_become_runs_too(backend: Backend, changes: dict[str, Any]) -> None:
    odd = JOBS["lost"]
    entries = {odd: {} if not changes else entry("lost", **changes), JOBS["kept"]: "no entry"}
    backend.write("job_track.json", json.dumps(entries))
    backend.write(f"jobs/{odd}/job_info.json", {"started_at": "0001-01-01T00:00:00+23:59"})
    backend.write(f"jobs/{odd}/results/result.json", "[" * 50_000)
    assert take(backend, Sights({})) == 1
    assert backend.ok("GET", f"/status/{odd}")["state"] == "lost"
    assert len(backend.ok("GET", "/jobs")) == 1
    assert backend.client.get(f"/api/v1/runs/{odd}").status_code == 200
