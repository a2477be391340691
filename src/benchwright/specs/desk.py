"""Whole errands with specs, for whoever receives them: fetch, analyse, then store.

Fetching waits and so is asynchronous; the database is reached in a thread and for a moment only.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from benchwright.kit.errors import BadRequest
from benchwright.kit.threads import in_thread
from benchwright.projects.service import get_project
from benchwright.specs import service
from benchwright.specs.intake import Reading, read_upload, read_url
from benchwright.specs.schemas import ReanalysisView, SpecView
from benchwright.specs.views import view_revision, view_spec

if TYPE_CHECKING:
    from benchwright.lab import Lab


async def analyse_url(
    lab: Lab, slug: str, url: str, *, name: str | None = None, choose: bool = False
) -> SpecView:
    """Adds the API behind `url` to the project `slug`; for `choose` see `read_url`."""
    await in_thread(_check_project, lab, slug)
    reading = await read_url(
        url, fetcher=lab.fetcher, blobs=lab.blobs, settings=lab.settings.specs, choose=choose
    )
    return await in_thread(_add, lab, slug, reading, name)


async def analyse_upload(
    lab: Lab, slug: str, document: bytes, *, name: str | None = None
) -> SpecView:
    """Adds the API that an uploaded document describes to the project `slug`."""
    await in_thread(_check_project, lab, slug)
    reading = await read_upload(document, blobs=lab.blobs, settings=lab.settings.specs)
    return await in_thread(_add, lab, slug, reading, name)


async def analyse_again(
    lab: Lab, public_id: uuid.UUID, *, document: bytes | None = None, url: str | None = None
) -> ReanalysisView:
    """Brings a spec up to date: from `document`, from `url`, or from where it came last time."""
    last_url = await in_thread(_last_source_url, lab, public_id)
    if document is not None:
        reading = await read_upload(
            document, blobs=lab.blobs, settings=lab.settings.specs, source_url=last_url
        )
    elif url or last_url:
        reading = await read_url(
            url or last_url or "", fetcher=lab.fetcher, blobs=lab.blobs, settings=lab.settings.specs
        )
    else:
        raise BadRequest("This spec was uploaded: send its new document to analyse it again.")
    return await in_thread(_update, lab, public_id, reading)


def _check_project(lab: Lab, slug: str) -> None:
    # Before anything is fetched: a typing error must not cost a minute.
    with lab.database.read() as session:
        get_project(session, slug)


def _last_source_url(lab: Lab, public_id: uuid.UUID) -> str | None:
    with lab.database.read() as session:
        return service.get_spec(session, public_id).source_url


def _add(lab: Lab, slug: str, reading: Reading, name: str | None) -> SpecView:
    with lab.database.write() as session:
        spec = service.add_spec(session, get_project(session, slug), reading, name=name)
        return view_spec(session, spec)


def _update(lab: Lab, public_id: uuid.UUID, reading: Reading) -> ReanalysisView:
    with lab.database.write() as session:
        spec, revision = service.update_spec(session, public_id, reading)
        return ReanalysisView(
            spec=view_spec(session, spec),
            revision=view_revision(revision) if revision is not None else None,
        )
