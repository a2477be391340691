"""What went wrong between us and a daemon, and what to do about it, in words."""

from __future__ import annotations

import asyncio
import errno
import ssl

import aiohttp
import asyncssh
from aiodocker import DockerError

from benchwright.executors.docker.endpoint import DockerEndpoint
from benchwright.executors.port import OutOfReach

CONNECTION_FAILED = 900
"""What aiodocker has for a status where there was no answer."""
FAILURES = (aiohttp.ClientError, asyncssh.Error, OSError, TimeoutError)
"""What may be raised by a request that got no answer; `DockerError` by one that did."""


def out_of_reach(endpoint: DockerEndpoint, error: BaseException) -> OutOfReach:
    """The problem that a failed request shows."""
    return OutOfReach(explain(endpoint, error))


def explain(endpoint: DockerEndpoint, error: BaseException) -> str:
    """Why the daemon is out of reach, and what to do."""
    address = endpoint.address
    for cause in _causes(error):
        if isinstance(cause, asyncssh.Error):
            return _explain_ssh(endpoint, cause)
        if isinstance(cause, ssl.SSLError | aiohttp.ClientSSLError | ssl.CertificateError):
            return _explain_tls(address, cause)
        if isinstance(cause, TimeoutError | asyncio.TimeoutError):
            return f"{address} did not answer in time. Is the machine up, and no firewall between?"
        if isinstance(cause, OSError) and cause.errno is not None:
            return _explain_system(address, cause)
    if isinstance(error, DockerError) and error.status != CONNECTION_FAILED:
        said = f": {error.message}" if error.message else ". Is it a Docker daemon?"
        return f"Docker at {address} answered {error.status}{said}"
    return f"The connection to {address} failed: {_words(error)}"


def _causes(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        inner = getattr(current, "os_error", None)
        current = inner or current.__cause__ or current.__context__
    return chain


def _explain_ssh(endpoint: DockerEndpoint, error: asyncssh.Error) -> str:
    address = endpoint.parsed
    host = f"{address.host}:{address.port}"
    match error:
        case asyncssh.HostKeyNotVerifiable():
            known = endpoint.known_hosts or "~/.ssh/known_hosts"
            if isinstance(known, str) and endpoint.known_hosts:
                known = "the known hosts of this host"
            return (
                f"The host key of {host} is not in {known}, or another one is there. Compare what "
                f"ssh-keyscan -p {address.port} {address.host} tells with the machine's own key, "
                "and add it."
            )
        case asyncssh.PermissionDenied():
            return (
                f"{host} does not let {address.user or 'this user'} in by key. Put the server's "
                "public key into ~/.ssh/authorized_keys there."
            )
        case asyncssh.ChannelOpenError():
            return (
                f"{host} is reached, but not its Docker at {address.path}: {error.reason}. Is Docker "
                f"running there, is {address.user or 'the user'} in the group docker, and does sshd "
                "allow AllowStreamLocalForwarding?"
            )
    return f"The SSH connection to {host} failed: {_words(error)}"


def _explain_tls(address: str, error: BaseException) -> str:
    return (
        f"TLS with {address} failed: {_words(error)}. Do the CA, the certificate and the key belong "
        "to this daemon, and does its certificate name this host?"
    )


def _explain_system(address: str, error: OSError) -> str:
    match error.errno:
        case errno.ENOENT:
            return f"There is no socket at {address}. Is Docker installed and running?"
        case errno.EACCES | errno.EPERM:
            return (
                f"The server may not use {address}. Add its user to the group docker "
                "(usermod -aG docker USER) and start it anew."
            )
        case errno.ECONNREFUSED:
            return f"Nothing listens at {address}. Is Docker running there?"
        case errno.EHOSTUNREACH | errno.ENETUNREACH:
            return f"No route leads to {address}. Is the machine up, and the network?"
    if isinstance(error, ConnectionError):
        return f"The connection to {address} was cut: {_words(error)}"
    if "Name or service not known" in str(error) or "getaddrinfo" in str(error):
        return f"The name in {address} is not known. Is it spelled right?"
    return f"The connection to {address} failed: {_words(error)}"


def _words(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__
