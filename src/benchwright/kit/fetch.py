"""The one way out to addresses that users give: checked, pinned, bounded in size and time."""

from __future__ import annotations

import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urldefrag, urljoin, urlsplit

import anyio
import httpx2

from benchwright.kit.errors import BadRequest, Problem, TooLarge, UpstreamFailed
from benchwright.kit.networks import (
    NetworkPolicy,
    Refused,
    is_literal,
    split_host,
    split_url,
    unknown_host,
)

__all__ = ["CheckedTransport", "Fetched", "Fetcher", "NetworkPolicy", "Refused"]

ResolveAsync = Callable[[str, int], Awaitable[Sequence[str]]]

MAX_REDIRECTS = 5
CONNECT_TIMEOUT_S = 5.0
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whatever its status; `url` is where it came from after redirects."""

    url: str
    status: int
    media_type: str
    charset: str | None
    body: bytes

    def require_success(self) -> Fetched:
        """This answer if its status is 2xx; raises `UpstreamFailed` otherwise."""
        if 200 <= self.status < 300:
            return self
        advice = _ADVICE.get(self.status, "Check the address in a browser.")
        raise UpstreamFailed(
            f"{self.url[:200]} answered with status {self.status}. {advice}",
            upstream_status=self.status,
        )


_PROTECTED = "It asks for a sign-in: download the document yourself and upload it."
_ADVICE = {
    401: _PROTECTED,
    403: _PROTECTED,
    404: "There is nothing at this address: check its path.",
    429: "It refuses so many requests: try again later.",
}


class CheckedTransport(httpx2.AsyncBaseTransport):
    """Resolves a name once, checks every address, and connects to those that were checked.

    Host header and TLS server name stay those of the address asked for, so the certificate is
    verified against the name. Connections are not kept: one that was opened for a name would
    otherwise serve another name on the same machine. Proxies of the environment are not used,
    as a proxy resolves names by itself and so undoes the check.
    """

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        resolve: ResolveAsync | None = None,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._policy = policy
        self._resolve = resolve or resolve_host
        self._verify = verify
        self._inner: httpx2.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        if url.scheme not in ("http", "https"):
            raise BadRequest(f"{url.scheme!r} addresses are not fetched; use http or https.")
        host = url.raw_host.decode("ascii")
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = self._policy.check_all(host, await self._resolve(host, port))
        if self._inner is None:
            self._inner = httpx2.AsyncHTTPTransport(
                verify=self._verify, limits=httpx2.Limits(max_keepalive_connections=0)
            )
        failure: httpx2.HTTPError | None = None
        for address in addresses:
            pinned = httpx2.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    async def aclose(self) -> None:
        if self._inner is not None:
            await self._inner.aclose()


class Fetcher:
    """Fetches addresses that users gave, under one `NetworkPolicy`."""

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        resolve: ResolveAsync | None = None,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self.policy = policy
        self._resolve = resolve or resolve_host
        self.transport = CheckedTransport(policy, resolve=resolve, verify=verify)

    async def fetch(
        self,
        url: str,
        *,
        max_bytes: int,
        timeout_s: float,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """GETs `url`, following up to five redirects; `headers` go to its own origin only.

        `timeout_s` is for everything together, `max_bytes` for the body also when unpacked.
        Raises `BadRequest`, `Refused`, `TooLarge` and `UpstreamFailed`.
        """
        try:
            with anyio.fail_after(timeout_s):
                return await self._follow(url, max_bytes, accept, dict(headers or {}))
        except TimeoutError:
            raise UpstreamFailed(
                f"{url[:200]} did not answer completely within {timeout_s:g} s."
            ) from None
        except httpx2.InvalidURL as error:
            raise BadRequest(f"{url[:200]!r} is not a valid address: {error}.") from None
        except httpx2.HTTPError as error:
            raise UpstreamFailed(
                f"{url[:200]} cannot be fetched: {explain_failure(error)}"
            ) from None

    async def check_target(self, url: str) -> list[str]:
        """The permitted addresses behind a load target; raises as `NetworkPolicy.check_url`."""
        host, port = split_host(url)
        return self.policy.check_all(host, await self._resolve(host, port))

    async def aclose(self) -> None:
        """Closes what is open."""
        await self.transport.aclose()

    async def _follow(
        self, url: str, max_bytes: int, accept: str | None, extra: dict[str, str]
    ) -> Fetched:
        split_url(url)
        headers = {
            "accept": accept or "*/*",
            "accept-encoding": "gzip",
            "user-agent": "benchwright",
        }
        for _ in range(MAX_REDIRECTS + 1):
            request = httpx2.Request(
                "GET",
                urldefrag(url).url,
                headers={**extra, **headers},
                extensions={"timeout": httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S).as_dict()},
            )
            response = await self.transport.handle_async_request(request)
            try:
                location = response.headers.get("location")
                if response.status_code not in _REDIRECTS or location is None:
                    return await _read(response, urldefrag(url).url, max_bytes)
            finally:
                await response.aclose()
            target = _resolve_redirect(url, location)
            if _origin(target) != _origin(url):
                extra = {}
            url = target
        raise UpstreamFailed(f"More than {MAX_REDIRECTS} redirects; the last one leads to {url}.")


async def resolve_host(host: str, port: int) -> list[str]:
    """All addresses of `host`, in the order of preference; raises `UpstreamFailed`."""
    if is_literal(host):
        return [host]
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise unknown_host(host, error) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _resolve_redirect(url: str, location: str) -> str:
    try:
        target = urljoin(url, location)
        split_url(target)
    except (ValueError, BadRequest) as error:
        reason = error.detail if isinstance(error, Problem) else str(error)
        raise UpstreamFailed(
            f"{url[:200]} redirects to what cannot be followed: {reason}"
        ) from None
    return target


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


async def _read(response: httpx2.Response, url: str, max_bytes: int) -> Fetched:
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > max_bytes:
        raise _too_large(url, max_bytes)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    chunks: AsyncIterator[bytes] = response.aiter_raw()
    if encoding in ("gzip", "x-gzip"):
        chunks = _unpack(chunks, max_bytes, url)
    elif encoding not in ("", "identity"):
        raise UpstreamFailed(f"{url[:200]} answers in the unknown encoding {encoding[:40]!r}.")
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(url, max_bytes)
    content_type = Message()
    content_type["content-type"] = response.headers.get("content-type", "")
    return Fetched(
        url=url,
        status=response.status_code,
        media_type=content_type.get_content_type() if content_type["content-type"] else "",
        charset=content_type.get_content_charset(),
        body=bytes(body),
    )


async def _unpack(chunks: AsyncIterator[bytes], max_bytes: int, url: str) -> AsyncIterator[bytes]:
    """Unpacks gzip, never more than one byte above `max_bytes` at once."""
    unpacker = zlib.decompressobj(wbits=31)
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > max_bytes:
            raise _too_large(url, max_bytes)
        rest = chunk
        while rest:
            if unpacker.eof:
                unpacker = zlib.decompressobj(wbits=31)
            try:
                unpacked = unpacker.decompress(rest, max_bytes + 1)
            except zlib.error:
                raise UpstreamFailed(f"{url[:200]} sends damaged gzip data.") from None
            if unpacked:
                yield unpacked
            rest = unpacker.unconsumed_tail or unpacker.unused_data
    if received and not unpacker.eof:
        raise UpstreamFailed(f"{url[:200]} broke off in the middle of its answer.")


def _too_large(url: str, max_bytes: int) -> TooLarge:
    return TooLarge(f"{url[:200]} answers with more than {max_bytes:,} bytes.")


def explain_failure(error: httpx2.HTTPError) -> str:
    """Why a server could not be talked to, as the end of a sentence."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})."
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS there; try http:// or another port."
        if isinstance(cause, ConnectionRefusedError):
            return "the connection was refused; is the server running, and is the port right?"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.TimeoutException):
        return "the connection could not be opened in time."
    if isinstance(error, httpx2.ConnectError):
        return "the connection could not be opened; is the server running?"
    if isinstance(error, httpx2.ProtocolError):
        return "it does not answer in HTTP, or broke off in the middle."
    return "the connection broke."
