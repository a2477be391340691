"""The routes of data in MongoDB, and of datasets that are made from it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from benchwright.access.scopes import Scope, requires
from benchwright.compat.opeva.answers import OpevaRoute
from benchwright.lab import LabDep
from benchwright.sources import service

router = APIRouter(tags=["opeva"], route_class=OpevaRoute)
