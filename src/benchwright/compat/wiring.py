"""All documented interfaces together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from benchwright.access.middleware import IsOpenToGuests
from benchwright.compat.guests import any_of
from benchwright.compat.metric_vault import wiring as metric_vault
from benchwright.compat.opeva import wiring as opeva
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.lab import Lab

INTERFACES = (metric_vault, opeva)


def install(app: FastAPI, lab: Lab) -> None:
    """Adds the routes of the interfaces that the settings want; before the pages."""
    for interface in INTERFACES:
        interface.install(app, lab)


def guests(settings: Settings) -> IsOpenToGuests:
    """Whether a request without a token is let in, as the settings of its interface say."""
    return any_of(*(interface.guests(settings) for interface in INTERFACES))
