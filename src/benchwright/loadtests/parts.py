"""Texts of a request as parts: constants, and sources that the script asks in each iteration.

Whatever is known beforehand is encoded here, for its place in the address, a header or a body;
the script joins parts and encodes only what it makes itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal
from urllib.parse import quote

from benchwright.loadtests.values import (
    CsvColumn,
    EnvironmentValue,
    FixedValue,
    GeneratedChoice,
    ListedValues,
    SecretValue,
    Source,
)


class Unfillable(Exception):
    """A part that cannot be made, and why, in plain words."""


Part = str | dict[str, Any]
Encoding = Literal["none", "uri", "json", "json_text"]
"""`json` writes a whole JSON value, `json_text` the inside of a JSON string."""


@dataclass(frozen=True)
class Slot:
    """Stands for a whole value in a body that has no placeholders of its own."""

    name: str


_PLACEHOLDER = re.compile(r"\{\{\s*([^{}\s](?:[^{}]*[^{}\s])?)\s*\}\}")


def text_of(value: Any) -> str:
    """A value as it stands in an address or a header."""
    return value if isinstance(value, str) else dump(value)


def dump(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def encode(value: Any, encoding: Encoding) -> str:
    """The text of a value for its place."""
    if encoding == "json":
        return dump(value)
    if encoding == "json_text":
        return dump(text_of(value))[1:-1]
    return quote(text_of(value), safe="") if encoding == "uri" else text_of(value)


Table = tuple[list[str], list[list[str]], str]
"""Column names, rows, and in which order rows are taken."""


class Files:
    """The data files of a plan, cut down to the columns that are used."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._used: dict[str, list[str]] = {}

    def column(self, source: CsvColumn) -> tuple[int, int]:
        """Numbers of file and column in the script; raises `Unfillable`."""
        if source.csv not in self._tables:
            raise Unfillable(f"There is no data file “{source.csv}” in `data_files`")
        columns, _, _ = self._tables[source.csv]
        if source.column not in columns:
            known = ", ".join(columns[:20])
            raise Unfillable(f"“{source.csv}” has no column “{source.column}”, only {known}")
        used = self._used.setdefault(source.csv, [])
        if source.column not in used:
            used.append(source.column)
        return list(self._used).index(source.csv), used.index(source.column)

    def cells(self, source: CsvColumn) -> Iterator[str]:
        """All cells of the column."""
        columns, rows, _ = self._tables[source.csv]
        index = columns.index(source.column)
        return (row[index] for row in rows)

    def as_data(self) -> list[dict[str, Any]]:
        """What the script holds of them: only used columns, in the order of their numbers."""
        data = []
        for name, used in self._used.items():
            columns, rows, order = self._tables[name]
            indices = [columns.index(column) for column in used]
            data.append({"order": order, "rows": [[row[i] for i in indices] for row in rows]})
        return data


def part_of(
    source: Source,
    files: Files,
    label: str,
    encoding: Encoding,
    write: Callable[[Any], str] | None = None,
) -> Part:
    """The part for one source; `write` replaces the encoding of values known beforehand.

    Sources with the same `label` draw the same random numbers in one iteration.
    """
    known = write if write is not None else lambda value: encode(value, encoding)
    match source:
        case FixedValue(value=value):
            return known(value)
        case ListedValues(values=values, order=order):
            return {"pick": [known(value) for value in values], "order": order, "label": label}
        case GeneratedChoice(of=values):
            return {"pick": [known(value) for value in values], "order": "random", "label": label}
        case CsvColumn():
            file, column = files.column(source)
            if source.cells == "json" and encoding == "json":
                _check_json(files.cells(source), source.column)
                encoding = "none"
            return {"file": file, "column": column, "encode": encoding}
        case EnvironmentValue(env=name) | SecretValue(secret=name):
            return {"env": name, "encode": encoding}
    return {**source.model_dump(mode="json"), "label": label, "encode": encoding}


def split_template(
    text: str, fill: Callable[[str], Part], write: Callable[[str], str]
) -> list[Part]:
    """The parts of a text with `{{name}}` in it; `write` encodes what lies between."""
    parts: list[Part] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [write(text[end : match.start()]), fill(match[1])]
        end = match.end()
    return [*parts, write(text[end:])]


def json_parts(
    value: Any, fill: Callable[[str, Encoding], Part], *, template: bool = True
) -> list[Part]:
    """The parts of a JSON value; a text that is one placeholder becomes a whole value."""
    if isinstance(value, Slot):
        return [fill(value.name, "json")]
    if isinstance(value, str):
        match = _PLACEHOLDER.fullmatch(value) if template else None
        return (
            [fill(match[1], "json")]
            if match
            else ['"', *_json_text(value, fill, template=template), '"']
        )
    if isinstance(value, Mapping):
        parts: list[Part] = ["{"]
        for i, (key, child) in enumerate(value.items()):
            parts += [',"' if i else '"', *_json_text(key, fill, template=template), '":']
            parts += json_parts(child, fill, template=template)
        return [*parts, "}"]
    if isinstance(value, list | tuple):
        parts = ["["]
        for i, child in enumerate(value):
            parts += ["," if i else "", *json_parts(child, fill, template=template)]
        return [*parts, "]"]
    return [dump(value)]


def _json_text(text: str, fill: Callable[[str, Encoding], Part], *, template: bool) -> list[Part]:
    if not template:
        return [encode(text, "json_text")]
    return split_template(
        text, lambda name: fill(name, "json_text"), lambda plain: encode(plain, "json_text")
    )


def joined(parts: Iterable[Part]) -> list[Part]:
    """The same parts with neighbouring constants put together."""
    result: list[Part] = []
    for is_constant, run in groupby(parts, lambda part: isinstance(part, str)):
        if not is_constant:
            result += run
        elif text := "".join(part for part in run if isinstance(part, str)):
            result.append(text)
    return result


def _check_json(cells: Iterable[str], column: str) -> None:
    for number, cell in enumerate(cells, 1):
        try:
            json.loads(cell, parse_constant=_refuse)
        except ValueError:
            raise Unfillable(
                f"Row {number} of the column “{column}” is not JSON; leave `cells` out for texts"
            ) from None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
