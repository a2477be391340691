"""The form of a schedule: its texts, and what they ask for."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Form
from pydantic import ValidationError

from benchwright.kit.errors import Invalid
from benchwright.kit.problems import invalid_from
from benchwright.schedules.models import Schedule
from benchwright.schedules.schemas import SchedulePreviewRequest, ScheduleUpdate, ScheduleWrite

Text = Annotated[str, Form(max_length=2000)]

EXAMPLES = (
    ("0 2 * * *", "every night at 02:00"),
    ("30 7 * * MON-FRI", "on working days at 07:30"),
    ("0 */6 * * *", "every six hours"),
    ("0 3 * * SUN", "on Sundays at 03:00"),
    ("0 4 1 * *", "on the first of each month at 04:00"),
    ("0 22 L * *", "on the last day of each month at 22:00"),
)


@dataclass(frozen=True)
class ScheduleTexts:
    """The fields as they were typed."""

    name: str = ""
    kind: str = "cron"
    cron: str = "0 2 * * *"
    once_at: str = ""
    zone: str = "UTC"
    ends_at: str = ""
    when_missed: str = "skip"
    when_busy: str = "skip"


def read_form(
    name: Text = "",
    kind: Annotated[Literal["cron", "once"], Form()] = "cron",
    cron: Text = "",
    once_at: Text = "",
    zone: Text = "",
    ends_at: Text = "",
    when_missed: Text = "skip",
    when_busy: Text = "skip",
) -> ScheduleTexts:
    """The fields of a form that was sent."""
    return ScheduleTexts(name, kind, cron, once_at, zone, ends_at, when_missed, when_busy)


SentForm = Annotated[ScheduleTexts, Depends(read_form)]


def texts_of(schedule: Schedule) -> ScheduleTexts:
    """The form that a stored schedule fills."""
    zone = ZoneInfo(schedule.zone)
    return ScheduleTexts(
        name=schedule.name,
        kind="cron" if schedule.cron is not None else "once",
        cron=schedule.cron or "",
        once_at=_local(schedule.once_at, zone),
        zone=schedule.zone,
        ends_at=_local(schedule.ends_at, zone),
        when_missed=schedule.when_missed.value,
        when_busy=schedule.when_busy.value,
    )


def write_of(texts: ScheduleTexts, load_test: uuid.UUID) -> ScheduleWrite:
    """What the form asks for; raises `Invalid` that names each field."""
    values = {**_timing(texts), **_rest(texts), "load_test": load_test}
    try:
        return ScheduleWrite.model_validate(values)
    except ValidationError as error:
        raise _refused(error) from None


def update_of(texts: ScheduleTexts) -> ScheduleUpdate:
    """The same for a schedule that there is."""
    try:
        return ScheduleUpdate.model_validate({**_timing(texts), **_rest(texts)})
    except ValidationError as error:
        raise _refused(error) from None


def preview_of(texts: ScheduleTexts, load_test: uuid.UUID) -> SchedulePreviewRequest:
    """As much of it as tells when it fires."""
    try:
        return SchedulePreviewRequest.model_validate({**_timing(texts), "load_test": load_test})
    except ValidationError as error:
        raise _refused(error) from None


def _timing(texts: ScheduleTexts) -> dict[str, Any]:
    timing: dict[str, Any] = {"zone": texts.zone.strip() or "UTC"}
    if texts.kind == "once":
        timing["once_at"] = _moment("once_at", texts.once_at)
        if timing["once_at"] is None:
            raise _fault("once_at", "Say on which day and at what time")
    else:
        timing["cron"] = texts.cron
        timing["ends_at"] = _moment("ends_at", texts.ends_at)
    return timing


def _rest(texts: ScheduleTexts) -> dict[str, Any]:
    return {
        "name": texts.name.strip() or None,
        "when_missed": texts.when_missed,
        "when_busy": texts.when_busy,
    }


def _moment(field: str, text: str) -> dt.datetime | None:
    if not text.strip():
        return None
    try:
        return dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise _fault(field, "Write a day and a time, like 2027-01-31 02:00") from None


def _fault(field: str, message: str) -> Invalid:
    return Invalid("The schedule cannot be used as it is.", [{"field": field, "message": message}])


def _refused(error: ValidationError) -> Invalid:
    refused = invalid_from(error)
    refused.detail = "The schedule cannot be used as it is."
    return refused


def _local(at: dt.datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if at else ""
