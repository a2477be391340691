"""What a write of line protocol asks for, and what it is answered."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchwright.kit.errors import BadRequest, TooLarge
from benchwright.metrics.line_protocol import PRECISIONS, Fault, Head, LineReader, Point
from benchwright.projects.service import DEFAULT_SLUG, SLUG_PATTERN
from benchwright.streams.schemas import clean_name

RUN_TAGS = ("job_name", "run")
"""Tags that name the run of a point, the first one that is there."""

MAX_POINTS = 200_000
MAX_RUNS = 20
"""How many points and runs one write may carry."""

MAX_AHEAD_NS = 10 * 60 * 10**9
"""Points of a time so far ahead come from a clock that is wrong."""

_SHOWN_FAULTS = 10
_SHOWN_LENGTH = 200
_GZIP = zlib.MAX_WBITS | 16


@dataclass
class Write:
    """The points of a write by run, and what could not be taken in."""

    points: dict[str, list[Point]] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    untimely: int = 0
    """Points of times that cannot be."""
    problems: list[str] = field(default_factory=list)
    refused: int = 0


def unit_of(precision: str) -> int:
    """The nanoseconds of a unit of time; raises `BadRequest` for one that is not known."""
    unit_ns = PRECISIONS.get(precision or "ns")
    if unit_ns is None:
        raise BadRequest(f"invalid precision {precision[:20]!r}: use ns, us, ms, s, m or h")
    return unit_ns


def split_project(database: str) -> tuple[str, str]:
    """Project and name of `project/name`: not every sender can be given a parameter."""
    slug, slash, name = database.partition("/")
    if slash and name.strip() and SLUG_PATTERN.fullmatch(slug):
        return slug, name
    return DEFAULT_SLUG, database


def unpack(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """The body as it was before it was compressed; raises `TooLarge` as soon as that is known."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise BadRequest(f"content encoding {encoding[:20]!r} is not understood: use gzip")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(body, max_bytes)
        complete = unpacker.eof or not unpacker.decompress(b"", 1)
    except zlib.error:
        raise BadRequest("the body is not gzip data") from None
    if unpacker.unconsumed_tail or not complete:
        raise TooLarge(f"The body has more than {max_bytes} bytes when it is unpacked.")
    if not unpacker.eof:
        raise BadRequest("the body is not complete gzip data")
    return plain


def read_write(
    body: bytes, reader: LineReader, *, default: str, now_ns: int, unit_ns: int
) -> Write:
    """The points of a body by the run that their tags name, else of the run `default`."""
    if body.count(b"\n") > MAX_POINTS:
        raise TooLarge(f"One write may have {MAX_POINTS} lines at most; send smaller batches.")
    write = Write()
    by_head: dict[Head, list[Point]] = {}
    latest_ns = now_ns + MAX_AHEAD_NS
    for point in reader.read(body, now_ns, unit_ns):
        if not 0 <= point.time_ns <= latest_ns:
            write.untimely += 1
            continue
        points = by_head.get(point.head)
        if points is None:
            name = _run_of(point.head, default)
            if name not in write.points and len(write.points) >= MAX_RUNS:
                raise BadRequest(f"one write may name {MAX_RUNS} runs at most")
            points = by_head[point.head] = write.points.setdefault(name, [])
        points.append(point)
    write.faults = reader.faults
    return write


def complain(write: Write) -> str:
    """What is said of the part of a write that was not taken in; empty if it all was."""
    lines = [
        f"unable to parse '{fault.line[:_SHOWN_LENGTH]}': {fault.reason}"
        for fault in write.faults[:_SHOWN_FAULTS]
    ]
    if more := len(write.faults) - len(lines):
        lines.append(f"and {more} more lines")
    if write.untimely:
        lines.append(
            f"{write.untimely} points are from before 1970 "
            "or more than 10 minutes ahead of the server's clock"
        )
    lines += write.problems
    if write.refused:
        lines.append(f"max series per run exceeded: {write.refused} values of further ones refused")
    if not lines:
        return ""
    if not any(write.points.values()):
        return "\n".join(lines)
    dropped = len(write.faults) + write.untimely
    return f"partial write: {chr(10).join(lines)} dropped={dropped}"


def answer_query(text: str) -> list[dict[str, object]]:
    """What senders ask when they start: databases are there as soon as one writes to them."""
    return [
        {"statement_id": number, **_answer(" ".join(statement.split()).upper())}
        for number, statement in enumerate(filter(str.strip, text.split(";")))
    ]


def _answer(statement: str) -> dict[str, object]:
    if statement.startswith(("CREATE DATABASE ", "CREATE RETENTION POLICY ")):
        return {}
    if statement == "SHOW DATABASES":
        return {"series": [{"name": "databases", "columns": ["name"], "values": []}]}
    return {"error": "figures are taken in here; ask /api/v1 for them"}


def _run_of(head: Head, default: str) -> str:
    for tag in RUN_TAGS:
        if (text := head.tags.get(tag)) and (name := clean_name(text)):
            return name
    return default
