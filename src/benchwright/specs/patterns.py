"""Simple regular expressions, turned into texts that match them.

A text is put together from the parsed expression, so it matches by construction and no
expression of a stranger is ever executed on a text of a stranger without a bound.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Any

try:
    # Private, but the same module has parsed every Python's expressions for decades; without it
    # no expression is supported and examples ignore `pattern`.
    from re import _parser as parser  # type: ignore[attr-defined]  # typeshed leaves it out
except ImportError:  # pragma: no cover
    parser = None

LONGEST_PATTERN = 500
DEEPEST_PATTERN = 30
LONGEST_TEXT = 2000
LONGEST_CHECKED_TEXT = 64

_PREFERRED = (
    "abcdefghijklmnopqrstuvwxyz1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ-_. "
    "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~"
)


class UnsupportedPattern(Exception):
    """The expression is invalid, or uses what this module does not understand."""


class TooLong(UnsupportedPattern):
    """The text would exceed every limit."""

    def __init__(self) -> None:
        super().__init__("the text would be too long")


def write_text(pattern: str, shortest: int = 0, longest: int | None = None) -> str:
    """A text that matches `pattern` with a length in the bounds; raises `UnsupportedPattern`."""
    parsed = list(_parse(pattern))
    most = LONGEST_TEXT if longest is None else min(longest, LONGEST_TEXT)
    text = _Writer(0).write(parsed)
    if len(text) < shortest:
        text = _fill(parsed, text, shortest) or _stretch(parsed, shortest)
    if shortest <= len(text) <= most:
        return text
    raise UnsupportedPattern("no text of the allowed length was found")


def _fill(parsed: list[Any], text: str, length: int) -> str:
    """`text` made longer at an end that has no anchor; empty when both ends have one."""
    filler = "a" * (length - len(text))
    at_start, at_end = (bool(parsed) and str(parsed[end][0]) == "AT" for end in (0, -1))
    if _count_anchors(parsed) > at_start + at_end:
        return ""
    if not at_end:
        return text + filler
    return "" if at_start else filler + text


def _stretch(parsed: list[Any], length: int) -> str:
    """The shortest text of at least `length`: more rounds never make it shorter."""

    def measure(stretch: int) -> int:
        try:
            return len(_Writer(stretch).write(parsed))
        except TooLong:
            return LONGEST_TEXT + 1

    too_few, enough = 0, 1
    while measure(enough) < length:
        too_few, enough = enough, enough * 2
        if enough > LONGEST_TEXT * 2:
            raise UnsupportedPattern("no text of the allowed length was found")
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if measure(middle) < length:
            too_few = middle
        else:
            enough = middle
    return _Writer(enough).write(parsed)


def is_match(pattern: str, text: str) -> bool | None:
    """Whether `pattern` is found in `text`; None when finding out is not known to be cheap."""
    if len(text) > LONGEST_CHECKED_TEXT:
        return None
    try:
        parsed = _parse(pattern)
    except UnsupportedPattern:
        return None
    if not _is_cheap(list(parsed)):
        return None
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return None


@lru_cache(maxsize=512)
def _parse(pattern: str) -> Any:
    if parser is None or len(pattern) > LONGEST_PATTERN:
        raise UnsupportedPattern("the expression is too long")
    depth = deepest = 0
    for character in pattern:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    if deepest > DEEPEST_PATTERN:
        raise UnsupportedPattern("the expression is nested too deeply")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # JavaScript writes `(?<name>…)` where Python writes `(?P<name>…)`.
            return parser.parse(re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern))
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise UnsupportedPattern(str(error)) from None


def _count_anchors(items: list[Any]) -> int:
    count = 0
    for operation, argument in items:
        name = str(operation)
        if name == "AT":
            count += 1
        elif name in ("MAX_REPEAT", "MIN_REPEAT"):
            count += _count_anchors(list(argument[2]))
        elif name == "SUBPATTERN":
            count += _count_anchors(list(argument[3]))
        elif name == "BRANCH":
            count += sum(_count_anchors(list(branch)) for branch in argument[1])
    return count


def _is_cheap(items: list[Any]) -> bool:
    """No repetition inside a repetition and few of them: at most the cube of the length."""
    return _count_repeats(items, inside=False) <= 2


def _count_repeats(items: list[Any], *, inside: bool) -> int:
    count = 0
    for operation, argument in items:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, body = argument
            varies = low != high
            if (inside and varies) or low > 1000:
                return 1000
            rounds = max(1, int(low))
            count += int(varies) + rounds * _count_repeats(list(body), inside=inside or varies)
        elif name == "SUBPATTERN":
            count += _count_repeats(list(argument[3]), inside=inside)
        elif name == "BRANCH":
            if inside:
                return 1000
            count += sum(_count_repeats(list(branch), inside=inside) for branch in argument[1])
        elif name not in ("LITERAL", "NOT_LITERAL", "IN", "ANY", "AT"):
            return 1000
    return count


class _Writer:
    """Writes one text; open-ended repetitions get `stretch` rounds more than they need."""

    def __init__(self, stretch: int) -> None:
        self.stretch = stretch
        self.length = 0

    def write(self, items: list[Any], *, first: bool = True, last: bool = True) -> str:
        text = ""
        for number, (operation, argument) in enumerate(items):
            at_start = first and number == 0
            at_end = last and number == len(items) - 1
            text += self._write_item(str(operation), argument, at_start, at_end)
        return text

    def _write_item(self, name: str, argument: Any, at_start: bool, at_end: bool) -> str:  # noqa: FBT001  # two facts about one place
        if name == "AT":
            where = str(argument)
            if (at_start and where in ("AT_BEGINNING", "AT_BEGINNING_STRING")) or (
                at_end and where in ("AT_END", "AT_END_STRING")
            ):
                return ""
            raise UnsupportedPattern("an anchor or word boundary in the middle")
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, body = argument
            rounds = min(low + self.stretch, int(high))
            if rounds == 0:
                return ""
            once = self.write(
                list(body), first=at_start and rounds == 1, last=at_end and rounds == 1
            )
            return self._counted(once * self._bounded(once, rounds), len(once))
        if name == "SUBPATTERN":
            _, add_flags, remove_flags, body = argument
            if add_flags or remove_flags:
                raise UnsupportedPattern("flags in the middle")
            return self.write(list(body), first=at_start, last=at_end)
        if name == "BRANCH":
            return self._write_branch(argument[1], at_start, at_end)
        return self._counted(_write_character(name, argument), 0)

    def _write_branch(self, branches: Any, at_start: bool, at_end: bool) -> str:  # noqa: FBT001 - both ends of a pattern, side by side
        problem = UnsupportedPattern("no branch")
        for branch in branches:
            try:
                return self.write(list(branch), first=at_start, last=at_end)
            except UnsupportedPattern as error:
                problem = error
        raise problem

    @staticmethod
    def _bounded(once: str, rounds: int) -> int:
        if len(once) * rounds > LONGEST_TEXT:
            raise TooLong
        return rounds

    def _counted(self, text: str, already: int) -> str:
        self.length += len(text) - already
        if self.length > LONGEST_TEXT:
            raise TooLong
        return text


def _write_character(name: str, argument: Any) -> str:
    if name == "LITERAL":
        return _printable(chr(argument))
    if name == "NOT_LITERAL":
        return next(character for character in _PREFERRED if ord(character) != argument)
    if name == "ANY":
        return "a"
    if name == "IN":
        return _pick(argument)
    raise UnsupportedPattern(name)


def _pick(choices: Any) -> str:
    items = [(str(operation), argument) for operation, argument in choices]
    if items[0][0] == "NEGATE":
        for character in _PREFERRED:
            if not any(_holds(item, character) for item in items[1:]):
                return character
        raise UnsupportedPattern("a negated class without a plain character")
    for character in _PREFERRED:
        if any(_holds(item, character) for item in items):
            return character
    name, argument = items[0]
    if name == "LITERAL":
        return _printable(chr(argument))
    if name == "RANGE":
        return _printable(chr(argument[0]))
    raise UnsupportedPattern(name)


def _holds(item: tuple[str, Any], character: str) -> bool:
    name, argument = item
    if name == "LITERAL":
        return bool(argument == ord(character))
    if name == "RANGE":
        return bool(argument[0] <= ord(character) <= argument[1])
    if name == "CATEGORY":
        category = str(argument)
        kind = category.replace("CATEGORY_NOT_", "CATEGORY_")
        if kind not in _CATEGORY_TESTS:
            raise UnsupportedPattern(category)
        return bool(_CATEGORY_TESTS[kind](character)) != ("_NOT_" in category)
    raise UnsupportedPattern(name)


_CATEGORY_TESTS = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_WORD": lambda character: character.isalnum() or character == "_",
    "CATEGORY_SPACE": str.isspace,
}


def _printable(character: str) -> str:
    if "\ud800" <= character <= "\udfff" or character == "\0":
        raise UnsupportedPattern("a character that no text holds")
    return character
