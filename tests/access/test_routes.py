from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select

from benchwright.access.models import Secret
from benchwright.access.token_text import is_token_text
from benchwright.kit.db import now
from tests.fixtures.small_lab import SmallLab

MakeLab = Callable[..., SmallLab]


def test_a_token_is_shown_once(small_lab: MakeLab) -> None:
    lab = small_lab()
    until = (now() + dt.timedelta(days=1)).isoformat()
    with lab.client() as client:
        wish = {"name": "CI", "scopes": ["run", "ingest", "run"], "expires_at": until}
        made = client.post("/api/v1/tokens", json=wish)
        assert made.status_code == 201
        assert made.headers["cache-control"] == "no-store"
        text = made.json()["token"]
        assert is_token_text(text)
        listed = client.get("/api/v1/tokens")
        assert text not in listed.text
        (token,) = listed.json()["items"]
        assert token["scopes"] == ["ingest", "run"]
        assert token["hint"] == text[-4:]
        assert set(token) == {
            "id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at",
        }  # fmt: skip
        assert client.get("/things", headers={"Authorization": f"Bearer {text}"}).is_success
        address = f"/api/v1/tokens/{token['id']}"
        assert client.delete(address).status_code == 204
        assert client.delete(address).status_code == 404
        assert client.get("/api/v1/tokens").json()["items"] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "wish, field",
    [
        ({"scopes": ["read"]}, "name"),
        ({"name": " ", "scopes": ["read"]}, "name"),
        ({"name": "a\nb", "scopes": ["read"]}, "name"),
        ({"name": "x" * 101, "scopes": ["read"]}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["root"]}, "scopes.0"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2999-01-01T00:00:00"}, "expires_at"),
        (
            {"name": "x", "scopes": ["read"], "expires_at": "9999-12-31T23:59:59-14:00"},
            "expires_at",
        ),
    ],
)
def test_faulty_wishes_name_the_field(
    small_lab: MakeLab, wish: dict[str, object], field: str
) -> None:
    with small_lab().client() as client:
        response = client.post("/api/v1/tokens", json=wish)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_administrators_handle_tokens(small_lab: MakeLab) -> None:
    lab = small_lab(host="0.0.0.0")
    headers = {"Authorization": f"Bearer {lab.token('write', 'ingest')}"}
    with lab.client() as client:
        assert client.get("/api/v1/tokens", headers=headers).status_code == 403
        assert client.post("/api/v1/tokens", headers=headers, json={}).status_code == 403
        assert client.delete(f"/api/v1/tokens/{uuid4()}", headers=headers).status_code == 403


def test_secrets_are_written_and_never_answered(small_lab: MakeLab) -> None:
    lab = small_lab()
    lab.project("shop")
    with lab.client() as client:
        base = "/api/v1/projects/shop/secrets"
        answers = [client.put(f"{base}/API_TOKEN", json={"value": "hunter2-hunter2"})]
        assert answers[0].status_code == 200
        answers.append(client.get(base))
        first = answers[-1].json()[0]
        assert set(first) == {"name", "updated_at", "fingerprint"}
        assert first["name"] == "API_TOKEN"
        answers.append(client.put(f"{base}/API_TOKEN", json={"value": "hunter3-hunter3"}))
        assert answers[-1].json()["fingerprint"] != first["fingerprint"]
        assert not any("hunter" in answer.text for answer in answers)
        with lab.database.read() as session:
            assert "hunter" not in session.scalars(select(Secret.ciphertext)).one()
        assert client.delete(f"{base}/API_TOKEN").status_code == 204
        assert client.delete(f"{base}/API_TOKEN").status_code == 404
        assert client.get(base).json() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "name, value, status",
    [
        ("lower", "x", 422),
        ("1X", "x", 422),
        ("A-B", "x", 422),
        ("A%0A", "x", 422),
        ("A" * 101, "x", 422),
        ("X", "", 422),
        ("X", "a\x00b", 422),
        ("X", "é" * 40_000, 422),
        ("X", "x" * 70_000, 422),
        ("_", "x", 200),
        ("X", "\ud83d\ude00 emoji", 200),
        ("X", "line\nline", 200),
    ],
)
def test_names_and_values_of_secrets_are_checked(
    small_lab: MakeLab, name: str, value: str, status: int
) -> None:
    lab = small_lab()
    lab.project("shop")
    with lab.client() as client:
        value = value.encode("utf-16", "surrogatepass").decode("utf-16")
        response = client.put(f"/api/v1/projects/shop/secrets/{name}", json={"value": value})
        assert response.status_code == status
        if status == 422 and value:
            assert value not in response.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_secrets_of_an_unknown_project_are_not_found(small_lab: MakeLab) -> None:
    with small_lab().client() as client:
        assert client.get("/api/v1/projects/nowhere/secrets").status_code == 404
        response = client.put("/api/v1/projects/nowhere/secrets/X", json={"value": "x"})
        assert response.status_code == 404
