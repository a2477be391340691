from __future__ import annotations

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse

from benchwright.kit.security_headers import FIXED, SecurityHeadersMiddleware


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(SecurityHeadersMiddleware)

    @app.get("/nonce")
    def nonce(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.state.csp_nonce)

    @app.get("/own")
    def own() -> PlainTextResponse:
        return PlainTextResponse("x", headers={"Content-Security-Policy": "sandbox"})

    return TestClient(app)


def policy(text: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in text.split(";"))


def test_every_answer_carries_a_strict_policy_with_its_own_nonce(client: TestClient) -> None:
    nonces = set()
    for _ in range(3):
        response = client.get("/nonce")
        nonces.add(response.text)
        rules = policy(response.headers["content-security-policy"])
        assert rules == {
            "default-src": "'self'",
            "script-src": f"'self' 'nonce-{response.text}'",
            "style-src": f"'self' 'nonce-{response.text}'",
            "img-src": "'self' data:",
            "object-src": "'none'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
            "form-action": "'self'",
        }
        for name, value in FIXED.items():
            assert response.headers[name] == value
    assert len(nonces) == 3
    assert client.get("/nowhere").headers["x-content-type-options"] == "nosniff"


def test_an_answers_own_policy_stays(client: TestClient) -> None:
    assert client.get("/own").headers["content-security-policy"] == "sandbox"
