"""The design system on one page, made from what the pages are made from."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from benchwright.access.scopes import Scope, requires
from benchwright.kit.db import now
from benchwright.web import design, words
from benchwright.web.rendering import render
from benchwright.web.tokens import DASHES, SERIES, read_tokens

router = APIRouter(include_in_schema=False)


@router.get("/design", dependencies=[Depends(requires(Scope.READ))])
def show_design(request: Request) -> HTMLResponse:
    """Every token and every part, in every state."""
    measured = [
        (promise, {theme: design.measure(promise, theme) for theme in design.THEMES})
        for promise in design.promises()
    ]
    context = {
        "tokens": read_tokens(),
        "measured": measured,
        "sights": design.sights(),
        "series_count": SERIES,
        "places": range(SERIES * DASHES),
        "distance_floor": design.SERIES_DISTANCE,
        "themes": design.THEMES,
        "icon_names": design.icons(),
        "macros": {macro.name: macro for macro in design.macros()},
        "states": list(words.STATES),
        "verdicts": list(words.VERDICTS),
        "methods": list(words.METHOD_TONES),
        "shown_at": now() - dt.timedelta(hours=3),
    }
    return render(request, "design/page.html", context, here="about")
