"""Turns templates into pages: the one environment, its words, and what every page knows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from benchwright.access.principal import LOCAL, principal_of
from benchwright.kit.errors import Problem
from benchwright.kit.requests import route_path, state_of
from benchwright.projects.service import ProjectNotFound
from benchwright.version import VERSION
from benchwright.web import assets, figures, shell, words
from benchwright.web.flash import clear_flash, read_flash
from benchwright.web.module_graph import module_paths
from benchwright.web.sparklines import Sparkline

_BACKTICKS = re.compile("`([^`\n]{1,200})`")


def render(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    project: str | None = None,
    here: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A page; `project` is the slug that the navigation stays in, `here` a place outside of it."""
    principal = principal_of(request.scope)
    nav = shell.remembered_project(request)
    if project is not None:
        name = getattr((context or {}).get("project"), "name", None)
        nav = shell.NavProject(project, name or (nav.name if nav.slug == project else project))
    toast = read_flash(request)
    values = {
        "search_text": "",
        **(context or {}),
        "nav_project": nav.slug,
        "nav_name": nav.name,
        "nav_groups": shell.PROJECT_GROUPS,
        "shortcuts": shell.SHORTCUTS,
        "here": shell.current_entry(route_path(request.scope), nav.slug) or here,
        "nonce": state_of(request.scope).get("csp_nonce", ""),
        "import_map": assets.import_map(root_path(request)),
        "icons": root_path(request) + assets.asset_path("icons.svg"),
        "request_path": request.url.path,
        "toast": toast,
        "is_known": principal is not None,
        "is_signed_in": principal is not None and principal is not LOCAL,
    }
    response = render_bare(request, template, values, status=status)
    if project is not None and status < HTTPStatus.BAD_REQUEST:
        shell.remember_project(request, response, nav, root_path(request))
    if toast is not None:
        clear_flash(response)
    return response


def render_bare(
    request: Request, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HTMLResponse:
    """A page outside the common frame."""
    page = environment().get_template(template).render({**context, "url": Url(request)})
    # Pages change with every run: only the browser's own history may keep them.
    return HTMLResponse(page, status, headers={"Cache-Control": "no-cache, private"})


def redirect(request: Request, path: str) -> RedirectResponse:
    """To another page after a form was handled, so that reloading sends nothing twice."""
    return RedirectResponse(root_path(request) + path, status_code=303)


def redirect_to(request: Request, path: str, *parts: object, **query: object) -> RedirectResponse:
    """As `redirect`, to an address of which each part is encoded, as `Url` does."""
    return RedirectResponse(Url(request)(path, *parts, **query), status_code=303)


def render_error_page(request: Request, problem: Problem) -> HTMLResponse:
    """A problem as a page."""
    body = problem.body()
    context = {
        "problem": problem,
        "errors": body.get("errors", []),
        "title": body["title"],
        "advice": words.advice_on(problem.status),
        "may_repeat": request.method in ("GET", "HEAD"),
        "request_id": state_of(request.scope).get("request_id"),
    }
    response = render(request, "error.html", context, status=problem.status)
    if isinstance(problem, ProjectNotFound):
        # Without this every link of the navigation would lead here again.
        shell.forget_project(response, root_path(request))
    return response


def root_path(request: Request) -> str:
    """The prefix that a proxy strips; it leads every address in a page."""
    return str(request.scope.get("root_path", "")).rstrip("/")


class Url:
    """`url("/p", slug, "runs", q=text)`: an address with each part encoded."""

    def __init__(self, request: Request) -> None:
        self._root = root_path(request)

    def __call__(self, path: str, *parts: object, **query: object) -> str:
        encoded = "".join("/" + quote(str(part), safe="") for part in parts)
        given = {k: v for k, v in query.items() if v not in (None, "", [])}
        tail = "?" + urlencode(given, doseq=True) if given else ""
        return self._root + path.rstrip("/") + encoded + tail if parts else self._root + path + tail


@cache
def environment() -> Environment:
    """Templates escape everything; a name that a page was not given is an error."""
    made = Environment(
        loader=PackageLoader("benchwright.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        name: getattr(figures, name)
        for name in (
            "count", "rate", "milliseconds", "share", "size", "duration", "clock", "exact",
            "moment",
        )
    }  # fmt: skip
    made.filters |= {"figure": figures.figure, "script_json": script_json, "coded": coded}
    # Jinja's own `tojson` is for scripts only: its text is marked as safe, and breaks attributes.
    made.filters |= {"pretty": pretty, "tojson": compact}
    made.globals |= {
        "asset": assets.asset_path,
        "cached": cache,
        "vendor": assets.vendor_path,
        "modules": module_paths,
        "sparkline_of": Sparkline,
        "version": VERSION,
        "words": words,
    }
    return made


def pretty(value: Any) -> str:
    """JSON to be read."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def compact(value: Any) -> str:
    """JSON on one line, to be escaped like any text."""
    return json.dumps(value, ensure_ascii=False, default=str)


def script_json(value: Any) -> Markup:
    """JSON to stand in a `<script>`: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=str)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 - nothing that HTML knows is left in it


def coded(text: str) -> Markup:
    """Text of ours with what stands in backticks as code."""
    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before
