"""JSON routes of schedules."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from benchwright.access.principal import Principal
from benchwright.access.scopes import requires
from benchwright.kit.pagination import Page, PageRequest, page_request
from benchwright.kit.unicode import STORABLE
from benchwright.lab import LabDep, ReadSessionDep, WriteSessionDep
from benchwright.loadtests import service as loadtests
from benchwright.projects.service import get_project
from benchwright.schedules import service
from benchwright.schedules.permission import check_may_schedule
from benchwright.schedules.schemas import (
    FiringView,
    SchedulePreview,
    SchedulePreviewRequest,
    ScheduleSummary,
    ScheduleUpdate,
    ScheduleView,
    ScheduleWrite,
)

router = APIRouter(prefix="/api/v1/schedules", tags=["schedules"])

READ = [Depends(requires("read"))]
MayWrite = Annotated[Principal, Depends(requires("write"))]
PageDep = Annotated[PageRequest, Depends(page_request)]


@router.get("", dependencies=READ)
def list_schedules(
    session: ReadSessionDep,
    request: PageDep,
    project: Annotated[str | None, Query(max_length=200, pattern=STORABLE)] = None,
    load_test: uuid.UUID | None = None,
) -> Page[ScheduleSummary]:
    """Lists schedules, newest first: all, those of a project, or those of a load test."""
    items, cursor = service.list_schedules(
        session,
        request,
        project_id=get_project(session, project).id if project is not None else None,
        load_test_id=loadtests.get_load_test(session, load_test).id if load_test else None,
    )
    return Page(items=items, next_cursor=cursor)


@router.post("", status_code=201)
def create_schedule(
    session: WriteSessionDep, lab: LabDep, principal: MayWrite, wish: ScheduleWrite
) -> ScheduleView:
    """Has a load test start by the clock: again and again (`cron`), or once (`once_at`)."""
    load_test = loadtests.get_load_test(session, wish.load_test)
    check_may_schedule(lab.settings, principal, load_test)
    schedule = service.create_schedule(session, lab.settings.schedules, load_test, wish)
    return service.view_schedule(session, schedule)


@router.post("/preview", dependencies=READ)
def preview(session: ReadSessionDep, lab: LabDep, wish: SchedulePreviewRequest) -> SchedulePreview:
    """Tells when such a schedule would fire, without keeping it."""
    return service.preview(session, lab.settings.schedules, wish)


@router.get("/{schedule_id}", dependencies=READ)
def get_schedule(session: ReadSessionDep, schedule_id: uuid.UUID) -> ScheduleView:
    """Shows a schedule with the next times at which it fires."""
    return service.view_schedule(session, service.get_schedule(session, schedule_id))


@router.patch("/{schedule_id}")
def update_schedule(
    session: WriteSessionDep,
    lab: LabDep,
    principal: MayWrite,
    schedule_id: uuid.UUID,
    wish: ScheduleUpdate,
) -> ScheduleView:
    """Changes the fields that are sent; a new timing counts from now on."""
    schedule = service.get_schedule(session, schedule_id)
    check_may_schedule(lab.settings, principal, service.load_test_of(session, schedule))
    service.update_schedule(session, lab.settings.schedules, schedule, wish)
    return service.view_schedule(session, schedule)


@router.delete("/{schedule_id}", status_code=204)
def delete_schedule(session: WriteSessionDep, _principal: MayWrite, schedule_id: uuid.UUID) -> None:
    """Deletes a schedule with its history; the runs that it started stay."""
    service.delete_schedule(session, service.get_schedule(session, schedule_id))


@router.post("/{schedule_id}/pause")
def pause_schedule(
    session: WriteSessionDep, _principal: MayWrite, schedule_id: uuid.UUID
) -> ScheduleView:
    """Lets it fire no more until it is resumed; pausing again changes nothing."""
    schedule = service.get_schedule(session, schedule_id)
    service.pause_schedule(session, schedule)
    return service.view_schedule(session, schedule)


@router.post("/{schedule_id}/resume")
def resume_schedule(
    session: WriteSessionDep, lab: LabDep, principal: MayWrite, schedule_id: uuid.UUID
) -> ScheduleView:
    """Lets it fire again, from now on; what fell into the pause is not made up for."""
    schedule = service.get_schedule(session, schedule_id)
    check_may_schedule(lab.settings, principal, service.load_test_of(session, schedule))
    service.resume_schedule(session, schedule)
    return service.view_schedule(session, schedule)


@router.get("/{schedule_id}/firings", dependencies=READ)
def list_firings(
    session: ReadSessionDep, request: PageDep, schedule_id: uuid.UUID
) -> Page[FiringView]:
    """Lists what became of its firings, the last first; of missed ones many may share a line."""
    schedule = service.get_schedule(session, schedule_id)
    items, cursor = service.list_firings(session, schedule, request)
    return Page(items=items, next_cursor=cursor)
