"""Talking to an InfluxDB 1.x: is it there, may we write, and writing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re

import httpx2

from benchwright.kit.fetch import explain_failure
from benchwright.kit.redaction import redact
from benchwright.settings import InfluxSettings

CONNECT_TIMEOUT_S = 2.0
TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 64 * 1024
MAX_WORDS = 300

_LATER = frozenset({408, 429, 500, 502, 503, 504})


class InfluxProblem(Exception):
    """Why InfluxDB did not take something, in words that may be shown."""


class Away(InfluxProblem):
    """It did not answer, or cannot take samples at the moment: later it may."""


class Refusal(InfluxProblem):
    """It answered no, and will do so again; `status` is that of its answer."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class InfluxClient:
    """One database of one server; the password never stands in what is said of it."""

    def __init__(self, settings: InfluxSettings) -> None:
        assert settings.url is not None
        self.url = settings.url
        self.database = settings.database
        self._password = settings.password.get_secret_value() if settings.password else ""
        auth = None
        if settings.username is not None:
            auth = httpx2.BasicAuth(settings.username, self._password)
        self._client = httpx2.AsyncClient(
            base_url=settings.url,
            auth=auth,
            timeout=httpx2.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            # Reading the certificates takes a while, and only TLS needs them.
            verify=settings.url.startswith("https:"),
            trust_env=False,
        )

    async def version(self) -> str:
        """What it calls its version; raises `InfluxProblem`."""
        answer = await self._ask("GET", "/ping")
        return answer.headers.get("x-influxdb-version", "unknown")[:40]

    async def check_write(self) -> None:
        """Writes nothing, which shows all the same whether we may; raises `InfluxProblem`.

        A `Refusal` with status 404 says that the database is missing.
        """
        await self.write(b"")

    async def ensure_database(self) -> None:
        """Makes the database if it is missing; raises `InfluxProblem`."""
        try:
            await self.check_write()
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            quoted = self.database.replace("\\", "\\\\").replace('"', '\\"')
            try:
                await self._ask("POST", "/query", params={"q": f'CREATE DATABASE "{quoted}"'})
            except Refusal as no_right:
                raise Refusal(
                    no_right.status,
                    f"the database {self.database} is missing, and this user may not make it:"
                    f" create it there ({no_right})",
                ) from None
            await self.check_write()

    async def write(self, lines: bytes, *, is_packed: bool = False) -> None:
        """Hands lines with times in nanoseconds over, packed with gzip or not."""
        headers = {"content-encoding": "gzip"} if is_packed else {}
        parameters = {"db": self.database, "precision": "ns"}
        await self._ask("POST", "/write", params=parameters, content=lines, headers=headers)

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        try:
            request = self._client.build_request(
                method, path, params=params, content=content, headers=headers
            )
            # Each part of an answer may come in time and the whole never: this is for all of it.
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._client.send(request, stream=True)
                try:
                    body = await _read_start(answer)
                finally:
                    await answer.aclose()
        except (TimeoutError, httpx2.ReadTimeout, httpx2.WriteTimeout):
            raise Away(f"it did not answer within {TIMEOUT_S:g} s") from None
        except httpx2.HTTPError as error:
            raise Away(explain_failure(error).rstrip(".")) from None
        except (OSError, httpx2.InvalidURL) as error:
            raise Away(self._clean(str(error))) from None
        if answer.is_success:
            return answer
        words = self._clean(f"{answer.status_code}: {_words(body)}")
        if answer.status_code in _LATER:
            raise Away(words)
        raise Refusal(answer.status_code, words)

    def _clean(self, words: str) -> str:
        return redact(words, [self._password] if self._password else [])[:MAX_WORDS]


async def _read_start(answer: httpx2.Response) -> bytes:
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            break
    return body[:MAX_ANSWER_BYTES]


def _words(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
        text = str(json.loads(text)["error"])
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip() or "no further words"
