"""Addresses of daemons, and what goes wrong on the way to them."""

from __future__ import annotations

import ssl

import asyncssh
import pytest
from aiodocker import DockerError

from benchwright.executors.docker.endpoint import Address, DockerEndpoint, TlsKeys, parse_address
from benchwright.executors.docker.failures import explain
from benchwright.kit.errors import Invalid


def test_addresses_in_their_parts() -> None:
    assert parse_address("unix:///run/d.sock") == Address("unix", path="/run/d.sock")
    assert parse_address("tcp://gpu-1").port == 2375
    assert parse_address("tcp://gpu-1", has_tls=True).port == 2376
    assert parse_address("tcp://[::1]:99") == Address("tcp", "::1", 99)
    assert parse_address("ssh://me@box:2222/run/d.sock") == Address("ssh", "box", 2222, "me", "/run/d.sock")  # fmt: skip
    assert parse_address("ssh://box").path == "/var/run/docker.sock"


@pytest.mark.parametrize(
    "text",
    ["", "box", "http://box", "unix://run/d.sock", "tcp://", "tcp://box:port", "tcp://box/x",
     "ssh://me:secret@box", "tcp://box?x=1", "tcp://me@box"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_address(text)


def test_keys_that_are_none_are_refused_with_a_reason() -> None:
    with pytest.raises(Invalid, match="TLS keys"):
        TlsKeys(ca="-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----").make_context()
    with pytest.raises(Invalid, match="No such file"):
        TlsKeys(ca="/nowhere/ca.pem").make_context()


@pytest.mark.parametrize(
    "error, advice",
    [
        (FileNotFoundError(2, "No such file"), "Is Docker installed"),
        (PermissionError(13, "Permission denied"), "group docker"),
        (ConnectionRefusedError(111, "refused"), "Nothing listens"),
        (OSError(113, "No route to host"), "No route"),
        (TimeoutError(), "in time"),
        (ssl.SSLError(1, "certificate verify failed"), "TLS"),
        (asyncssh.HostKeyNotVerifiable("no"), "ssh-keyscan -p 22 box"),
        (asyncssh.PermissionDenied("no"), "authorized_keys"),
        (asyncssh.ChannelOpenError(1, "open failed"), "AllowStreamLocalForwarding"),
        (DockerError(500, "disk is full"), "answered 500: disk is full"),
    ],
)
def test_each_failure_says_what_to_do(error: Exception, advice: str) -> None:
    assert advice in explain(DockerEndpoint("ssh://me@box"), error)
