from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from benchwright.access.hosts import (
    FORWARDING_HEADERS,
    HostRules,
    Misdirected,
    is_loopback_name,
    split_host,
)
from benchwright.kit.errors import BadRequest
from benchwright.settings import ServerSettings

LOOPBACK = [
    "localhost",
    "127.0.0.1",
    "127.8.9.1",
    "[::1]",
    "LOCALHOST",
    "lab.localhost",
    "localhost.",
]
FOREIGN = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "0.0.0.0",
    "[::]",
    "10.0.0.7",
    "2130706433",
    "0x7f000001",
    "127.1",
    "notlocalhost",
]


def rules(**server: object) -> HostRules:
    return HostRules.from_settings(ServerSettings.model_validate(server))


def host(name: str, **more: str) -> Headers:
    return Headers({"host": name, **more})


def test_the_address_that_is_listened_on_is_answered_beside_listed_names() -> None:
    server = ServerSettings(host="10.0.0.7", allowed_hosts=["lab.example"])
    rules = HostRules.from_settings(server)
    assert rules.check(Headers({"host": "10.0.0.7:8000"})) == "10.0.0.7"


@pytest.mark.parametrize("port", ["", ":80", ":54321"])
@pytest.mark.parametrize("name", LOOPBACK)
def test_loopback_names_are_local_whatever_the_port(name: str, port: str) -> None:
    ours = rules()
    headers = host(name + port)
    assert ours.is_local(ours.check(headers), headers)


@pytest.mark.parametrize("name", FOREIGN)
def test_names_pointed_at_this_machine_are_turned_away(name: str) -> None:
    with pytest.raises(Misdirected):
        rules().check(host(name + ":8000"))


@pytest.mark.parametrize(
    "header",
    [
        "", " ", "a b", "a/b", "user@localhost", "localhost:", "localhost:x", "localhost:123456",
        "[::1", "::1", "localhost:80:80", "localhost\x00", "lab.example\r\nx: y", "é",
    ],
)  # fmt: skip
def test_malformed_hosts_are_bad_requests(header: str) -> None:
    with pytest.raises(BadRequest):
        rules().check(Headers(raw=[(b"host", header.encode("latin-1"))]))


def test_missing_and_doubled_hosts_are_bad_requests() -> None:
    for raw in ([], [(b"host", b"localhost"), (b"host", b"evil.example")]):
        with pytest.raises(BadRequest):
            rules().check(Headers(raw=raw))


@pytest.mark.parametrize("header", FORWARDING_HEADERS)
def test_what_a_proxy_hands_on_is_not_local(header: str) -> None:
    headers = host("127.0.0.1:8000", **{header: "127.0.0.1"})
    assert not rules().is_local("127.0.0.1", headers)


def test_allowed_names_are_answered_but_not_local() -> None:
    ours = rules(allowed_hosts=["Lab.example", "*.bench.example"], public_url="https://p.example/x")
    for name in (
        "lab.example",
        "LAB.example.:9",
        "a.bench.example",
        "a.b.bench.example",
        "p.example",
    ):
        headers = host(name)
        assert not ours.is_local(ours.check(headers), headers)
    for name in ("x.lab.example", "bench.example", "evilbench.example"):
        with pytest.raises(Misdirected):
            ours.check(host(name))


def test_off_loopback_any_name_is_answered_until_names_are_listed() -> None:
    assert rules(host="0.0.0.0").check(host("whatever.example")) == "whatever.example"
    # The address for links is no list of names.
    assert rules(host="0.0.0.0", public_url="https://p.example").check(host("10.0.0.7"))
    listed = rules(host="0.0.0.0", allowed_hosts=["lab.example"], public_url="https://p.example")
    assert listed.check(host("127.0.0.1")) == "127.0.0.1"
    assert listed.check(host("p.example")) == "p.example"
    with pytest.raises(Misdirected):
        listed.check(host("whatever.example"))


@pytest.mark.parametrize("name", ["0.0.0.0", "::", "192.168.1.4", "lab.example"])
def test_off_loopback_nobody_is_local(name: str) -> None:
    ours = rules(host=name)
    assert not ours.is_local("localhost", host("localhost"))


@given(text=st.text(max_size=60))
def test_any_host_is_read_or_refused(text: str) -> None:
    try:
        name, port = split_host(text)
    except BadRequest:
        return
    assert name == name.lower()
    assert port is None or 0 <= port <= 99999
    assert not set(name) & set(" /@\\?#\r\n\t")


@given(address=st.ip_addresses())
def test_addresses_are_loopback_only_if_they_are(address: object) -> None:
    text = str(address)
    assert is_loopback_name(text) == (
        text.startswith(("127.", "::ffff:127.", "::ffff:7f")) or text == "::1"
    )
