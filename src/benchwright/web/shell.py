"""The frame of every page: where its navigation leads, what its keys do, which project it is in."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from fastapi import Request
from starlette.responses import Response

from benchwright.projects.service import DEFAULT_SLUG, SLUG_PATTERN

COOKIE = "benchwright_project"
COOKIE_LIFETIME_S = 365 * 86_400
MAX_REMEMBERED_NAME = 60


class NavEntry(NamedTuple):
    """A link of the navigation; `{project}` in its path is the current project's slug.

    It is the current one on its own page and on those below the paths in `covers`.
    """

    key: str
    text: str
    icon: str
    path: str
    covers: tuple[str, ...] = ()


class NavGroup(NamedTuple):
    """Entries that stand together."""

    label: str
    entries: tuple[NavEntry, ...]


PROJECT_GROUPS = (
    NavGroup(
        "What is measured",
        (
            NavEntry(
                "project", "Load tests", "load-test", "/p/{project}/", ("/p/{project}/load-tests",)
            ),
            NavEntry("jobs", "Jobs", "job", "/p/{project}/jobs"),
            NavEntry("schedules", "Schedules", "timed-out", "/p/{project}/schedules"),
            NavEntry("specs", "Specs", "spec", "/p/{project}/specs"),
            NavEntry("configs", "Configs", "config", "/p/{project}/configs"),
            NavEntry("datasets", "Datasets", "dataset", "/p/{project}/datasets"),
            NavEntry("sources", "Data sources", "source", "/p/{project}/sources"),
        ),
    ),
    NavGroup("Where it runs", (NavEntry("hosts", "Hosts", "host", "/p/{project}/hosts"),)),
    NavGroup("What came of it", (NavEntry("runs", "Runs", "run", "/p/{project}/runs"),)),
    NavGroup(
        "The project itself",
        (
            NavEntry("secrets", "Secrets", "lock", "/p/{project}/secrets"),
            NavEntry("settings", "Settings", "settings", "/p/{project}/settings"),
        ),
    ),
)
"""The navigation inside a project; a new kind of page gets its entry here."""


class Shortcut(NamedTuple):
    """A key, or two one after the other; it goes to `path`, does `action`, or is only described."""

    keys: str
    text: str
    path: str = ""
    action: str = ""


SHORTCUTS = (
    Shortcut("/", "Search (also Ctrl K or ⌘ K)", action="search"),
    Shortcut("?", "Show these shortcuts", action="help"),
    Shortcut("g o", "Go to the overview", "/"),
    Shortcut("g t", "Go to the load tests", "/p/{project}/"),
    Shortcut("g j", "Go to the jobs", "/p/{project}/jobs"),
    Shortcut("g r", "Go to the runs", "/p/{project}/runs"),
    Shortcut("g s", "Go to the specs", "/p/{project}/specs"),
    Shortcut("g c", "Go to the schedules", "/p/{project}/schedules"),
    Shortcut("g h", "Go to the hosts", "/p/{project}/hosts"),
    Shortcut("g p", "Go to all projects", "/p"),
    Shortcut("n", "New load test", "/p/{project}/load-tests/new"),
    Shortcut("j", "Next line of a list", action="next"),
    Shortcut("k", "Previous line of a list", action="previous"),
    Shortcut("Enter", "Open the line"),
    Shortcut("x", "Tick the line, in the list of runs"),
)
"""What the dialog shows and `js/shortcuts.js` does."""


class NavProject(NamedTuple):
    """The project that the navigation is in."""

    slug: str
    name: str


def current_entry(path: str, slug: str) -> str:
    """The key of the entry that a page of the project belongs to, if any."""
    for group in PROJECT_GROUPS:
        for entry in group.entries:
            own = entry.path.format(project=slug)
            roots = [own, *(covered.format(project=slug) for covered in entry.covers)]
            if path == own or any(
                path == root or path.startswith(root + "/")
                for root in roots
                if not root.endswith("/")
            ):
                return entry.key
    return ""


def remembered_project(request: Request) -> NavProject:
    """The project that this browser was in last, for pages that belong to none."""
    slug, _, name = request.cookies.get(COOKIE, "").partition(".")
    if not SLUG_PATTERN.fullmatch(slug):
        return NavProject(DEFAULT_SLUG, "Default")
    return NavProject(slug, unquote(name)[:MAX_REMEMBERED_NAME] or slug)


def remember_project(
    request: Request, response: Response, project: NavProject, root_path: str
) -> None:
    """Keeps the project for the pages outside of one."""
    value = f"{project.slug}.{quote(project.name[:MAX_REMEMBERED_NAME], safe='')}"
    if request.cookies.get(COOKIE) != value:
        response.set_cookie(
            COOKIE, value, COOKIE_LIFETIME_S, path=root_path or "/", httponly=True, samesite="lax",
            secure=request.url.scheme == "https",
        )  # fmt: skip


def forget_project(response: Response, root_path: str) -> None:
    """Leads the navigation back to the default project."""
    response.delete_cookie(COOKIE, path=root_path or "/")
