"""What an examination finds."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


class Finding(BaseModel):
    """One thing that was looked for; `advice` says what to do when it is not in order."""

    name: str
    status: Status
    found: str
    advice: str | None = None
    is_required: bool = False

    @property
    def is_fatal(self) -> bool:
        """Whether Benchwright cannot work like this."""
        return self.is_required and self.status is Status.MISSING


class Examination(BaseModel):
    """Everything that was found on this machine."""

    version: str
    is_usable: bool
    findings: list[Finding]


def ok(name: str, found: str, *, advice: str | None = None) -> Finding:
    return Finding(name=name, status=Status.OK, found=found, advice=advice)


def warning(name: str, found: str, advice: str) -> Finding:
    return Finding(name=name, status=Status.WARNING, found=found, advice=advice)


def missing(name: str, found: str, advice: str, *, is_required: bool = False) -> Finding:
    return Finding(
        name=name, status=Status.MISSING, found=found, advice=advice, is_required=is_required
    )
