"""YAML from outside: bounded in size, depth and expansion, with the place of each fault.

The document is built straight from the parser's events, in one pass and without recursion, so
the limits hold before anything grows. Scalars follow the core schema of YAML 1.2: `no`, `on`,
`12:30` and dates are text. Keys are always text. All values are JSON values: `.inf` and `.nan`
stay text too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from benchwright.kit.errors import TooLarge
from benchwright.kit.plaintext import TextProblem, clean_text, decode_text, find_place

_new_parser: Callable[[str], Any]
try:
    from yaml._yaml import CParser
except ImportError:  # a PyYAML that was built without libyaml: the same events, much slower
    _new_parser = yaml.SafeLoader
else:
    _new_parser = CParser


@dataclass(frozen=True, slots=True)
class YamlLimits:
    """What one document may cost; `max_nodes` counts as if every alias were written out."""

    max_bytes: int = 1024 * 1024
    max_depth: int = 64
    max_aliases: int = 1000
    max_nodes: int = 200_000


DEFAULT_LIMITS = YamlLimits()


class YamlProblem(TextProblem):
    """YAML that cannot be read or exceeds a limit."""

    kind, title = "unreadable-yaml", "The YAML cannot be read"


def load_yaml(text: str | bytes, *, limits: YamlLimits = DEFAULT_LIMITS) -> Any:
    """The one document in `text`, None if it is empty; raises `YamlProblem`, `TooLarge`.

    What an anchor holds is the same object wherever an alias stands: do not change it in place.
    """
    if len(text) > limits.max_bytes:
        raise TooLarge(f"The YAML has {len(text):,} bytes; at most {limits.max_bytes:,} are read.")
    if isinstance(text, bytes):
        text = decode_text(text, YamlProblem)
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    try:
        return _Builder(limits).build(_new_parser(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        raise _problem(f"{message}.", mark) from None
    except ReaderError as error:
        line, column = find_place(text, int(error.position))
        raise YamlProblem(f"{error.reason}.", line=line, column=column) from None
    except UnicodeEncodeError as error:
        line, column = find_place(text, error.start)
        raise YamlProblem("Half of a surrogate pair.", line=line, column=column) from None


def _problem(message: str, mark: Any) -> YamlProblem:
    if mark is None:
        return YamlProblem(message)
    return YamlProblem(message, line=mark.line + 1, column=mark.column + 1)


class _Node:
    """A finished value, its nodes and its height, aliases written out."""

    __slots__ = ("height", "size", "value")

    def __init__(self, value: Any, size: int, height: int) -> None:
        self.value = value
        self.size = size
        self.height = height


_MERGE = object()


class _Frame:
    """A mapping or sequence that is being read; `key` waits for its value."""

    __slots__ = ("anchor", "height", "items", "key", "merged", "size", "value")

    def __init__(self, value: dict[str, Any] | None, anchor: str | None) -> None:
        self.value = value
        self.items: list[Any] = []
        self.anchor = anchor
        self.key: Any = None
        self.merged: dict[str, Any] | None = None
        self.size = 1
        self.height = 1


class _Builder:
    def __init__(self, limits: YamlLimits) -> None:
        self.limits = limits
        self.stack: list[_Frame] = []
        self.anchors: dict[str, _Node | None] = {}  # None: still being read
        self.aliases = 0
        self.nodes = 0
        self.root: Any = None

    def build(self, parser: Any) -> Any:
        next_event = parser.get_event
        documents = 0
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                self._read_scalar(event)
            elif kind is MappingStartEvent:
                self._open({}, event)
            elif kind is SequenceStartEvent:
                self._open(None, event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._close(event)
            elif kind is AliasEvent:
                self._read_alias(event)
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise _problem("A second document begins; only one is read.", event.start_mark)
            elif kind is StreamEndEvent:
                return self.root

    def _read_scalar(self, event: ScalarEvent) -> None:
        stack = self.stack
        if stack:
            frame = stack[-1]
            if frame.value is not None and frame.key is None:
                self._read_key(frame, event)
                return
        value = _read_value(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Node(value, 1, 0)
        self._count(1, event)
        self._add(value, 1, 0, event)

    def _read_key(self, frame: _Frame, event: ScalarEvent) -> None:
        key = event.value
        if key == "<<" and event.implicit[0]:
            frame.key = _MERGE
            return
        key = clean_text(key)
        assert frame.value is not None
        if key in frame.value:
            raise _problem(f"The key {key[:100]!r} stands twice in one mapping.", event.start_mark)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Node(key, 1, 0)
        frame.key = key

    def _open(self, value: dict[str, Any] | None, event: Any) -> None:
        tag = event.tag
        if tag is not None and tag not in _CONTAINER_TAGS:
            raise _problem(f"The tag {tag[:100]!r} is not supported; remove it.", event.start_mark)
        if self.stack:
            self._refuse_as_key(event)
        if len(self.stack) >= self.limits.max_depth:
            raise _problem(
                f"This is nested deeper than {self.limits.max_depth} levels.", event.start_mark
            )
        self._count(1, event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.stack.append(_Frame(value, event.anchor))

    def _close(self, event: Event) -> None:
        frame = self.stack.pop()
        value: Any = frame.items if frame.value is None else frame.value
        if frame.merged is not None:
            value = {**frame.merged, **value}
        if frame.anchor is not None:
            self.anchors[frame.anchor] = _Node(value, frame.size, frame.height)
        self._add(value, frame.size, frame.height, event)

    def _read_alias(self, event: AliasEvent) -> None:
        name = event.anchor or ""
        if self.stack:
            self._refuse_as_key(event)
        self.aliases += 1
        if self.aliases > self.limits.max_aliases:
            raise _problem(f"More than {self.limits.max_aliases:,} aliases.", event.start_mark)
        if name not in self.anchors:
            raise _problem(f"The alias {name[:100]!r} has no anchor before it.", event.start_mark)
        node = self.anchors[name]
        if node is None:
            raise _problem(f"The alias {name[:100]!r} contains itself.", event.start_mark)
        if len(self.stack) + node.height > self.limits.max_depth:
            raise _problem(
                f"With this alias, nesting is deeper than {self.limits.max_depth} levels.",
                event.start_mark,
            )
        self._count(node.size, event)
        self._add(node.value, node.size, node.height, event)

    def _refuse_as_key(self, event: Event) -> None:
        frame = self.stack[-1]
        if frame.value is not None and frame.key is None:
            raise _problem("A key must be plain text.", event.start_mark)

    def _count(self, size: int, event: Event) -> None:
        self.nodes += size
        if self.nodes > self.limits.max_nodes:
            raise _problem(
                f"More than {self.limits.max_nodes:,} values, aliases written out.",
                event.start_mark,
            )

    def _add(self, value: Any, size: int, height: int, event: Event) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        frame.size += size
        if height >= frame.height:
            frame.height = height + 1
        if frame.value is None:
            frame.items.append(value)
        elif frame.key is _MERGE:
            frame.key = None
            self._merge(frame, value, event)
        else:
            frame.value[frame.key] = value
            frame.key = None

    def _merge(self, frame: _Frame, value: Any, event: Event) -> None:
        sources = value if isinstance(value, list) else [value]
        if frame.merged is None:
            frame.merged = {}
        for source in sources:
            if not isinstance(source, dict):
                raise _problem("Only mappings can be merged with '<<'.", event.start_mark)
            for key, item in source.items():
                frame.merged.setdefault(key, item)


_TAG = "tag:yaml.org,2002:"
_CONTAINER_TAGS = {"!", _TAG + "map", _TAG + "seq", _TAG + "set", _TAG + "omap"}
_TEXT_TAGS = {"!", _TAG + "str", _TAG + "timestamp", _TAG + "binary"}
_VALUE_TAGS = {_TAG + "int", _TAG + "float", _TAG + "bool", _TAG + "null"}
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 300  # longer ones are text: their conversion costs the square of their length


def _read_value(event: ScalarEvent) -> Any:
    text: str = event.value
    tag = event.tag
    if tag is not None:
        if tag in _TEXT_TAGS:
            return clean_text(text)
        if tag not in _VALUE_TAGS:
            raise _problem(f"The tag {tag[:100]!r} is not supported; remove it.", event.start_mark)
    elif not event.implicit[0]:
        return clean_text(text)
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789+-." and len(text) <= _LONGEST_NUMBER:
        return _read_number(text)
    return clean_text(text)


def _read_number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if abs(number) != float("inf") else text
    return text
