"""Which network addresses a server may contact for a user."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar
from urllib.parse import SplitResult, urlsplit

from benchwright.kit.errors import BadRequest, UpstreamFailed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
N = TypeVar("N", ipaddress.IPv4Network, ipaddress.IPv6Network)

# Nobody's API lives here, but the machine's own credentials do: link-local networks and the
# metadata services of the large clouds.
NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",
        "fe80::/10",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
        "fd00:ec2::254/128",
        "fd20:ce::254/128",
    )
)

# What is not the public internet.
PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fec0::/10",
        "ff00::/8",
    )
)

_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_TRANSLATED_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


class Refused(BadRequest):
    """An address leads where this installation does not go."""

    kind, title = "address-refused", "This address is not contacted from here"


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Decides about addresses; `private_open` is set on an install that only serves its machine."""

    private_open: bool
    allowed: tuple[Network, ...] = ()
    denied: tuple[Network, ...] = ()

    @classmethod
    def create(
        cls,
        *,
        loopback_only: bool,
        allowed_networks: Iterable[str] = (),
        denied_networks: Iterable[str] = (),
    ) -> Self:
        """Reads networks as settings name them; raises `ValueError` with the faulty one."""
        return cls(loopback_only, _parse(allowed_networks), _parse(denied_networks))

    def check(self, address: Address | str) -> None:
        """Raises `Refused` if this address must not be contacted."""
        given = ipaddress.ip_address(address.split("%")[0]) if isinstance(address, str) else address
        for meant in _unwrap(given):
            self._check_one(meant)

    def _check_one(self, address: Address) -> None:
        if _is_in(address, NEVER):
            raise Refused(
                f"{address} is a link-local or cloud-metadata address; those are never contacted."
            )
        if _is_in(address, self.denied):
            raise Refused(f"{address} is in `network.denied_networks` of this installation.")
        if self.private_open or _is_in(address, self.allowed):
            return
        if _is_in(address, PRIVATE):
            raise Refused(
                f"{address} is a private address, and this server is reachable from outside its "
                "machine; an administrator can list its network in `network.allowed_networks`."
            )

    def check_url(self, url: str, *, resolve: Resolve | None = None) -> list[str]:
        """The addresses behind `url`, all permitted; waits for the name server.

        For load targets. Raises `BadRequest` for what is no http(s) address, `Refused`, and
        `UpstreamFailed` for a name that is not known.
        """
        host, port = split_host(url)
        addresses = (resolve or resolve_host)(host, port)
        return self.check_all(host, addresses)

    def check_all(self, host: str, addresses: Sequence[str]) -> list[str]:
        """`addresses` of `host`, if every one is permitted: one bad apple refuses the host."""
        if not addresses:
            raise UpstreamFailed(f"The name {host!r} has no address.")
        for address in addresses:
            try:
                self.check(address)
            except Refused as refusal:
                if host.strip("[]") == address:
                    raise
                raise Refused(f"{host!r} leads to {address}. {refusal.detail}") from None
        return list(addresses)

    def refused_networks(self) -> list[str]:
        """All that is refused, as disjoint networks: for a load generator's own block list."""
        refused: list[Network] = [] if self.private_open else list(PRIVATE)
        for allowed in self.allowed:
            refused = [rest for network in refused for rest in _subtract(network, allowed)]
        refused += [*self.denied, *NEVER]
        four = [network for network in refused if isinstance(network, ipaddress.IPv4Network)]
        six = [network for network in refused if isinstance(network, ipaddress.IPv6Network)]
        return [
            *map(str, ipaddress.collapse_addresses(four)),
            *map(str, ipaddress.collapse_addresses(six)),
        ]


def split_host(url: str) -> tuple[str, int]:
    """Host and port of an http(s) address; raises `BadRequest`."""
    parts = split_url(url)
    assert parts.hostname is not None
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def split_url(url: str) -> SplitResult:
    """The parts of an http(s) address without credentials in it; raises `BadRequest`."""
    if _UNSAFE.search(url):
        # Parsers disagree about these, and the one that checks is not the one that connects.
        raise BadRequest(f"{url[:200]!r} holds a space, a control character or a backslash.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadRequest(f"{url[:200]!r} is not a valid address: {error}.") from None
    if parts.scheme not in ("http", "https"):
        raise BadRequest(f"{url[:200]!r} is not an address that begins with http:// or https://.")
    if not parts.hostname or port == 0:
        raise BadRequest(f"{url[:200]!r} names no host.")
    if parts.username is not None or parts.password is not None:
        raise BadRequest("Leave user name and password out of the address: it is stored and shown.")
    return parts


def resolve_host(host: str, port: int) -> list[str]:
    """All addresses of `host`, in the order of preference; blocks. Raises `UpstreamFailed`."""
    if is_literal(host):
        return [host]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise unknown_host(host, error) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_literal(host: str) -> bool:
    """Whether `host` is an address already and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def unknown_host(host: str, error: Exception) -> UpstreamFailed:
    """The problem of a name that no name server knows."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UpstreamFailed(
        f"The name {host[:200]!r} cannot be resolved ({reason}). Check the spelling."
    )


def _parse(networks: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(network.strip(), strict=False) for network in networks)


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _unwrap(address: Address) -> list[Address]:
    """The address and every IPv4 address that a translator on the way would make of it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.scope_id is not None:
        address = ipaddress.IPv6Address(int(address))
    number = int(address)
    last = ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address in _MAPPED:
        return [last]
    if address in _COMPATIBLE and number > 1:
        return [address, last]
    if address in _TRANSLATED:
        return [address, last]
    if address in _TRANSLATED_LOCAL:
        # RFC 6052, a prefix of 48 bits: 16 bits, 8 bits that are zero, 16 bits.
        split = ((number >> 64) & 0xFFFF) << 16 | (number >> 40) & 0xFFFF
        return [address, last, ipaddress.IPv4Address(split)]
    if address in _SIX_TO_FOUR:
        return [address, ipaddress.IPv4Address((number >> 80) & 0xFFFFFFFF)]
    return [address]


def _subtract(network: Network, hole: Network) -> list[Network]:
    if isinstance(network, ipaddress.IPv4Network) and isinstance(hole, ipaddress.IPv4Network):
        return [*_subtract_same(network, hole)]
    if isinstance(network, ipaddress.IPv6Network) and isinstance(hole, ipaddress.IPv6Network):
        return [*_subtract_same(network, hole)]
    return [network]


def _subtract_same(network: N, hole: N) -> list[N]:
    if not network.overlaps(hole):
        return [network]
    if network.subnet_of(hole):
        return []
    return list(network.address_exclude(hole))
