from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from benchwright.access.origins import OriginRules, normal_origin
from benchwright.kit.errors import Forbidden
from benchwright.settings import ServerSettings

HOST = "127.0.0.1:8000"
OWN = "http://127.0.0.1:8000"


def passes(*, local: bool = True, method: str = "POST", host: str = HOST, **headers: str) -> bool:
    rules = OriginRules.from_settings(
        ServerSettings(cors_origins=["https://front.example/"], public_url="https://lab.example/x")
    )
    given = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        rules.check(method, Headers(given), local=local)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_safe_methods_pass_from_everywhere(method: str) -> None:
    assert passes(method=method, origin="https://evil.example", sec_fetch_site="cross-site")


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:8001",
        "https://127.0.0.1:8000x", "http://localhost:8000", "http://127.0.0.1:8000.evil.example",
        "http://evil.example:8000", "file://", "http://[", "chrome-extension://abc",
        "https://front.example.evil.example", "http://front.example",
    ],
)  # fmt: skip
def test_other_origins_are_refused(origin: str, method: str, local: bool) -> None:
    assert not passes(method=method, origin=origin, local=local)
    assert not passes(method=method, origin=origin, local=local, sec_fetch_site="cross-site")
    assert not passes(method=method, origin=origin, local=local, sec_fetch_site="same-site")


@pytest.mark.parametrize("local", [True, False])
def test_own_pages_programs_and_listed_front_ends_pass(local: bool) -> None:
    assert passes(local=local, origin=OWN, sec_fetch_site="same-origin")
    assert passes(local=local, origin=OWN)
    assert passes(local=local)
    assert passes(local=local, sec_fetch_site="none")
    assert passes(local=local, origin="https://front.example", sec_fetch_site="cross-site")
    assert passes(local=local, origin="https://lab.example")
    assert passes(local=local, origin="https://lab.test", host="lab.test")
    assert passes(local=local, origin="http://[::1]:8000", host="[::1]:8000")


def test_behind_a_proxy_the_browsers_word_counts_unless_authority_is_local() -> None:
    assert passes(local=False, origin="https://outer.example", sec_fetch_site="same-origin")
    assert not passes(local=True, origin="https://outer.example", sec_fetch_site="same-origin")


def test_every_unknown_site_value_is_refused() -> None:
    assert not passes(sec_fetch_site="cross-site")
    assert not passes(sec_fetch_site="same-site")
    assert not passes(sec_fetch_site="")


@given(text=st.text(max_size=60))
def test_any_origin_is_judged(text: str) -> None:
    normal = normal_origin(text)
    assert normal is None or normal_origin(normal) == normal
