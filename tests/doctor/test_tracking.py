from __future__ import annotations

from benchwright.doctor.findings import Status
from benchwright.doctor.tracking import check_tracking
from benchwright.settings import Settings
from tests.fixtures.peers import Peer, write_answer


def settings(url: str) -> Settings:
    return Settings.model_validate({"tracking": {"mlflow_url": url, "token": "hush-hush"}})


def test_without_a_server_there_is_nothing_to_look_at() -> None:
    assert list(check_tracking(Settings())) == []


def test_a_server_that_lets_us_in_is_in_order(peer: Peer) -> None:
    peer.serve("/api/2.0/mlflow/experiments/search", "{}", "application/json")
    peer.serve("/version", "3.17.2")
    (found,) = check_tracking(settings(peer.url))
    assert found.status is Status.OK
    assert found.found == f"3.17.2 at {peer.url} takes reports of: load test, job"


def test_wrong_credentials_are_warned_of(peer: Peer) -> None:
    peer.answers["/api/2.0/mlflow/experiments/search"] = write_answer("no", status=401)
    (found,) = check_tracking(settings(peer.url))
    assert found.status is Status.WARNING
    assert "it refuses our user or token" in found.found
    assert "hush" not in repr(found)


def test_a_server_that_is_away_is_warned_of(unused_port: int) -> None:
    (found,) = check_tracking(settings(f"http://127.0.0.1:{unused_port}"))
    assert found.status is Status.WARNING
    assert "the connection was refused" in found.found
