"""The database that figures are forwarded to, as far as HTTP goes."""

from __future__ import annotations

import base64
from typing import NamedTuple

import anyio
import httpx2

from benchwright.kit.errors import Problem
from benchwright.kit.fetch import CheckedTransport, explain_failure
from benchwright.kit.networks import NetworkPolicy
from benchwright.settings import ForwardSettings

TIMEOUT_S = 30.0
MAX_REASON = 200
LONGEST_WAIT_S = 300.0
_TRY_AGAIN = {408, 429}


class Answer(NamedTuple):
    """What came of a push; without a `fault` it was taken in."""

    fault: str = ""
    is_final: bool = False
    """Whether sending it again would be in vain."""
    wait_s: float | None = None
    """How long the database asks to be left alone."""


class Destination:
    """Pushes to the one address that the settings name.

    An operator chose it, so private networks are open; link-local and metadata addresses and
    `network.denied_networks` are not. Redirects are not followed: credentials stay where they
    were meant to go.
    """

    def __init__(self, settings: ForwardSettings, denied_networks: list[str]) -> None:
        assert settings.url is not None
        self.url = settings.url
        self._headers = push_headers(settings)
        policy = NetworkPolicy.create(loopback_only=True, denied_networks=denied_networks)
        self._transport = CheckedTransport(policy)

    async def push(self, body: bytes) -> Answer:
        """Sends one remote write body and says what came of it; never raises."""
        try:
            request = httpx2.Request(
                "POST",
                self.url,
                content=body,
                headers=self._headers,
                extensions={"timeout": httpx2.Timeout(TIMEOUT_S).as_dict()},
            )
            with anyio.fail_after(TIMEOUT_S):
                response = await self._transport.handle_async_request(request)
                try:
                    return await _read(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            return Answer(f"no answer within {TIMEOUT_S:g} s")
        except Problem as problem:
            return Answer(problem.detail)
        except httpx2.InvalidURL as error:
            return Answer(f"the address is not valid: {error}", is_final=True)
        except httpx2.HTTPError as error:
            return Answer(explain_failure(error))

    async def aclose(self) -> None:
        """Closes what is open."""
        await self._transport.aclose()


def push_headers(settings: ForwardSettings) -> dict[str, str]:
    """The headers of a push, with the credentials that the settings give."""
    headers = {
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
        "User-Agent": "benchwright",
    }
    if settings.bearer_token is not None:
        headers["Authorization"] = f"Bearer {settings.bearer_token.get_secret_value()}"
    elif settings.username is not None:
        password = settings.password.get_secret_value() if settings.password else ""
        pair = base64.b64encode(f"{settings.username}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    if settings.tenant is not None:
        headers["X-Scope-OrgID"] = settings.tenant
    return headers


async def _read(response: httpx2.Response) -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Answer()
    text = b""
    async for chunk in response.aiter_raw():
        text += chunk
        if len(text) >= MAX_REASON:
            break
    words = " ".join(text[:MAX_REASON].decode("utf-8", "replace").split())
    fault = f"it answered with status {status}" + (f": {words}" if words else "")
    if status >= 500 or status in _TRY_AGAIN:
        wait = response.headers.get("retry-after", "")
        wait_s = min(float(wait), LONGEST_WAIT_S) if wait.isdigit() else None
        return Answer(fault, wait_s=wait_s)
    return Answer(fault, is_final=True)
