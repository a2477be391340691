"""Bytes → the root of an OpenAPI document, or a reason why they are none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from benchwright.kit.errors import BadRequest
from benchwright.kit.jsontext import JsonProblem, load_json
from benchwright.kit.plaintext import TextProblem, decode_text
from benchwright.kit.yaml import YamlLimits, load_yaml
from benchwright.specs.warnings import Warnings

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SpecLimits:
    """What one document may cost."""

    max_bytes: int = 20 * MEBIBYTE
    max_operations: int = 20_000
    max_depth: int = 100
    max_nodes: int = 5_000_000
    max_aliases: int = 100_000


DEFAULT_LIMITS = SpecLimits()


class NotOpenApi(BadRequest):
    """The document was read, but is no OpenAPI document; `pointer` is the faulty place."""

    kind, title = "not-openapi", "This is not an OpenAPI document"


@dataclass(frozen=True, slots=True)
class Document:
    """A root object and the language it is written in (`2.0`, `3.0`, `3.1`, `3.2`)."""

    root: dict[str, Any]
    version: str

    @property
    def dialect(self) -> str:
        return f"Swagger {self.version}" if self.is_swagger2 else f"OpenAPI {self.version}"

    @property
    def is_swagger2(self) -> bool:
        return self.version == "2.0"


def read_document(data: bytes, limits: SpecLimits, warnings: Warnings) -> Document:
    """Parses JSON or YAML; raises `TextProblem`, `TooLarge` and `NotOpenApi`."""
    root = _parse(data, limits, warnings)
    if root is None:
        raise NotOpenApi("The document is empty.")
    if not isinstance(root, dict):
        kind = "a list" if isinstance(root, list) else "plain text"
        raise NotOpenApi(f"The document is {kind}; an OpenAPI document is an object.", pointer="#")
    return Document(root, _read_version(root))


def is_html(text: str) -> bool:
    """Whether the text begins like a web page (or XML)."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def _parse(data: bytes, limits: SpecLimits, warnings: Warnings) -> Any:
    if len(data) > limits.max_bytes:
        # The same words as for an oversized JSON or YAML text.
        return load_json(data, max_bytes=limits.max_bytes)
    text = decode_text(data, TextProblem)
    if is_html(text):
        raise NotOpenApi(
            "This is an HTML or XML page, not an OpenAPI document in JSON or YAML. "
            "Give the address of the document itself; it often ends with openapi.json."
        )
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        try:
            return load_json(
                text,
                max_bytes=len(text),
                max_depth=limits.max_depth,
                on_duplicate=lambda key: warnings.note(
                    f"The key {key[:100]!r} stands twice in one object; the last one counts."
                ),
            )
        except JsonProblem:
            if not _LOOKS_LIKE_FLOW_YAML.match(text):
                raise
    return load_yaml(
        text,
        limits=YamlLimits(
            max_bytes=len(text),
            max_depth=limits.max_depth,
            max_aliases=limits.max_aliases,
            max_nodes=limits.max_nodes,
        ),
    )


# `{openapi: 3.0.0, …}`: YAML in braces, whose first key has no quotes.
_LOOKS_LIKE_FLOW_YAML = re.compile(r"\s*\{\s*[A-Za-z_]")

_OTHER_LANGUAGES = (
    ("asyncapi", "This is an AsyncAPI document; load tests need an OpenAPI document."),
    ("swaggerVersion", "This is Swagger 1.x; convert it to OpenAPI 3 first."),
    ("arazzo", "This is an Arazzo document; give the OpenAPI document that it names."),
    ("overlay", "This is an OpenAPI overlay; apply it and give the resulting document."),
    ("$schema", "This is a JSON Schema; an OpenAPI document has `openapi` and `paths`."),
    ("item", "This seems to be a Postman collection; export it as OpenAPI first."),
)


def _read_version(root: dict[str, Any]) -> str:
    # Unquoted in YAML, `3.0` and `2.0` are numbers.
    swagger, openapi = (_version_text(root.get(key)) for key in ("swagger", "openapi"))
    if openapi:
        match = re.match(r"3\.(\d{1,3})(?:\.|$|-)", openapi + ".")
        if match:
            return f"3.{match[1]}"
        raise NotOpenApi(
            f"OpenAPI version {openapi[:40]!r} is not supported; 3.0, 3.1 and 2.0 are.",
            pointer="#/openapi",
        )
    if swagger:
        if re.match(r"2(?:\.0)*$", swagger):
            return "2.0"
        raise NotOpenApi(
            f"Swagger version {swagger[:40]!r} is not supported; 2.0 is.", pointer="#/swagger"
        )
    for key, explanation in _OTHER_LANGUAGES:
        if key in root:
            raise NotOpenApi(explanation, pointer="#")
    raise NotOpenApi(
        "The document has neither `openapi` nor `swagger` at its top, so it is no OpenAPI "
        "document.",
        pointer="#",
    )


def _version_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()
