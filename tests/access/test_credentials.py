from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from benchwright.access.credentials import credential, query_credential

TOKEN = "bw_pat_abc"


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "value",
    [
        f"Bearer {TOKEN}",
        f"bearer  {TOKEN} ",
        f"Token {TOKEN}",
        basic(f"me:{TOKEN}"),
        basic(f"{TOKEN}:"),
        basic(TOKEN),
    ],
)
def test_tokens_are_found_in_each_scheme(value: str) -> None:
    assert credential(Headers({"authorization": value})) == TOKEN


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer xyz", TOKEN, f"Digest {TOKEN}", basic("me:secret"), "Basic %%%"]
)
def test_other_systems_credentials_are_not_ours(value: str) -> None:
    assert credential(Headers({"authorization": value})) is None


def test_no_header_is_no_credential() -> None:
    assert credential(Headers({})) is None


@given(value=st.binary(max_size=80))
def test_any_header_can_be_read(value: bytes) -> None:
    for scheme in (b"", b"Basic ", b"Bearer "):
        found = credential(Headers(raw=[(b"authorization", scheme + value)]))
        assert found is None or found.startswith("bw_")


@pytest.mark.parametrize(
    "query, found",
    [
        (f"db=x&u=me&p={TOKEN}", TOKEN),
        (f"u={TOKEN}", TOKEN),
        ("u=me&p=secret", None),
        ("", None),
        ("&".join(f"a{n}=1" for n in range(100)) + f"&p={TOKEN}", None),
    ],
)
def test_an_address_may_carry_a_token_as_influxdb_has_it(query: str, found: str | None) -> None:
    assert query_credential(query.encode()) == found
