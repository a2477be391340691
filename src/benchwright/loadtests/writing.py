"""Writes parts of a request and gathers what is wrong with a plan's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from benchwright.kit.errors import FieldError
from benchwright.loadtests.endpoints import Endpoint, EndpointParameter
from benchwright.loadtests.parts import Encoding, Files, Part, Unfillable, dump, joined, part_of
from benchwright.loadtests.values import FixedValue, Source

IN_ADDRESS = "A secret in an address would show in logs; send it in a header"


class PartWriter:
    """Writes the parts of one plan; what cannot be written is gathered in `errors`."""

    def __init__(self, files: Files) -> None:
        self.errors: list[FieldError] = []
        self.files = files

    def part(
        self,
        field: str,
        source: Source,
        label: str,
        encoding: Encoding,
        write: Callable[[Any], str] | None = None,
    ) -> Part:
        """The part for a source; empty, with the error kept, if it cannot be made."""
        try:
            return part_of(source, self.files, label, encoding, write)
        except Unfillable as problem:
            self.fail(field, str(problem))
            return ""

    def fail(self, field: str, message: str) -> None:
        """Remembers what is wrong with a field."""
        error = {"field": field[:500], "message": message}
        if error not in self.errors[-10:]:
            self.errors.append(error)


def compact(parts: Iterable[Part]) -> str | list[Part]:
    """One text where nothing varies, else the list of parts."""
    result = joined(parts)
    if not result:
        return ""
    return result[0] if len(result) == 1 and isinstance(result[0], str) else result


def sources_of(
    endpoint: Endpoint, location: str, given: Mapping[str, Source]
) -> Iterable[tuple[str, Source]]:
    """What is given, after the examples of what is required and not given."""
    for parameter in endpoint.parameters:
        if (
            parameter.location == location
            and parameter.required
            and parameter.name not in given
            and parameter.example is not None
        ):
            yield parameter.name, FixedValue(value=parameter.example)
    yield from given.items()


def text_writer(
    write: Callable[..., str], name: str, parameter: EndpointParameter | None
) -> Callable[[Any], str]:
    """`write` for the values of one parameter, in its style."""

    def text(value: Any) -> str:
        if value is None:
            return ""
        if parameter is None:
            return write(name, value)
        if parameter.media_type is not None:
            return write(name, dump(value))
        return write(name, value, parameter.style, explode=parameter.explode)

    return text
