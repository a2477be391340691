"""Line protocol as k6 writes it: each line gets the tag that tells whose it is."""

from __future__ import annotations

import re

_MEASUREMENT = re.compile(rb"(?:[^,\s\\]|\\.)+")
_TAGS = re.compile(rb"(?:[^\s\\]|\\.)*")
_SPECIAL = re.compile(r"([,= \\])")


class Tagger:
    """Adds `key=value` to every line that has no tag of this key."""

    def __init__(self, key: str, value: str) -> None:
        name = _escape(key).encode()
        self._own = b"," + name + b"="
        self._tag = self._own + _escape(value).encode()

    def tag(self, body: bytes) -> bytes:
        """The lines with the tag; what is no line stays as it is, for the database to refuse."""
        before_others = self._tag + b","
        may_have_own = self._own in body
        tagged: list[bytes] = []
        for line in body.split(b"\n"):
            measurement, comma, rest = line.partition(b",")
            # What k6 writes, and so what must be quick: tags, and nothing that is escaped.
            is_plain = comma and b" " not in measurement and measurement[-1:] != b"\\"
            if is_plain and not may_have_own:
                tagged.append(before_others.join((measurement, rest)))
            else:
                tagged.append(self._tag_one(line))
        return b"\n".join(tagged)

    def _tag_one(self, line: bytes) -> bytes:
        measurement = _MEASUREMENT.match(line)
        if measurement is None or line.startswith(b"#"):
            return line
        tags = _TAGS.match(line, measurement.end())
        if tags is not None and self._own in tags[0]:
            return line
        return line[: measurement.end()] + self._tag + line[measurement.end() :]


def count_lines(body: bytes) -> int:
    """How many samples the body holds: lines that are not empty."""
    return body.count(b"\n") + (not body.endswith(b"\n")) if body else 0


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))
