"""From the address that a user gave to the OpenAPI documents behind it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio

from benchwright.kit.errors import Problem, TooLarge, UpstreamFailed
from benchwright.kit.fetch import Fetched, Fetcher
from benchwright.kit.threads import in_thread
from benchwright.specs.document import NotOpenApi, SpecLimits, is_html
from benchwright.specs.pagelinks import (
    PageLinks,
    guess,
    read_config,
    read_page,
    read_script,
)

LARGEST_PAGE = 2 * 1024 * 1024
MOST_FETCHES = 40
MOST_GROUPS = 6
ACCEPT = "application/json, application/yaml;q=0.9, text/yaml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Source:
    """One document as it was found; `url` is None for an upload."""

    url: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """The documents behind one address, and those that were named but could not be had."""

    sources: list[Source]
    notes: list[str]


async def find_documents(
    fetcher: Fetcher, url: str, *, limits: SpecLimits, timeout_s: float
) -> Found:
    """Fetches `url`: a document, or a page that shows one (Swagger UI, Redoc, Scalar).

    `timeout_s` is for all fetches together. Raises the problems of `Fetcher.fetch`, and
    `NotOpenApi` for a page that leads to no document.
    """
    try:
        with anyio.fail_after(timeout_s):
            return await _Search(fetcher, limits, timeout_s).run(url)
    except TimeoutError:
        raise UpstreamFailed(
            f"No document was found behind {url[:200]} within {timeout_s:g} s. Give the address "
            "of the document itself, or download it and upload it."
        ) from None


class _Search:
    def __init__(self, fetcher: Fetcher, limits: SpecLimits, timeout_s: float) -> None:
        self.fetcher = fetcher
        self.limits = limits
        self.timeout_s = timeout_s
        self.fetches = 0
        self.left_bytes = limits.max_bytes
        self.tried: list[str] = []

    async def run(self, url: str) -> Found:
        page = await self._fetch(url, self.limits.max_bytes)
        if page.status == 404 and urlsplit(page.url).path in ("", "/"):
            return await self._guess(page.url)  # an API without a home page
        page.require_success()
        text = _as_page(page.body)
        if text is None:
            return Found([Source(page.url, page.body)], [])
        # Regular expressions over megabytes of a stranger's page do not run in the event loop.
        links = await in_thread(read_page, text, page.url)
        found = await self._follow(links, page.url)
        for script in links.scripts if found is None else ():
            answer = await self._try(script, LARGEST_PAGE)
            if answer is not None and _as_page(answer.body) is None:
                body = answer.body.decode("utf-8", "replace")
                found = await self._follow(await in_thread(read_script, body, page.url), page.url)
            if found is not None:
                break
        return found or await self._guess(page.url)

    async def _follow(self, links: PageLinks, page_url: str) -> Found | None:
        if links.inline:
            return Found([Source(page_url, links.inline[0])], [])
        for config in links.configs:
            answer = await self._try(config, LARGEST_PAGE)
            if answer is not None:
                # What settings name is relative to the page, as for the browser.
                named = read_config(answer.body, page_url)
                found = await self._take_first(named.groups)
                if found is not None:
                    return found
        return await self._take_first(links.groups)

    async def _take_first(self, groups: list[list[str]]) -> Found | None:
        for group in groups[:MOST_GROUPS]:
            found = await self._take(group)
            if found is not None:
                return found
        return None

    async def _take(self, group: list[str]) -> Found | None:
        """All documents of a group that can be had; None if there are none."""
        sources: list[Source] = []
        notes: list[str] = []
        for url in group:
            if self.left_bytes <= 0:
                raise TooLarge(
                    f"The documents behind this page have more than {self.limits.max_bytes:,} "
                    "bytes together; give the address of one of them."
                )
            answer = await self._try(url, self.left_bytes)
            if answer is None or not _looks_like_document(answer.body):
                notes.append(f"{url[:200]} is named on the page, but holds no document.")
                continue
            self.left_bytes -= len(answer.body)
            sources.append(Source(answer.url, answer.body))
        return Found(sources, notes) if sources else None

    async def _guess(self, page_url: str) -> Found:
        for url in guess(page_url):
            found = await self._take([url])
            if found is not None:
                return found
        tried = ", ".join(self.tried[:12])
        raise NotOpenApi(
            f"{page_url[:200]} is a web page that names no OpenAPI document, and there is none "
            f"at the usual addresses ({tried[:1500]}). Give the address of the document itself; "
            "a browser's network log shows it when the page loads."
        )

    async def _try(self, url: str, max_bytes: int) -> Fetched | None:
        """What is at `url`, None if that is no success; only a body that is too large raises."""
        self.tried.append(url)
        if self.fetches >= MOST_FETCHES:
            return None
        try:
            answer = await self._fetch(url, max_bytes)
        except TooLarge:
            raise
        except Problem:
            return None
        return answer if 200 <= answer.status < 300 else None

    async def _fetch(self, url: str, max_bytes: int) -> Fetched:
        self.fetches += 1
        return await self.fetcher.fetch(
            url, max_bytes=max_bytes, timeout_s=self.timeout_s, accept=ACCEPT
        )


def _as_page(body: bytes) -> str | None:
    """The text of a web page, None for anything else."""
    head = body[:1024].decode("utf-8", "replace")
    if not is_html(head) or head.lstrip("\ufeff \t\r\n").startswith("<?xml version"):
        return None
    return body[:LARGEST_PAGE].decode("utf-8", "replace")


def _looks_like_document(body: bytes) -> bool:
    return _as_page(body) is None and (b"openapi" in body or b"swagger" in body)
