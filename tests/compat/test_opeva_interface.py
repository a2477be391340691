"""A user interface for the OPEVA backend, as its calls go over the network: from another origin."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.compat.opeva_docker import Daemon, daemons
from tests.fixtures.served_lab import ServedLab

__all__ = ["daemons"]

pytestmark = pytest.mark.slow

ORIGIN = "http://manager.example:3000"
PATIENCE_S = 100
EDITED = {"experiment": {"name": "From the form", "run_name": "1"}, "wait_for_go": True}


class Manager:
    """Does what the pages of the interface do, with the members that they read."""

    def __init__(self, lab: ServedLab) -> None:
        self.folder = lab.data_dir
        self._client = httpx2.Client(
            base_url=lab.url, headers={"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, timeout=60
        )

    def close(self) -> None:
        self._client.close()

    def call(self, method: str, path: str, **more: Any) -> httpx2.Response:
        if method != "GET":
            preflight = self._client.options(
                path, headers={"Access-Control-Request-Method": method}
            )
            assert method in preflight.headers["access-control-allow-methods"]
        answer = self._client.request(method, path, **more)
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        return answer

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.call("POST", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self) -> dict[str, dict[str, Any]]:
        """The table of jobs: name, word, which buttons there are."""
        return {
            job["job_id"]: {
                "name": job["job_info"]["job_name"],
                "status": job["status"],
                "may_stop": job["status"] in ("queued", "running"),
            }
            for job in self.get("/jobs")
        }

    def wait(self, job_id: str, *words: str) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while (word := str(self.rows()[job_id]["status"])) not in words:
            assert time.monotonic() < deadline, word
            time.sleep(0.1)
        return word


@pytest.fixture
def manager(served_lab: ServedLab, daemons: list[Daemon]) -> Iterator[Manager]:
    served_lab.data_dir.chmod(0o755)
    served_lab.start(
        DOCKER_HOST=daemons[0].address,
        BENCHWRIGHT_HOSTS__LOCAL_SHARED_PATH=str(served_lab.data_dir),
        BENCHWRIGHT_COMPAT__OPEVA__IMAGE=daemons[0].image,
        BENCHWRIGHT_SERVER__CORS_ORIGINS=f'["{ORIGIN}"]',
    )
    for place, daemon in enumerate(daemons[1:], 1):
        served_lab.post("/api/v1/hosts", {"name": f"gpu-{place}", "address": daemon.address})
    manager = Manager(served_lab)
    yield manager
    manager.close()


def test_the_pages_of_the_interface_work(manager: Manager, daemons: list[Daemon]) -> None:
    # The page of datasets.
    manager.post(
        "/dataset", {"name": "d1", "schema": {"b": 1}, "data_files": {"x.csv": "YSxiCg=="}}
    )
    assert manager.get("/datasets") == ["d1"]
    archive = zipfile.ZipFile(io.BytesIO(manager.call("GET", "/dataset/download/d1").content))
    assert archive.read("d1/x.csv") == b"a,b\n"

    # The form: a config is edited, saved, opened again, and started on a chosen host.
    manager.post("/experiment-config/create", {"file_name": "form.yaml", "config": EDITED})
    assert manager.get("/experiment-configs") == ["form.yaml"]
    assert manager.get("/experiment-config/form.yaml") == {"config": EDITED}
    hosts = manager.get("/hosts")["available_hosts"]
    assert [host["name"] for host in hosts] == [
        "local",
        *(f"gpu-{n}" for n in range(1, len(daemons))),
    ]
    wish = {"config_path": "form.yaml", "target_host": hosts[0]["host"]}
    first = manager.post("/run-simulation", wish)
    assert (first["status"], first["host"]) == ("launched", "local")

    # The host takes one job at a time: the next waits, and both can be stopped.
    second = manager.post("/run-simulation", wish)
    assert (second["status"], second["container_id"]) == ("queued", None)
    manager.wait(first["job_id"], "running")
    name = "From_the_form-1"
    assert manager.rows() == {
        first["job_id"]: {"name": name, "status": "running", "may_stop": True},
        second["job_id"]: {"name": name, "status": "queued", "may_stop": True},
    }
    deadline = time.monotonic() + PATIENCE_S
    while manager.get(f"/progress/{first['job_id']}").get("percent") != 45:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert manager.post(f"/stop/{second['job_id']}") == {"message": "stopped"}
    assert manager.wait(second["job_id"], "stopped") == "stopped"
    (manager.folder / "jobs" / first["job_id"] / "go").touch()
    assert manager.wait(first["job_id"], "finished", "failed") == "finished"
    assert manager.get(f"/result/{first['job_id']}")["District"]["cost_total"] == 1.1
    assert manager.get(f"/progress/{first['job_id']}")["percent"] == 100
    for path in ("logs", "file-logs"):
        assert "is complete" in manager.call("GET", f"/{path}/{first['job_id']}").text

    # A running job is stopped and deleted at once, as the buttons are pressed.
    third = manager.post("/run-simulation", wish)["job_id"]
    manager.wait(third, "running")
    manager.post(f"/stop/{third}")
    for job_id in (third, second["job_id"], first["job_id"]):
        assert manager.call("DELETE", f"/job/{job_id}").status_code == 200
    assert manager.rows() == {}
    assert daemons[0].containers(third) == []
    assert manager.call("DELETE", "/dataset/d1").status_code == 200
    assert manager.call("DELETE", "/experiment-config/form.yaml").status_code == 200
    for path in ("experiment-config/form.yaml", "job-info/" + third, "status/" + third):
        answer = manager.call("GET", f"/{path}")
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_a_host_that_shares_no_folder_brings_everything_back(
    manager: Manager, daemons: list[Daemon]
) -> None:
    if len(daemons) < 2:
        pytest.skip("needs a second Docker daemon")
    other = Path(manager.folder) / "datasets" / "unused"
    manager.post("/dataset", {"name": "used", "schema": {"b": 1}})
    manager.post("/dataset", {"name": "unused", "schema": {"b": 1}})
    assert other.is_dir()
    simulator = {"dataset_path": "/data/datasets/used/schema.json"}
    config = {"experiment": {"name": "Far"}, "simulator": simulator}
    job = manager.post("/run-simulation", {"config": config, "target_host": "gpu-1"})
    assert (job["status"], job["host"]) == ("launched", "gpu-1")
    assert manager.wait(job["job_id"], "finished", "failed") == "finished"
    assert manager.get(f"/result/{job['job_id']}")["Building_1"] == {
        "cost_total": 0.9,
        "peak": None,
    }
    assert manager.get(f"/progress/{job['job_id']}")["percent"] == 100
    printed = manager.call("GET", f"/logs/{job['job_id']}").text
    assert "datasets: used" in printed
    assert "logged only" in manager.call("GET", f"/file-logs/{job['job_id']}").text
    info = manager.get(f"/job-info/{job['job_id']}")
    assert info["container_id"] == job["container_id"]
    assert info["mlflow_run_id"] == job["job_id"].replace("-", "")
    assert daemons[1].containers(job["job_id"]) == []
