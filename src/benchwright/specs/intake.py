"""From an address or an upload to an analysis that can be stored: no database here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from benchwright.kit.blobs import BlobStore
from benchwright.kit.errors import Problem, Unavailable
from benchwright.kit.fetch import Fetcher
from benchwright.kit.networks import split_url
from benchwright.kit.threads import in_thread
from benchwright.settings import SpecSettings
from benchwright.specs.analysis import analyse
from benchwright.specs.discovery import Found, Source, find_documents
from benchwright.specs.document import SpecLimits
from benchwright.specs.merging import merge_analyses
from benchwright.specs.outline import Analysis

LONGEST_WAIT_S = 60.0

T = TypeVar("T")

# A large document takes seconds of processor time and some hundred megabytes while it is read:
# one after another, so that uploads cannot add up.
_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document in blob storage; `url` is None for an upload."""

    url: str | None
    blob: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: `source_url` is the address that was asked for, None after an upload."""

    analysis: Analysis
    documents: list[StoredDocument]
    source_url: str | None


class Candidate(NamedTuple):
    """One of several documents behind an address."""

    url: str
    title: str
    version: str
    endpoint_count: int


class SeveralDocuments(Exception):
    """An address leads to several documents, and somebody is there to choose."""

    def __init__(self, candidates: list[Candidate]) -> None:
        super().__init__(f"{len(candidates)} documents")
        self.candidates = candidates


def limits_of(settings: SpecSettings) -> SpecLimits:
    """The limits that the settings name."""
    return SpecLimits(max_bytes=settings.max_bytes, max_operations=settings.max_operations)


async def read_url(
    url: str, *, fetcher: Fetcher, blobs: BlobStore, settings: SpecSettings, choose: bool = False
) -> Reading:
    """Fetches, analyses and keeps what is behind `url`; raises `Problem`s that say what to do.

    Of several documents one spec is made, unless `choose`: then raises `SeveralDocuments`.
    """
    url = url.strip()
    split_url(url)
    found = await find_documents(
        fetcher, url, limits=limits_of(settings), timeout_s=settings.timeout_s
    )
    if choose and len(found.sources) > 1:
        candidates = await in_thread(_in_turn, _list_candidates, found, limits_of(settings))
        if len(candidates) > 1:
            raise SeveralDocuments(candidates)
    return await in_thread(_read_found, found, url, blobs, limits_of(settings))


async def read_upload(
    document: bytes, *, blobs: BlobStore, settings: SpecSettings, source_url: str | None = None
) -> Reading:
    """Analyses and keeps an uploaded document; `source_url` completes its relative servers."""
    found = Found([Source(source_url, document)], [])
    return await in_thread(_read_found, found, None, blobs, limits_of(settings))


def _read_found(
    found: Found, source_url: str | None, blobs: BlobStore, limits: SpecLimits
) -> Reading:
    analysis, sources = _in_turn(_analyse_all, found, limits)
    documents = [
        StoredDocument(source.url, blobs.put(source.body), len(source.body)) for source in sources
    ]
    return Reading(analysis, documents, source_url)


def _in_turn(work: Callable[[Found, SpecLimits], T], found: Found, limits: SpecLimits) -> T:
    if not _turn.acquire(timeout=LONGEST_WAIT_S):
        raise Unavailable("Other documents are being analysed; try again in a minute.")
    try:
        return work(found, limits)
    finally:
        _turn.release()


def _list_candidates(found: Found, limits: SpecLimits) -> list[Candidate]:
    """Those that can be read."""
    candidates = []
    for source in found.sources:
        try:
            read = analyse(source.body, source_url=source.url, limits=limits)
        except Problem:
            continue
        candidates.append(
            Candidate(source.url or "", read.title, read.version, len(read.operations))
        )
    return candidates


def _analyse_all(found: Found, limits: SpecLimits) -> tuple[Analysis, list[Source]]:
    """One analysis of all; a document that cannot be read is only fatal if it is the only one."""
    analyses: list[Analysis] = []
    sources: list[Source] = []
    notes = list(found.notes)
    for source in found.sources:
        try:
            analyses.append(analyse(source.body, source_url=source.url, limits=limits))
        except Problem as problem:
            if len(found.sources) == 1:
                raise
            notes.append(f"{(source.url or '')[:200]} is left out: {problem.detail}")
            failure = problem
        else:
            sources.append(source)
    if not analyses:
        raise failure
    return merge_analyses(analyses, notes), sources
