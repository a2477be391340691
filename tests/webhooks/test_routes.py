from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select

from benchwright.webhooks.models import Webhook
from benchwright.webhooks.service import MAX_PER_PROJECT
from tests.fixtures.small_lab import SmallLab

MakeLab = Callable[..., SmallLab]

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BASE = "/api/v1/projects/shop/webhooks"


def test_life_of_a_webhook(small_lab: MakeLab) -> None:
    lab = small_lab()
    lab.project("shop")
    lab.project("bank")
    with lab.client() as client:
        made = client.post(BASE, json={"url": "https://receiver.example/x"})
        assert made.status_code == 201
        secret = made.json()["secret"]
        assert secret.startswith("bw_whsec_")
        assert made.json()["events"] == ["run.ended", "verdict.changed", "run.long"]
        address = f"{BASE}/{made.json()['id']}"
        assert client.get(address).json() == client.get(BASE).json()[0]
        assert "secret" not in client.get(address).json()
        changed = client.patch(
            address, json={"enabled": False, "events": ["run.ended", "run.ended"]}
        )
        assert changed.json()["events"] == ["run.ended"]
        assert changed.json()["url"] == "https://receiver.example/x"
        assert client.post(f"{address}/ping").status_code == 409
        client.patch(address, json={"enabled": True, "secret": "a-secret-of-my-own"})
        sent = client.post(f"{address}/ping")
        assert (sent.status_code, sent.json()["state"]) == (202, "pending")
        (listed,) = client.get(f"{address}/deliveries").json()["items"]
        assert listed == sent.json()
        with lab.database.read() as session:
            kept = session.scalars(select(Webhook.secret)).one()
        assert secret not in kept
        assert "of-my-own" not in kept
        assert client.get(address.replace("/shop/", "/bank/")).status_code == 404
        assert client.delete(address.replace("/shop/", "/bank/")).status_code == 404
        assert client.delete(address).status_code == 204
        assert client.get(address).status_code == 404


@one_database
def test_a_secret_of_ones_own_is_not_answered(small_lab: MakeLab) -> None:
    lab = small_lab()
    lab.project("shop")
    with lab.client() as client:
        wish = {"url": "https://receiver.example/x", "secret": "a-secret-of-my-own"}
        made = client.post(BASE, json=wish)
        assert made.json()["secret"] is None
        assert "of-my-own" not in made.text


@one_database
@pytest.mark.parametrize(
    "wish, field",
    [
        ({}, "url"),
        ({"url": "ftp://x"}, "url"),
        ({"url": "https://user:pw@x/"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "http://x/\r\nHost: y"}, "url"),
        ({"url": "https://x/" + "y" * 2000}, "url"),
        ({"url": "https://x", "events": []}, "events"),
        ({"url": "https://x", "events": ["ping"]}, "events.0"),
        ({"url": "https://x", "secret": "short"}, "secret"),
    ],
)
def test_faulty_wishes_name_the_field(
    small_lab: MakeLab, wish: dict[str, object], field: str
) -> None:
    lab = small_lab()
    lab.project("shop")
    with lab.client() as client:
        response = client.post(BASE, json=wish)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert "short" not in response.text


@one_database
def test_webhooks_of_a_project_are_counted(small_lab: MakeLab) -> None:
    lab = small_lab()
    lab.project("shop")
    with lab.client() as client:
        for _ in range(MAX_PER_PROJECT):
            assert client.post(BASE, json={"url": "https://x"}).status_code == 201
        assert client.post(BASE, json={"url": "https://x"}).status_code == 409


@one_database
def test_readers_do_not_see_addresses(small_lab: MakeLab) -> None:
    lab = small_lab(host="0.0.0.0")
    lab.project("shop")
    headers = {"Authorization": f"Bearer {lab.token('run')}"}
    with lab.client() as client:
        for method, path in (
            ("GET", BASE),
            ("POST", BASE),
            ("GET", f"{BASE}/{uuid4()}"),
            ("PATCH", f"{BASE}/{uuid4()}"),
            ("DELETE", f"{BASE}/{uuid4()}"),
            ("POST", f"{BASE}/{uuid4()}/ping"),
            ("GET", f"{BASE}/{uuid4()}/deliveries"),
        ):
            assert client.request(method, path, headers=headers).status_code == 403
