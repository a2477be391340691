"""Where a Docker daemon listens, and with which keys it is reached."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchwright.kit.errors import Invalid

DEFAULT_SOCKET = "/var/run/docker.sock"
DEFAULT_PORTS = {False: 2375, True: 2376}
SSH_PORT = 22


@dataclass(frozen=True)
class TlsKeys:
    """Keys of a `tcp` address, each a PEM text or the path of a file.

    Without `ca` the authorities of this system are trusted.
    """

    ca: str | None = None
    certificate: str | None = None
    key: str | None = field(default=None, repr=False)

    def make_context(self) -> ssl.SSLContext:
        """What connections are made with; raises `Invalid` for keys that cannot be used."""
        try:
            context = ssl.create_default_context(
                cadata=_read(self.ca) if self.ca is not None else None
            )
            if self.certificate is not None and self.key is not None:
                with _as_file(self.certificate) as certificate, _as_file(self.key) as key:
                    context.load_cert_chain(certificate, key)
        except (OSError, ValueError) as error:
            raise Invalid(f"The TLS keys of the host cannot be used: {error}") from error
        return context


def _is_pem(text: str) -> bool:
    return "-----BEGIN" in text


def _read(text: str) -> str:
    return text if _is_pem(text) else Path(text).read_text(encoding="ascii")


@contextlib.contextmanager
def _as_file(text: str) -> Iterator[str]:
    """The path of a file that holds it: OpenSSL takes a client's keys from files only."""
    if not _is_pem(text):
        yield text
        return
    # Made with mode 0600, and gone before anybody else could look for it.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(text)
        file.flush()
        yield file.name


@dataclass(frozen=True)
class Address:
    """An address in its parts; `path` is the daemon's socket, on the machine itself."""

    scheme: str
    host: str = ""
    port: int = 0
    user: str | None = None
    path: str = DEFAULT_SOCKET


def parse_address(text: str, *, has_tls: bool = False) -> Address:
    """Reads `unix:///path`, `tcp://host:port` or `ssh://user@host:port/path`; raises `Invalid`."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Invalid(f"The address {text!r} is not valid: {error}") from error
    if parts.query or parts.fragment or parts.password:
        raise Invalid("The address of a host has no password, no ? and no #.")
    if parts.scheme == "unix":
        if parts.netloc or not parts.path.startswith("/"):
            raise Invalid("The address of a socket is unix:///, followed by its whole path.")
        return Address("unix", path=parts.path)
    if parts.scheme not in ("tcp", "ssh") or not parts.hostname:
        raise Invalid("The address of a host is unix:///path, tcp://host:port or ssh://user@host.")
    if parts.scheme == "ssh":
        path = parts.path if parts.path not in ("", "/") else DEFAULT_SOCKET
        return Address("ssh", parts.hostname, port or SSH_PORT, parts.username, path)
    if parts.path not in ("", "/") or parts.username:
        raise Invalid("The address tcp://host:port has no path and no user.")
    return Address("tcp", parts.hostname, port or DEFAULT_PORTS[has_tls])


@dataclass(frozen=True)
class DockerEndpoint:
    """A daemon, how it is reached, and how long an answer may take.

    An `ssh` host must be in `known_hosts`, a path or the text of such a file (without one:
    `~/.ssh/known_hosts`). The keys are those of `ssh_keys`, paths or PEM texts, else the usual
    ones of `~/.ssh` and of the agent.
    """

    address: str
    tls: TlsKeys | None = None
    known_hosts: Path | str | None = None
    ssh_keys: Sequence[Path | str] = field(default=(), repr=False)
    connect_timeout_s: float = 5.0
    request_timeout_s: float = 20.0

    @property
    def parsed(self) -> Address:
        """The address in its parts; raises `Invalid`."""
        return parse_address(self.address, has_tls=self.tls is not None)
