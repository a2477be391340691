"""Faults that leave the rest of a document usable, each with its place."""

from __future__ import annotations

MOST_WARNINGS = 100
LONGEST_WARNING = 500


class Warnings:
    """Collects what went wrong; the same sentence once, and not endlessly many."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}
        self._omitted = 0

    def add(self, place: str, message: str) -> None:
        """Notes `message` about the JSON pointer `place`."""
        self.note(f"{place}: {message}" if place else message)

    def note(self, sentence: str) -> None:
        """Notes a sentence about the document as a whole."""
        sentence = sentence[:LONGEST_WARNING]
        if sentence in self._sentences:
            return
        if len(self._sentences) < MOST_WARNINGS:
            self._sentences[sentence] = None
        else:
            self._omitted += 1

    def list(self) -> list[str]:
        """All that was noted, in order."""
        more = [f"{self._omitted:,} further faults are not listed."] if self._omitted else []
        return [*self._sentences, *more]


def pointer(*parts: str | int) -> str:
    """A JSON pointer as it stands in a document's own references: `#/paths/~1users/get`."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "#/" + "/".join(escaped) if parts else "#"
