"""Pages of sources: what there is, and the documents of a collection."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import now
from benchwright.kit.errors import Invalid, NotFound, Problem
from benchwright.kit.threads import in_thread
from benchwright.lab import Lab, LabDep
from benchwright.projects import service as projects
from benchwright.projects.models import Project
from benchwright.sources import documents, service
from benchwright.sources.schemas import DocumentPage, SourceContents
from benchwright.sources.wish import DocumentWish, WishDep
from benchwright.web.rendering import Url, render

router = APIRouter(
    prefix="/p/{slug}/sources",
    include_in_schema=False,
    dependencies=[Depends(requires(Scope.READ))],
)

MAX_COLUMNS = 60
LONG_TEXT = 80
PRESETS = (("hour", "Last hour", 1), ("day", "Last 24 hours", 24), ("week", "Last 7 days", 168))


class Cell(NamedTuple):
    """A value in a table; `is_nested` where it opens to be read."""

    text: str
    value: Any
    is_nested: bool = False
    is_number: bool = False
    is_missing: bool = False


@router.get("")
async def show_sources(request: Request, lab: LabDep, slug: str) -> HTMLResponse:
    """The sources and their collections."""
    project = await in_thread(find_project, lab, slug)
    contents = await service.list_contents(lab.sources)
    context = {"project": project, "contents": contents}
    return render(request, "sources/list.html", context, project=slug, here="sources")


@router.get(".json")
async def list_sources(lab: LabDep, slug: str) -> list[SourceContents]:
    """The same as JSON."""
    await in_thread(find_project, lab, slug)
    return await service.list_contents(lab.sources)


@router.get("/{source}/{collection:path}.json")
async def list_documents(
    lab: LabDep, slug: str, source: str, collection: str, wish: WishDep
) -> Response:
    """The page of a collection as JSON."""
    await in_thread(find_project, lab, slug)
    page = await documents.page_of(lab.sources, source, collection, wish)
    return await in_thread(documents.json_of, page)


@router.get("/{source}/{collection:path}")
async def show_documents(
    request: Request,
    lab: LabDep,
    slug: str,
    source: str,
    collection: str,
    wish: WishDep,
    view: str = "table",
) -> HTMLResponse:
    """Documents of a collection as a table, or as they are."""
    project = await in_thread(find_project, lab, slug)
    page, problem = None, None
    try:
        page = await documents.page_of(lab.sources, source, collection, wish)
    except NotFound:
        raise
    except Problem as raised:
        problem = raised
    context = {
        "project": project,
        "source": source,
        "collection": collection,
        "server": lab.sources.where(lab.sources.source(source)),
        "wish": wish,
        "view": "json" if view == "json" else "table",
        "problem": problem,
        "errors": _errors(problem),
        "limits": lab.settings.sources,
    }
    return await in_thread(_render, request, context, page)


def find_project(lab: Lab, slug: str) -> Project:
    """The project of the address; raises `NotFound`."""
    with lab.database.read() as session:
        return projects.get_project(session, slug)


def _render(request: Request, context: dict[str, Any], page: DocumentPage | None) -> HTMLResponse:
    wish, view, problem = context["wish"], context["view"], context["problem"]
    slug = context["project"].slug
    here = (slug, "sources", context["source"], context["collection"])
    url = Url(request)
    rows, columns, hidden = _table(page) if page is not None else ([], [], 0)
    context |= {
        "page": page,
        "rows": rows,
        "columns": columns,
        "hidden_columns": hidden,
        "address": lambda **changed: url("/p", *here, **_query_of(wish, view, changed)),
        "api": url(
            "/api/v1/sources", context["source"], "collections", context["collection"], "documents"
        ),
        "query": {k: v for k, v in _query_of(wish, "", {}).items() if v},
        "presets": _presets(),
    }
    status = problem.status if problem else 200
    return render(
        request, "sources/collection.html", context, project=slug, here="sources", status=status
    )


def _errors(problem: Problem | None) -> dict[str, str]:
    faults = problem.errors if isinstance(problem, Invalid) else []
    return {fault["field"]: fault["message"] for fault in faults}


def _query_of(wish: DocumentWish, view: str, changed: dict[str, Any]) -> dict[str, Any]:
    """The query of an address; what is as usual is left out, and a change leads to the first page."""
    given = {
        "from": wish.since,
        "until": wish.until,
        "by": wish.by,
        "order": wish.order if wish.order != "newest" else "",
        "limit": wish.limit if wish.limit != DocumentWish().limit else "",
        "view": view if view != "table" else "",
        "cursor": "" if changed.keys() - {"view"} else wish.cursor,
    }
    return {**given, **changed}


def _presets() -> list[tuple[str, str]]:
    present = now().replace(microsecond=0)
    return [
        (text, (present - dt.timedelta(hours=hours)).isoformat()[:16]) for _, text, hours in PRESETS
    ]


def _table(page: DocumentPage) -> tuple[list[list[Cell]], list[str], int]:
    # An id tells a reader nothing: what was measured comes first.
    columns = sorted(service.columns_of(page.items), key="_id".__eq__)
    shown = columns[:MAX_COLUMNS]
    rows = [[_cell(document, name) for name in shown] for document in page.items]
    return rows, shown, len(columns) - len(shown)


def _cell(document: dict[str, Any], name: str) -> Cell:
    if name not in document or document[name] is None:
        return Cell("null" if name in document else "–", None, is_missing=True)
    value = document[name]
    if isinstance(value, dict | list) and value:
        return Cell(documents.cell_text(value)[:LONG_TEXT], value, is_nested=True)
    if isinstance(value, bool):
        return Cell(str(value).lower(), value)
    if isinstance(value, int | float):
        return Cell(repr(value), value, is_number=True)
    return Cell(str(documents.cell_text(value)), value)
