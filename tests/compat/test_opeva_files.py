"""Configs and datasets, under all their addresses."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import pytest

from tests.compat.opeva_backend import Backend

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
pytestmark = ON_SQLITE

CREATE = ("/config", "/config/create", "/experiment-config/create")
ONE = ("/config", "/experiment-config")
TRICKS = (
    "..%2f..%2fjob_track.yaml", "%2e%2e/x.yaml", "%2fetc%2fpasswd", "a/b.yaml", "a%5cb.yaml",
    "configs/%2e%2e/x.yaml", "configs%2f..%2f..%2fx.yaml", ".hidden.yaml", "a%00.yaml", "%20",
)  # fmt: skip


@pytest.mark.parametrize("create", CREATE)
@pytest.mark.parametrize("one", ONE)
def test_a_config_is_written_listed_shown_and_deleted(
    backend: Backend, create: str, one: str
) -> None:
    config = {"experiment": {"name": "ä", "run_name": "r"}, "list": [1, 2.5, None, True]}
    wish = {"file_name": "custom.yaml", "config": config}
    assert backend.ok("POST", create, json=wish) == {
        "message": "Config saved", "file": "custom.yaml",
    }  # fmt: skip
    for path in ("/configs", "/experiment-configs"):
        assert backend.ok("GET", path) == ["custom.yaml"]
    assert backend.ok("GET", f"{one}/custom.yaml") == {"config": config}
    backend.ok("POST", create, json=wish | {"config": {"a": 1}})
    assert backend.ok("GET", f"{one}/custom.yaml") == {"config": {"a": 1}}
    assert backend.ok("DELETE", f"{one}/custom.yaml") == {
        "message": "Config custom.yaml deleted successfully"
    }
    backend.fails(404, "Config custom.yaml not found", "GET", f"{one}/custom.yaml")
    backend.fails(404, "Config file not found", "DELETE", f"{one}/custom.yaml")


def test_the_folder_may_stand_before_a_name_and_the_ending_may_be_missing(backend: Backend) -> None:
    wish = {"file_name": "configs/first", "config": {"a": 1}}
    assert backend.ok("POST", "/config/create", json=wish)["file"] == "first.yaml"
    for name in ("first", "first.yaml", "configs/first.yaml", "configs%2ffirst.yaml"):
        assert backend.ok("GET", f"/config/{name}") == {"config": {"a": 1}}
    backend.write("configs/other.yml", "b: 2\n")
    backend.write("configs/third.json", {"c": 3})
    backend.write("configs/notes.txt", "no config")
    assert backend.ok("GET", "/configs") == ["first.yaml", "other.yml"]
    assert backend.ok("GET", "/config/third.json") == {"config": {"c": 3}}


@pytest.mark.parametrize("name", TRICKS)
def test_no_name_leads_out_of_the_folder(backend: Backend, name: str) -> None:
    backend.write("job_track.yaml", "secret: 1\n")
    for method in ("GET", "DELETE"):
        for one in ONE:
            backend.fails(400, "Invalid file name", method, f"{one}/{name}")
    assert (backend.data_dir / "job_track.yaml").exists()


@pytest.mark.parametrize(
    "name", ["../x.yaml", "/etc/x.yaml", "a/b.yaml", "..", "", "a\\b", "x" * 900]
)
def test_nothing_is_written_outside_the_folder(backend: Backend, name: str) -> None:
    for create in CREATE:
        wish = {"file_name": name, "config": {"a": 1}}
        backend.fails(400, "Invalid file name", "POST", create, json=wish)
    run = {"config": {"a": 1}, "save_as": name or "..", "target_host": "local"}
    backend.fails(400, "Invalid file name", "POST", "/run-simulation", json=run)
    run = {"config_path": name or "..", "target_host": "local"}
    backend.fails(400, "Invalid file name", "POST", "/run-simulation", json=run)
    dataset = {"name": name, "schema": {}}
    backend.fails(400, "Invalid file name", "POST", "/dataset", json=dataset)
    dataset = {"name": "fine", "schema": {}, "data_files": {name: "YQ=="}}
    backend.fails(400, "Invalid file name", "POST", "/dataset", json=dataset)
    assert backend.ok("GET", "/configs") == backend.ok("GET", "/datasets") == []


@pytest.mark.parametrize(
    "body", [{}, {"config": 1, "file_name": "a.yaml"}, {"file_name": 5}, [], None]
)
def test_a_body_that_lacks_something_is_refused_in_fastapis_shape(
    backend: Backend, body: Any
) -> None:
    answer = backend.client.post("/config/create", json=body)
    assert answer.status_code == 422
    assert all({"loc", "msg", "type"} <= set(error) for error in answer.json()["detail"])


def test_a_config_that_cannot_be_read_says_why(backend: Backend) -> None:
    backend.write("configs/broken.yaml", "a: [1\n")
    answer = backend.client.get("/config/broken.yaml")
    assert answer.status_code == 400
    assert "Line 2" in answer.json()["detail"]


def test_a_dataset_is_written_listed_downloaded_and_deleted(backend: Backend) -> None:
    table = b"hour,load\n1,0.5\n"
    wish = {
        "name": "dataset1",
        "schema": {"buildings": {"b": 1}},
        "data_files": {"b.csv": base64.b64encode(table).decode()},
    }
    made = {"message": "Dataset created", "name": "dataset1"}
    assert backend.ok("POST", "/dataset", json=wish) == made
    assert backend.ok("POST", "/dataset", json={"name": "bare", "schema": {}})["name"] == "bare"
    assert backend.ok("GET", "/datasets") == ["bare", "dataset1"]
    answer = backend.client.get("/dataset/download/dataset1")
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="dataset1.zip"' in answer.headers["content-disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.read("dataset1/b.csv") == table
    assert backend.ok("POST", "/dataset", json=wish | {"data_files": {}}) == made
    assert not (backend.data_dir / "datasets/dataset1/b.csv").exists()
    assert backend.ok("DELETE", "/dataset/dataset1") == {"message": "Dataset 'dataset1' deleted"}
    for method, path in (("DELETE", "/dataset/dataset1"), ("GET", "/dataset/download/dataset1")):
        backend.fails(404, "Dataset not found", method, path)


def test_files_that_are_not_in_base64_are_refused(backend: Backend) -> None:
    wish = {"name": "d", "schema": {}, "data_files": {"a.csv": "abcde"}}
    backend.fails(400, "The file 'a.csv' is not in base64", "POST", "/dataset", json=wish)
    assert backend.ok("GET", "/datasets") == []


@pytest.mark.parametrize("name", ["..", "..%2fjobs", "a/b", "datasets/../jobs", ".benchwright"])
def test_no_name_of_a_dataset_leads_elsewhere(backend: Backend, name: str) -> None:
    name = name.replace("..", "%2e%2e")
    backend.fails(400, "Invalid file name", "DELETE", f"/dataset/{name}")
    backend.fails(400, "Invalid file name", "GET", f"/dataset/download/{name}")
    assert (backend.data_dir / "jobs").is_dir()


def test_hosts_are_listed_as_they_are_asked_for(backend: Backend) -> None:
    from benchwright.hosts import repository
    from benchwright.hosts.models import Host

    addresses = {
        "gpu-1": "ssh://bench@10.0.0.7", "gpu-2": "tcp://10.0.0.8:2375", "a": "tcp://10.0.0.9:2375",
        "b": "tcp://10.0.0.9:2376",
    }  # fmt: skip
    with backend.installation.lab.database.write() as session:
        for name, address in addresses.items():
            repository.add(session, Host(name=name, address=address))
    assert backend.ok("GET", "/hosts") == {
        "available_hosts": [
            {"name": "local", "host": "local"},
            {"name": "a", "host": "a"},
            {"name": "b", "host": "b"},
            {"name": "gpu-1", "host": "10.0.0.7"},
            {"name": "gpu-2", "host": "10.0.0.8"},
        ]
    }
    for target, name in (("10.0.0.7", "gpu-1"), ("gpu-2", "gpu-2"), ("b", "b"), ("local", "local")):
        job = backend.start(target_host=target)
        assert job["host"] == target
        assert backend.run(job["job_id"]).target == f"docker:{name}"
    for target in ("10.0.0.9", "10.0.0.70", "..", "x" * 200):
        wish = {"config": {}, "target_host": target}
        detail = f"Invalid host: {target[:100]}"
        backend.fails(400, detail, "POST", "/run-simulation", json=wish)
