"""The JSON of hosts."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from benchwright.access import service as tokens
from benchwright.access.principal import Scope
from tests.fixtures.served_pages import GuardedPages
from tests.fixtures.site import Site
from tests.hosts.certificates import make_known_line, make_pair, make_ssh_key
from tests.hosts.daemon import fake_daemon

API = "/api/v1/hosts"


@pytest.fixture
def api(site: Site) -> TestClient:
    site.client.headers["Accept"] = "application/json"
    return site.client


def create(api: TestClient, **values: Any) -> dict[str, Any]:
    given = {"name": "gpu-1", "address": "tcp://127.0.0.1:1", **values}
    answer = api.post(API, json=given)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_the_life_of_a_host(api: TestClient, site: Site) -> None:
    woken: list[str] = []
    lab = site.harness.installation.lab
    lab.wake_hosts = lambda: woken.append("hosts")
    lab.wake = lambda: woken.append("runs")
    made = create(api, labels={"gpu": "a100"}, capacity=2)
    assert (made["state"], made["target"], made["capacity"]) == ("unknown", "docker:gpu-1", 2)
    assert [host["name"] for host in api.get(API).json()] == ["local", "gpu-1"]
    changed = api.patch(f"{API}/gpu-1", json={"capacity": 4, "is_exclusive": True})
    assert changed.json()["capacity"] == 1
    assert changed.json()["labels"] == {"gpu": "a100"}
    assert api.post(f"{API}/gpu-1/drain").json()["state"] == "drained"
    assert api.post(f"{API}/gpu-1/undrain").json()["is_drained"] is False
    assert woken == ["hosts", "hosts", "runs", "runs"]
    assert api.get(f"{API}/gpu-1").json()["name"] == "gpu-1"
    assert api.delete(f"{API}/gpu-1").status_code == 204
    assert api.get(f"{API}/gpu-1").status_code == 404
    assert api.delete(f"{API}/local").status_code == 409


def test_no_answer_holds_a_key(api: TestClient) -> None:
    pair, ssh_key, line = make_pair(), make_ssh_key(), make_known_line()
    tls = {"ca": pair.certificate, "certificate": pair.certificate, "key": pair.key}
    answers = [
        create(api, tls=tls),
        create(api, name="gpu-2", address="ssh://a@b", ssh_key=ssh_key, known_hosts=line),
        api.get(API).json(),
        api.patch(f"{API}/gpu-1", json={"note": "x"}).json(),
        api.get("/p/default/hosts.json").json(),
        api.get("/p/default/hosts/gpu-2.json").json(),
    ]
    said = repr(answers) + "".join(
        api.get(f"/p/default/hosts/{path}", headers={"Accept": "text/html"}).text
        for path in ("", "gpu-1", "gpu-1/edit", "gpu-2/edit")
    )
    for secret in (*pair.key.splitlines()[1:-1], *ssh_key.splitlines()[1:-1]):
        assert secret not in said
    assert (answers[0]["has_tls"], answers[1]["has_ssh_key"]) == (True, True)
    assert "SHA256:" in answers[1]["known_fingerprints"][0]


@pytest.mark.parametrize(
    "body, field",
    [
        ({"name": "Gpu 1"}, "name"),
        ({"name": "-x"}, "name"),
        ({"name": "test"}, "name"),
        ({"address": "http://x"}, "address"),
        ({"capacity": 0}, "capacity"),
        ({"labels": {"a b": "c"}}, "labels.a b.[key]"),
        ({"network": "a b"}, "network"),
        ({"shared_path": "relative"}, "shared_path"),
        ({"seen_at": "2027-01-01T00:00:00Z"}, "seen_at"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    api: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = api.post(API, json={"name": "gpu-1", "address": "tcp://a:1", **body})
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert api.patch(f"{API}/local", json={"name": "other"}).status_code == 422


def test_a_look_at_a_host_is_written_down(api: TestClient) -> None:
    with fake_daemon() as address:
        create(api, address=address)
        seen = api.post(f"{API}/gpu-1/probe").json()
        assert (seen["state"], seen["problem"]) == ("ready", "")
        assert (seen["facts"]["processors"], seen["facts"]["docker_version"]) == (12, "29.1.0")
        assert seen["facts"]["networks"] == ["bridge", "opeva_network"]
        assert api.get(f"{API}/gpu-1/orphans").json() == {"problem": "", "items": []}
        gone = api.delete(f"{API}/gpu-1/orphans/{'a' * 64}")
        assert gone.status_code == 409
    away = api.post(f"{API}/gpu-1/probe").json()
    assert away["state"] == "unreachable"
    assert "Nothing listens" in away["problem"]
    assert away["facts"]["processors"] == 12
    assert api.get(f"{API}/gpu-1/orphans").json()["problem"]
    assert api.delete(f"{API}/gpu-1/orphans/{'a' * 64}").status_code == 503
    assert api.post(f"{API}/gone/probe").status_code == 404
    assert api.get(f"{API}/gone/orphans").status_code == 404


def test_a_connection_is_tried_without_being_stored(api: TestClient) -> None:
    with fake_daemon() as address:
        tried = api.post(f"{API}/test", json={"address": address}).json()
        assert (tried["is_reachable"], tried["facts"]["name"]) == (True, "fake-1")
    tried = api.post(f"{API}/test", json={"address": address}).json()
    assert (tried["is_reachable"], tried["facts"]["name"]) == (False, None)
    assert api.post(f"{API}/test", json={"address": "moon"}).status_code == 422
    assert len(api.get(API).json()) == 1


def test_only_an_admin_changes_hosts(guarded_pages: GuardedPages) -> None:
    lab = guarded_pages.harness.installation.lab
    client = TestClient(guarded_pages.harness.app, base_url="http://localhost")
    body = {"name": "gpu-1", "address": "tcp://127.0.0.1:1"}
    writing = {"Authorization": f"Bearer {guarded_pages.token}"}
    assert client.get(API, headers=writing).status_code == 200
    for method, path in (
        ("POST", ""), ("POST", "/test"), ("PATCH", "/local"), ("DELETE", "/local"),
        ("POST", "/local/drain"), ("POST", "/local/undrain"),
        ("DELETE", f"/local/orphans/{'a' * 12}"),
    ):  # fmt: skip
        answer = client.request(method, API + path, json=body, headers=writing)
        assert answer.status_code == 403, (method, path)
    with lab.database.write() as session:
        text = tokens.create_token(session, lab.keyring, "an admin", [Scope.ADMIN])[1]
    answer = client.post(API, json=body, headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 201
