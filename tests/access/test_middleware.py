from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from starlette.websockets import WebSocketDisconnect

from benchwright.access import service
from benchwright.access.models import ApiToken
from benchwright.access.run_tokens import issue_run_token
from benchwright.access.token_text import new_token_text
from benchwright.kit.db import now
from benchwright.kit.secrets import Keyring
from tests.fixtures.small_lab import SmallLab

MakeLab = Callable[..., SmallLab]

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ALLOWED = {
    "read": {"read"},
    "run": {"read", "run"},
    "write": {"read", "run", "write"},
    "admin": {"read", "run", "write", "admin", "ingest"},
    "ingest": {"ingest"},
}
ROUTES = {
    "read": ("GET", "/things"),
    "run": ("POST", "/runs"),
    "write": ("POST", "/things"),
    "admin": ("DELETE", "/everything"),
    "ingest": ("POST", "/figures"),
}
REMOTE = {"host": "0.0.0.0"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@one_database
@pytest.mark.parametrize("server", [{}, REMOTE], ids=["loopback", "remote"])
@pytest.mark.parametrize("scope", ALLOWED)
def test_a_token_allows_what_its_scope_contains(
    small_lab: MakeLab, scope: str, server: dict[str, str]
) -> None:
    lab = small_lab(**server)
    headers = bearer(lab.token(scope))
    with lab.client() as client:
        for needed, (method, path) in ROUTES.items():
            expected = 200 if needed in ALLOWED[scope] else 403
            assert client.request(method, path, headers=headers).status_code == expected, needed


@one_database
@pytest.mark.parametrize("method, path", ROUTES.values())
@pytest.mark.parametrize(
    "server, headers, expected",
    [
        ({}, {}, 200),
        ({}, {"Authorization": "Bearer of-another-system"}, 200),
        ({}, {"X-Forwarded-For": "127.0.0.1"}, 401),
        ({}, {"Forwarded": "for=10.0.0.1"}, 401),
        ({}, {"Host": "evil.example"}, 421),
        ({}, {"Host": "evil.example", "X-Forwarded-Host": "127.0.0.1"}, 421),
        ({"allowed_hosts": ["lab.example"]}, {"Host": "lab.example"}, 401),
        (REMOTE, {}, 401),
        (REMOTE, {"Authorization": "Bearer of-another-system"}, 401),
        (REMOTE, {"Cookie": "benchwright_session=forged"}, 401),
        (REMOTE, {"Host": "a b"}, 400),
        (REMOTE | {"allowed_hosts": ["lab.example"]}, {"Host": "evil.example"}, 421),
    ],
)
def test_without_a_token(
    small_lab: MakeLab,
    server: dict[str, object],
    headers: dict[str, str],
    expected: int,
    method: str,
    path: str,
) -> None:
    with small_lab(**server).client() as client:
        response = client.request(method, path, headers=headers)
    assert response.status_code == expected
    if expected != 200:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == expected
    if expected == 401:
        assert response.headers["www-authenticate"] == "Bearer"
        assert "benchwright token create" in response.json()["detail"]


@one_database
@pytest.mark.parametrize("server", [{}, REMOTE], ids=["loopback", "remote"])
def test_wrong_tokens_of_ours_are_refused_everywhere(
    small_lab: MakeLab, server: dict[str, str]
) -> None:
    lab = small_lab(**server)
    good = lab.token("admin")
    with lab.client() as client:
        for text in (good[:-1], good + "x", "bw_pat_", "bw_pat_é", new_token_text()):
            headers = {b"Authorization": f"Bearer {text}".encode()}
            assert client.get("/things", headers=headers).status_code == 401, text


def test_expired_and_revoked_tokens_end(small_lab: MakeLab) -> None:
    lab = small_lab(**REMOTE)
    with lab.client() as client:
        for ending in ("expires_at", "revoked_at"):
            headers = bearer(lab.token("read"))
            assert client.get("/things", headers=headers).status_code == 200
            with lab.database.write() as session:
                session.execute(update(ApiToken).values({ending: now() - dt.timedelta(seconds=1)}))
            response = client.get("/things", headers=headers)
            assert response.status_code == 401
            assert "expired or was revoked" in response.json()["detail"]


@one_database
@pytest.mark.parametrize("server", [{}, REMOTE], ids=["loopback", "remote"])
def test_a_run_token_writes_to_its_run_alone(small_lab: MakeLab, server: dict[str, str]) -> None:
    lab = small_lab(**server)
    run = uuid4()
    headers = bearer(issue_run_token(lab.keyring, run))

    def write(client: TestClient, target: UUID, headers: dict[str, str]) -> int:
        return client.post(f"/runs/{target}/figures", headers=headers).status_code

    with lab.client() as client:
        assert write(client, run, headers) == 200
        assert write(client, uuid4(), headers) == 403
        assert write(client, run, bearer("bw_run_forged")) == 403
        assert write(client, run, bearer(lab.token("ingest"))) == 200
        assert write(client, run, bearer(lab.token("read"))) == 403
        assert write(client, run, {}) == (200 if not server else 401)
        for method, path in ROUTES.values():
            assert client.request(method, path, headers=headers).status_code == 403


@one_database
@pytest.mark.parametrize("method, path", [ROUTES["write"], ROUTES["admin"], ROUTES["run"]])
def test_other_sites_cannot_use_the_browser_of_this_machine(
    small_lab: MakeLab, method: str, path: str
) -> None:
    lab = small_lab(cors_origins=["https://front.example"])
    token = lab.token("admin")
    with lab.client() as client:

        def send(**headers: str) -> int:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.request(method, path, headers=given).status_code

        assert send(Origin="https://evil.example") == 403
        assert send(Origin="null") == 403
        assert send(Sec_Fetch_Site="cross-site") == 403
        assert send(Origin="http://127.0.0.1:8000", Sec_Fetch_Site="same-origin") == 200
        assert send(Origin="https://front.example", Sec_Fetch_Site="cross-site") == 200
        # A page cannot add a token by itself: whoever sends one means it.
        assert send(Origin="https://evil.example", Authorization=f"Bearer {token}") == 200


@one_database
def test_listed_front_ends_may_ask_and_read(small_lab: MakeLab) -> None:
    lab = small_lab(**REMOTE, cors_origins=["https://front.example"])
    wish = {
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "authorization, idempotency-key",
    }
    with lab.client() as client:
        origin = {"Origin": "https://front.example"}
        preflight = client.options("/everything", headers=origin | wish)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://front.example"
        assert "access-control-allow-credentials" not in preflight.headers
        refused = client.get("/things", headers=origin)
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://front.example"
        evil = client.options("/everything", headers={"Origin": "https://evil.example"} | wish)
        assert "access-control-allow-origin" not in evil.headers


@one_database
def test_public_addresses_answer_everybody(small_lab: MakeLab) -> None:
    with small_lab(**REMOTE).client() as client:
        assert client.get("/health").status_code == 200
        assert client.get("/sign-in").status_code == 200
        assert client.get("/static/nothing").status_code == 404
        for path in ("/healthx", "/static", "/nowhere", "/openapi.json", "/sign-in/x"):
            assert client.get(path).status_code == 401, path


@one_database
def test_browsers_are_led_to_the_sign_in_page(small_lab: MakeLab) -> None:
    html = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    with small_lab(**REMOTE).client() as client:
        response = client.get("/p/shop/runs?state=running&x=1", headers=html)
        assert response.status_code == 303
        assert response.headers["location"] == (
            "/sign-in?next=/p/shop/runs%3Fstate%3Drunning%26x%3D1"
        )
        for path in ("/api/v1/projects", "/p/shop/runs.json"):
            assert client.get(path, headers=html).status_code == 401
        assert client.post("/p/shop/runs", headers=html).status_code == 401


@one_database
def test_websockets_are_closed(small_lab: MakeLab) -> None:
    with (
        small_lab().client() as client,
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/things"),
    ):
        pass


def last_used(lab: SmallLab) -> dt.datetime | None:
    with lab.database.read() as session:
        return session.scalars(select(ApiToken.last_used_at)).one()


def test_use_is_noted_now_and_then(small_lab: MakeLab) -> None:
    lab = small_lab(**REMOTE)
    headers = bearer(lab.token("read"))
    assert last_used(lab) is None
    with lab.client() as client:
        client.get("/things", headers=headers)
        first = last_used(lab)
        assert first is not None
        client.get("/things", headers=headers)
        assert last_used(lab) == first
        with lab.database.write() as session:
            session.execute(update(ApiToken).values(last_used_at=first - dt.timedelta(minutes=6)))
        client.get("/things", headers=headers)
        noted = last_used(lab)
        assert noted is not None
        assert noted >= first


@one_database
def test_a_database_that_cannot_be_written_does_not_keep_readers_out(
    small_lab: MakeLab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lab = small_lab(**REMOTE)
    headers = bearer(lab.token("read"))

    def fail(*_: object) -> None:
        raise OperationalError("UPDATE", None, Exception("database or disk is full"))

    monkeypatch.setattr(service, "note_use", fail)
    with caplog.at_level(logging.WARNING), lab.client() as client:
        assert client.get("/things", headers=headers).status_code == 200
    assert "could not be noted" in caplog.text


def test_tokens_survive_a_change_of_keys_and_move_to_the_new_one(small_lab: MakeLab) -> None:
    lab = small_lab(**REMOTE)
    headers = bearer(lab.token("read"))
    for keys, expected in ((["n" * 32, "k" * 32], 200), (["n" * 32], 200), (["k" * 32], 401)):
        lab.keyring = Keyring(keys)
        with lab.client() as client:
            assert client.get("/things", headers=headers).status_code == expected, keys


@one_database
def test_the_token_itself_is_nowhere_in_the_database(small_lab: MakeLab) -> None:
    lab = small_lab()
    text = lab.token("admin")
    with lab.database.read() as session:
        token = session.scalars(select(ApiToken)).one()
        kept = repr({c.key: getattr(token, c.key) for c in ApiToken.__table__.columns})
    assert text not in kept
    assert text[7:20] not in kept
    assert token.hint == text[-4:]


@one_database
def test_deployment_below_a_prefix(small_lab: MakeLab) -> None:
    lab = small_lab(**REMOTE)
    app = lab.app()
    app.root_path = "/lab"
    client = TestClient(app, base_url="http://x", follow_redirects=False)
    with client:
        assert client.get("/health").status_code == 200
        assert client.get("/lab/health").status_code == 200
        response = client.get("/p/shop", headers={"Accept": "text/html"})
        assert response.headers["location"] == "/lab/sign-in?next=/p/shop"
