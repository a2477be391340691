"""Parameters and request bodies of operations, as OpenAPI 3 writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchwright.specs.encodings import is_form, read_encodings
from benchwright.specs.examples import ExampleBuilder
from benchwright.specs.flattening import Flattener
from benchwright.specs.given import UNSET, find_example, read_as_meant
from benchwright.specs.inlining import Inliner
from benchwright.specs.outline import Body, Parameter
from benchwright.specs.references import BrokenReference, References
from benchwright.specs.texts import measure_json, read_text
from benchwright.specs.warnings import Warnings
from benchwright.specs.xmltext import write_xml

LARGEST_EXAMPLE = 256 * 1024
LONGEST_NAME = 300
_LOCATIONS = ("path", "query", "header", "cookie")
_DEFAULT_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
# Outside the query only Swagger 2.0 has them, and `tabDelimited` (`tsv`) nowhere else.
_DELIMITED = ("spaceDelimited", "pipeDelimited", "tabDelimited")
_STYLES = {
    "path": ("simple", "label", "matrix", *_DELIMITED),
    "query": ("form", "deepObject", *_DELIMITED),
    "header": ("simple", *_DELIMITED),
    "cookie": ("form", "cookie"),
}
# The document describes these three elsewhere, and says that as parameters they are ignored.
_IGNORED_HEADERS = ("accept", "content-type", "authorization")


@dataclass(frozen=True, slots=True)
class Parts:
    """What reading the operations of one document needs."""

    references: References
    flattener: Flattener
    examples: ExampleBuilder
    inliner: Inliner
    warnings: Warnings

    @classmethod
    def of(cls, root: dict[str, Any], warnings: Warnings) -> Parts:
        """The parts for the document `root`."""
        references = References(root)
        flattener = Flattener(references)
        examples = ExampleBuilder(flattener)
        return cls(references, flattener, examples, Inliner(references), warnings)


def read_parameters(parts: Parts, nodes: list[tuple[str, Any]]) -> list[Parameter]:
    """Parameters at their places; of two with the same name and location the later one counts."""
    found: dict[tuple[str, str], Parameter] = {}
    for place, node in nodes:
        try:
            resolved = parts.references.resolve(node)
        except BrokenReference as problem:
            parts.warnings.add(place, f"{problem}; this parameter is left out.")
            continue
        parameter = _read_parameter(parts, resolved, place)
        if parameter is not None:
            found[parameter.location, parameter.name] = parameter
    return list(found.values())


def _read_parameter(parts: Parts, node: Any, place: str) -> Parameter | None:
    name = node.get("name") if isinstance(node, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        parts.warnings.add(place, "This parameter has no usable name; left out.")
        return None
    location = node.get("in")
    if location == "querystring":  # 3.2: the whole query in one value
        parts.warnings.add(place, "`querystring` parameters are not supported; left out.")
        return None
    if location not in _LOCATIONS:
        parts.warnings.add(
            place, f"The parameter {name[:100]!r} is in none of {', '.join(_LOCATIONS)}; left out."
        )
        return None
    if location == "header" and name.lower() in _IGNORED_HEADERS:
        return None
    media_type, holder = None, node
    content = node.get("content")
    if isinstance(content, dict) and content and "schema" not in node:
        media_type, holder = next(iter(content.items()))
        holder = holder if isinstance(holder, dict) else {}
    style = node.get("style")
    if style not in _STYLES[location]:
        style = _DEFAULT_STYLES[location]
    explode = node.get("explode")
    examples = {**holder, **_own_examples(node)}
    return Parameter(
        name=name,
        location=location,
        required=location == "path" or node.get("required") is True,
        schema=parts.inliner.write_out(holder.get("schema")),
        example=read_example(parts, examples, place, name),
        style=style,
        explode=explode if isinstance(explode, bool) else style in ("form", "cookie"),
        description=read_text(node.get("description"), 2000),
        media_type=media_type,
        is_given=find_example(parts.references, examples) is not UNSET,
    )


def _own_examples(node: dict[str, Any]) -> dict[str, Any]:
    return {key: node[key] for key in ("example", "examples") if key in node}


def read_body(parts: Parts, node: Any, place: str) -> Body | None:
    """The request body, in JSON if it can be sent so; None when there is none to send."""
    if node is None:
        return None
    try:
        node = parts.references.resolve(node)
    except BrokenReference as problem:
        parts.warnings.add(place, f"{problem}; the body is left out.")
        return None
    content = node.get("content") if isinstance(node, dict) else None
    if not isinstance(content, dict) or not content:
        parts.warnings.add(place, "This body describes no content; left out.")
        return None
    media_types = sorted(content, key=_rank_media_type)
    media_type = media_types[0]
    holder = content[media_type]
    try:
        holder = parts.references.resolve(holder)
    except BrokenReference as problem:
        parts.warnings.add(place, f"{problem}; the body's content is left out.")
    if not isinstance(holder, dict):
        holder = {}
    return Body(
        media_type=media_type[:LONGEST_NAME],
        schema=parts.inliner.write_out(holder.get("schema")),
        example=_read_body_example(parts, holder, place, media_type),
        required=node.get("required") is True,
        others=[other[:LONGEST_NAME] for other in media_types[1:20]],
        encoding=read_encodings(parts.flattener, holder, media_type),
    )


def _read_body_example(parts: Parts, holder: dict[str, Any], place: str, media_type: str) -> Any:
    example = read_example(parts, holder, place, "the body")
    if "xml" in media_type.lower() and isinstance(example, (dict, list)):
        return write_xml(parts.flattener, holder.get("schema", True), example)
    if is_form(media_type) and not isinstance(example, dict):
        example = parts.examples.build(holder.get("schema", True)).value
        if not isinstance(example, dict):
            parts.warnings.add(place, "A form needs an object of names and values; left out.")
            return None
    return example


def read_example(parts: Parts, holder: dict[str, Any], place: str, what: str) -> Any:
    """`example`, the first of `examples`, else one for `schema`; None when there is none."""
    value = find_example(parts.references, holder)
    if value is UNSET:
        schema = holder.get("schema", True)
        example = parts.examples.build(schema)
        if example.problem is not None:
            parts.warnings.add(place, f"No example for {what[:100]}: {example.problem}.")
        value = example.value
    else:
        value = read_as_meant(parts.flattener, value, holder)
    if measure_json(value) > LARGEST_EXAMPLE:
        parts.warnings.add(place, f"The example for {what[:100]} is too large; left out.")
        return None
    return value


def _rank_media_type(media_type: str) -> int:
    plain = media_type.split(";", maxsplit=1)[0].strip().lower()
    if plain == "application/json":
        return 0
    if plain.endswith("+json") or plain == "*/*":
        return 1
    for rank, known in enumerate(
        ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"), start=2
    ):
        if plain == known:
            return rank
    return 6 if "xml" in plain else 5
