"""Reads Influx line protocol: `measurement,tag=value field=1,other=2i 1700000000000000000`.

Senders repeat the same heads (measurement and tags) all the time: each is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchwright.metrics.line_faults import find_line_end, find_reason

Value = float | int | bool | str

PRECISIONS = {
    "n": 1, "ns": 1, "u": 1_000, "us": 1_000, "µ": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
    "m": 60_000_000_000, "h": 3_600_000_000_000,
}  # fmt: skip
"""Nanoseconds of one unit of a timestamp, by the names that clients give it."""

MAX_TIME_NS = 2**63 - 2
MAX_DIGITS = 20
MAX_HEADS = 100_000
MAX_HEAD_LENGTH = 65_535
MAX_TAGS = 64

_QUOTED = r'"[^"\\]*(?:\\[\s\S][^"\\]*)*"'
_FIELD = rf"[^ ,=\\\n]*(?:\\.[^ ,=\\\n]*)*=(?:[-+.0-9A-Za-z]+|{_QUOTED})"
# After a backslash a space belongs to the name, however many backslashes stand before it.
_LINE = re.compile(
    rf"(?![# \t\0])([^ \\\n]*(?:\\+[^\\\n]?[^ \\\n]*)*) +({_FIELD}(?:,{_FIELD})*)(?: +(-?[0-9]+))? *\r?(?:\n|\Z)"
)
_FIELDS = re.compile(rf"([^ ,=\\\n]*(?:\\.[^ ,=\\\n]*)*)=([-+.0-9A-Za-z]+|{_QUOTED})(?:,|\Z)")
_TEXTS = re.compile(r'(?:^|,)([^,=" ]+)="([^"]*)"(?=,|$)')
_SKIPPED = re.compile(r"[ \t\r\0]*(?:#[^\n]*)?(?:\n|\Z)")
_BLANKS = re.compile(r"[ \t\0]+")
_NAME = r"[^,=\\]*(?:\\+[^\\]?[^,=\\]*)*"
_TAG = re.compile(rf"({_NAME})=({_NAME})")
_MEASUREMENT = re.compile(r"[^,\\]*(?:\\+[^\\]?[^,\\]*)*")
_NAME_ESCAPE = re.compile(r"\\([ ,=])")
_TEXT_ESCAPE = re.compile(r'\\(["\\])')
_BOOLEANS = {
    **dict.fromkeys(("t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("f", "F", "false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,20}")
_INTEGER_LIMITS = {"i": (-(2**63), 2**63 - 1), "u": (0, 2**64 - 1)}


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Measurement and tags; the same in any order of the tags is the same object."""

    measurement: str
    tags: Mapping[str, str]


class Point(NamedTuple):
    """One line."""

    head: Head
    time_ns: int
    fields: list[tuple[str, Value]]


class Fault(NamedTuple):
    """A line that could not be read, and why."""

    line: str
    reason: str


class LineError(ValueError):
    """What is wrong with a line, in the words that InfluxDB has for it."""


class HeadTable:
    """The heads that were read before; forgets all of them when there are too many."""

    def __init__(self, capacity: int = MAX_HEADS) -> None:
        self._capacity = capacity
        self.by_text: dict[str, Head] = {}
        self._by_meaning: dict[tuple[str, frozenset[tuple[str, str]]], Head] = {}

    def read(self, text: str) -> Head:
        """The head that a text means; raises `LineError`."""
        measurement, tags = _read_head(text)
        if len(self.by_text) >= self._capacity:
            self.by_text.clear()
            self._by_meaning.clear()
        meaning = (measurement, frozenset(tags.items()))
        head = self._by_meaning.setdefault(meaning, Head(measurement, tags))
        self.by_text[text] = head
        return head


class LineReader:
    """Reads bodies; not for several threads at once. `faults` are those of the last body."""

    def __init__(self, heads: HeadTable | None = None) -> None:
        self._heads = heads or HeadTable()
        self.faults: list[Fault] = []

    def read(self, body: bytes, now_ns: int, unit_ns: int = 1) -> Iterator[Point]:
        """The points of a body; what cannot be read is left out and added to `faults`.

        Lines without a timestamp happened at `now_ns`; others count in units of `unit_ns`.
        """
        self.faults = []
        text = self._decode(body)
        lines = text.split("\n")
        if "\\" in text or ('"' in text and any(line.count('"') % 2 for line in lines)):
            yield from self._read_any(text, now_ns, unit_ns)
            return
        # Without escapes and with quotes in pairs each separator is what it seems to be.
        by_text, make = self._heads.by_text, tuple.__new__
        for line in lines:
            head_text, _, rest = line.partition(" ")
            head = by_text.get(head_text)
            if head is not None:
                if '"' in rest:
                    fields_text, _, time_text = rest.rpartition(" ")
                    fields = _read_texts(fields_text)
                else:
                    fields_text, _, time_text = rest.partition(" ")
                    fields = _read_numbers(fields_text)
                if fields and time_text.isdecimal() and len(time_text) < MAX_DIGITS:
                    time_ns = int(time_text) * unit_ns
                    if time_ns <= MAX_TIME_NS:
                        yield make(Point, (head, time_ns, fields))
                        continue
            yield from self._read_any(line, now_ns, unit_ns)

    def _read_any(self, text: str, now_ns: int, unit_ns: int) -> Iterator[Point]:
        match, by_text = _LINE.match, self._heads.by_text
        at, end = 0, len(text)
        while at < end:
            found = match(text, at)
            try:
                if found is None:
                    raise LineError
                head_text, fields_text, time_text = found.groups()
                head = by_text.get(head_text) or self._heads.read(head_text)
                time_ns = now_ns if time_text is None else int(time_text[:MAX_DIGITS]) * unit_ns
                if not -MAX_TIME_NS <= time_ns <= MAX_TIME_NS:
                    raise LineError("time outside range")
                point = Point(head, time_ns, _read_fields(fields_text))
            except LineError as error:
                at = self._pass_over(text, at, str(error))
            else:
                at = found.end()
                yield point

    def _pass_over(self, text: str, at: int, reason: str) -> int:
        """The start of the next line, behind one that holds nothing or cannot be read."""
        skipped = _SKIPPED.match(text, at) or _BLANKS.match(text, at)
        if skipped is not None:
            return skipped.end()
        stop = find_line_end(text, at)
        line = text[at:stop].rstrip("\r")
        self.faults.append(Fault(line, reason or find_reason(line)))
        return stop + 1

    def _decode(self, body: bytes) -> str:
        try:
            return body.decode()
        except UnicodeDecodeError:
            lines = body.decode(errors="surrogateescape").split("\n")
        kept = []
        for line in lines:
            if line.isascii() or not re.search("[\ud800-\udfff]", line):
                kept.append(line)
            else:
                shown = line.encode(errors="surrogateescape").decode(errors="replace")
                self.faults.append(Fault(shown, "not valid UTF-8"))
        return "\n".join(kept)


def _read_numbers(text: str) -> list[tuple[str, Value]] | None:
    """Fields that are nothing but plain numbers; nothing if one of them is something else."""
    fields: list[tuple[str, Value]] = []
    for field in text.split(","):
        name, _, value = field.partition("=")
        if not name or "_" in value:
            return None
        try:
            number = float(value)
        except ValueError:
            if value[-1:] != "i" or not value[:-1].isdecimal() or len(value) > MAX_DIGITS - 2:
                return None
            fields.append((name, int(value[:-1])))
            continue
        if number - number != 0:  # infinite, or not a number
            return None
        fields.append((name, number))
    return fields


def _read_texts(text: str) -> list[tuple[str, Value]] | None:
    """Fields some of which are texts without escapes; nothing if there is anything else."""
    pieces = _TEXTS.split(text)
    plain = "".join(pieces[::3]).removeprefix(",")
    if '"' in plain or " " in plain:
        return None
    fields = _read_numbers(plain) if plain else []
    if fields is not None:
        fields += zip(pieces[1::3], pieces[2::3], strict=True)
    return fields


def _read_fields(text: str) -> list[tuple[str, Value]]:
    if '"' not in text and "\\" not in text:
        pairs: Iterable[Sequence[str]] = (field.split("=", 1) for field in text.split(","))
    else:
        pairs = _FIELDS.findall(text)
    return [(_unescape(name), _read_value(name, value)) for name, value in pairs]


def _read_value(name: str, text: str) -> Value:
    if not name:
        raise LineError("missing field key")
    last = text[-1]
    if last == '"':
        inner = text[1:-1]
        return inner if "\\" not in inner else _TEXT_ESCAPE.sub(r"\1", inner)
    if text[0] in "tTfF":
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        raise LineError("invalid boolean")
    if last in _INTEGER_LIMITS:
        low, high = _INTEGER_LIMITS[last]
        if _INTEGER.fullmatch(text[:-1]) and low <= int(text[:-1]) <= high:
            return int(text[:-1])
        raise LineError("invalid number")
    if last in "0123456789.":
        try:
            number = float(text)
        except ValueError:
            raise LineError("invalid number") from None
        if number - number == 0:
            return number
        raise LineError("invalid number")
    raise LineError("invalid number")


def _read_head(text: str) -> tuple[str, dict[str, str]]:
    if len(text) > MAX_HEAD_LENGTH:
        raise LineError(f"max key length exceeded: {len(text)} > {MAX_HEAD_LENGTH}")
    found = _MEASUREMENT.match(text)
    measurement = found.group() if found is not None else ""
    if not measurement:
        raise LineError("missing measurement")
    tags: dict[str, str] = {}
    at = len(measurement)
    while at < len(text):
        tag = _TAG.match(text, at + 1) if text[at] == "," else None
        if tag is None:
            raise LineError("invalid tag format" if "=" in text[at:] else "missing tag value")
        name, value = map(_unescape, tag.groups())
        if not name:
            raise LineError("missing tag key")
        if not value:
            raise LineError("missing tag value")
        if name in tags:
            raise LineError("duplicate tags")
        tags[name] = value
        if len(tags) > MAX_TAGS:
            raise LineError(f"more than {MAX_TAGS} tags")
        at = tag.end()
    return _unescape(measurement), tags


def _unescape(name: str) -> str:
    return name if "\\" not in name else _NAME_ESCAPE.sub(r"\1", name)
