from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse, Response

from benchwright.access import service
from benchwright.access.attempts import MAX_FAILURES
from benchwright.access.pages import SignIn, safe_path
from benchwright.access.repository import token_by_hash
from benchwright.kit.errors import NotFound
from benchwright.kit.pagination import PageRequest
from tests.fixtures.small_lab import SmallLab

MakeLab = Callable[..., SmallLab]

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HTML = {"Accept": "text/html"}


def remote(small_lab: MakeLab, **more: object) -> SmallLab:
    return small_lab(host="0.0.0.0", **more)


def sign_in(client: TestClient, token: str, path: str = "/p/shop") -> Response | object:
    return client.post("/sign-in", data={"token": token, "next": path})


def test_browser_works_after_sign_in_until_sign_out(small_lab: MakeLab) -> None:
    lab = remote(small_lab)
    with lab.client("https://lab.example") as client:
        response = client.post(
            "/sign-in", data={"token": f" {lab.token('write')} ", "next": "/p/shop?x=1"}
        )
        assert (response.status_code, response.headers["location"]) == (303, "/p/shop?x=1")
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("__Host-benchwright=")
        for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert attribute in cookie
        assert client.get("/things").status_code == 200
        assert client.delete("/everything").status_code == 403
        own = {"Origin": "https://lab.example", "Sec-Fetch-Site": "same-origin"}
        evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert client.post("/things", headers=own).status_code == 200
        assert client.post("/things", headers=evil).status_code == 403
        assert client.get("/sign-in").status_code == 303
        value = client.cookies["__Host-benchwright"]
        assert client.post("/sign-out").headers["location"] == "/sign-in"
        assert client.get("/things").status_code == 401
        copied = {"Cookie": f"__Host-benchwright={value}"}
        assert client.get("/things", headers=copied).status_code == 401


def test_signing_out_ends_this_session_and_no_other(small_lab: MakeLab) -> None:
    lab = remote(small_lab)
    token = lab.token("read")
    with lab.client() as one, lab.client() as other:
        sign_in(one, token)
        sign_in(other, token)
        one.post("/sign-out")
        one.post("/sign-out", headers={"Cookie": "benchwright_session=forged"})
        assert one.get("/things").status_code == 401
        assert other.get("/things").status_code == 200


def test_session_ends_with_its_token(small_lab: MakeLab) -> None:
    lab = remote(small_lab)
    with lab.client() as client:
        sign_in(client, lab.token("read"))
        assert client.get("/things").status_code == 200
        with lab.database.write() as session:
            (token,), _ = service.list_tokens(session, PageRequest())
            sender = service.principal_for(token)
            assert service.is_valid(session, sender)
            service.revoke_token(session, token.public_id)
            assert not service.is_valid(session, sender)
        assert client.get("/things").status_code == 401
        with lab.database.write() as session, pytest.raises(NotFound):
            service.revoke_token(session, token.public_id)


@one_database
def test_cookie_is_not_marked_secure_on_plain_http(small_lab: MakeLab) -> None:
    lab = remote(small_lab)
    with lab.client("http://10.0.0.7") as client:
        response = client.post("/sign-in", data={"token": lab.token("read")})
        assert response.headers["set-cookie"].startswith("benchwright_session=")
        assert "Secure" not in response.headers["set-cookie"]


@one_database
def test_failed_attempts_are_explained_and_braked(small_lab: MakeLab) -> None:
    lab = remote(small_lab)
    with lab.client() as client:
        for _ in range(MAX_FAILURES):
            response = client.post("/sign-in", data={"token": "bw_pat_<script>", "next": "/x"})
            assert response.status_code == 401
            assert "not known here" in response.text
            assert "<script>" not in response.text
            assert "set-cookie" not in response.headers
        response = client.post("/sign-in", data={"token": lab.token("read")}, headers=HTML)
        assert response.status_code == 429
        assert int(response.headers["retry-after"]) > 0


@one_database
def test_other_sites_cannot_sign_a_browser_in_or_out(small_lab: MakeLab) -> None:
    lab = remote(small_lab)
    token = lab.token("read")
    with lab.client() as client:
        evil = {"Origin": "https://evil.example"}
        for path in ("/sign-in", "/sign-out"):
            response = client.post(path, data={"token": token}, headers=evil)
            assert response.status_code == 403
            assert "set-cookie" not in response.headers


@one_database
def test_the_place_to_go_to_is_escaped_in_the_form(small_lab: MakeLab) -> None:
    with remote(small_lab).client() as client:
        response = client.get("/sign-in", params={"next": '/x"><b>'})
        assert 'value="/x&quot;&gt;&lt;b&gt;"' in response.text
        assert response.headers["cache-control"] == "no-store"


@one_database
def test_another_page_can_be_drawn(small_lab: MakeLab) -> None:
    app = remote(small_lab).app()

    def draw(_: Request, shown: SignIn) -> Response:
        return PlainTextResponse(f"to {shown.next_path}", shown.status)

    app.state.render_sign_in = draw
    with TestClient(app, base_url="http://x") as client:
        assert client.get("/sign-in?next=/y").text == "to /y"


@one_database
def test_on_this_machine_nobody_signs_in(small_lab: MakeLab) -> None:
    with small_lab().client() as client:
        response = client.get("/sign-in?next=/p/shop")
        assert (response.status_code, response.headers["location"]) == (303, "/p/shop")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "\t//evil",
        "/a\nb",
        "/a b",
        "x",
    ],
)
def test_only_paths_of_this_server_are_gone_to(path: str) -> None:
    assert safe_path(path) == "/"


@given(text=st.text(max_size=50))
def test_wherever_it_leads_stays_here(text: str) -> None:
    path = safe_path("/" + text)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert not any(character <= " " for character in path)


@one_database
def test_form_of_any_size_is_refused_politely(small_lab: MakeLab) -> None:
    with remote(small_lab).client() as client:
        assert client.post("/sign-in", data={"token": "x" * 1000}).status_code == 422
        assert client.post("/sign-in", json={"token": "x"}).status_code == 401
        assert client.post("/sign-in", content=b"\xff\xfe").status_code == 401


def test_hashes_of_nothing_find_nothing(small_lab: MakeLab) -> None:
    lab = small_lab()
    lab.token("read")
    with lab.database.read() as session:
        assert token_by_hash(session, []) is None
