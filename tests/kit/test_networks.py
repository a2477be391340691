from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.kit.errors import BadRequest, UpstreamFailed
from benchwright.kit.networks import NetworkPolicy, Refused, resolve_host, split_url

LOCAL = NetworkPolicy.create(loopback_only=True)
PUBLIC = NetworkPolicy.create(loopback_only=False)
METADATA = [
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254", "fe80::1",
    "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "64:ff9b:1::a9fe:a9fe",
    "64:ff9b:1:a9fe:a9:fe00::", "2002:a9fe:a9fe::1", "::169.254.169.254", "fe80::1%eth0",
]  # fmt: skip
PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.31.255.255", "192.168.0.1", "100.64.0.1", "0.0.0.0", "::1", "::",
    "fd12::1", "fec0::1", "224.0.0.1", "255.255.255.255", "ff02::1", "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1", "2002:7f00:1::", "198.18.0.1",
]  # fmt: skip
OPEN = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", METADATA)
@pytest.mark.parametrize("allowed", [(), ("0.0.0.0/0", "::/0")])
def test_metadata_and_link_local_addresses_are_never_contacted(
    address: str, allowed: tuple[str, ...]
) -> None:
    for loopback_only in (True, False):
        policy = NetworkPolicy.create(loopback_only=loopback_only, allowed_networks=allowed)
        with pytest.raises(Refused):
            policy.check(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_open_on_loopback_only(address: str) -> None:
    LOCAL.check(address)
    with pytest.raises(Refused, match="allowed_networks"):
        PUBLIC.check(address)


@pytest.mark.parametrize("address", OPEN)
def test_the_internet_is_open(address: str) -> None:
    LOCAL.check(address)
    PUBLIC.check(address)


def test_listed_networks_are_open_and_denied_ones_are_not() -> None:
    policy = NetworkPolicy.create(
        loopback_only=False,
        allowed_networks=["10.1.0.0/16", "fd12::/16"],
        denied_networks=["10.1.9.0/24", "8.8.8.8/32"],
    )
    policy.check("10.1.2.3")
    policy.check("::ffff:10.1.2.3")
    policy.check("fd12::5")
    for refused in ("10.2.0.1", "10.1.9.1", "8.8.8.8", "::ffff:8.8.8.8", "fd13::1"):
        with pytest.raises(Refused):
            policy.check(refused)


def test_a_faulty_network_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        NetworkPolicy.create(loopback_only=True, denied_networks=["10.0.0.0/99"])


def test_one_refused_address_refuses_the_host() -> None:
    with pytest.raises(Refused, match=r"'mixed' leads to 10\.0\.0\.1"):
        PUBLIC.check_url("http://mixed/", resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"])


def test_checks_a_load_target() -> None:
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"]

    assert LOCAL.check_url("http://api.test:8080/x", resolve=resolve) == ["127.0.0.1"]
    assert LOCAL.check_url("https://api.test", resolve=resolve) == ["127.0.0.1"]
    assert asked == [("api.test", 8080), ("api.test", 443)]
    with pytest.raises(UpstreamFailed, match="no address"):
        LOCAL.check_url("http://nobody", resolve=lambda host, port: [])


def test_resolves_names_of_this_machine() -> None:
    assert set(resolve_host("localhost", 80)) <= {"127.0.0.1", "::1"}
    with pytest.raises(UpstreamFailed, match="cannot be resolved"):
        resolve_host("nobody.invalid", 80)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/", "file:///etc/passwd", "//host/", "host", "", "http://", "http:///path",
        "http://user@host/", "http://user:secret@host/", "http://host:0/", "http://host:99999/",
        "http://host:x/", "http://[::1/", "http://a b/", "http://a\\b/", "http://a\nb/",
    ],
)  # fmt: skip
def test_refuses_what_is_no_plain_address(url: str) -> None:
    with pytest.raises(BadRequest) as caught:
        split_url(url)
    assert "secret" not in caught.value.detail


@given(st.ip_addresses())
def test_the_block_list_says_what_the_check_says(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    policy = NetworkPolicy.create(
        loopback_only=False, allowed_networks=["10.1.0.0/16", "fd00::/9"], denied_networks=["9.0.0.0/8"]
    )  # fmt: skip
    networks = [ipaddress.ip_network(network) for network in policy.refused_networks()]
    listed = any(address.version == network.version and address in network for network in networks)
    try:
        policy.check(address)
    except Refused:
        # Addresses that stand for IPv4 ones are refused by what they stand for.
        assert listed or int(address) >> 112 in (0, 0x64, 0x2002)
    else:
        assert not listed


def test_the_block_list_is_short_on_loopback() -> None:
    assert LOCAL.refused_networks() == [
        "100.100.100.200/32", "168.63.129.16/32", "169.254.0.0/16", "192.0.0.192/32",
        "fd00:ec2::254/128", "fd20:ce::254/128", "fe80::/10",
    ]  # fmt: skip
