"""The analysis of one OpenAPI document: pure, and of the same outcome every time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from benchwright.specs.document import (
    DEFAULT_LIMITS,
    Document,
    NotOpenApi,
    SpecLimits,
    read_document,
)
from benchwright.specs.outline import DEFAULT_TAG, Analysis, Operation, Parameter, TagInfo
from benchwright.specs.parameters import Parts, read_body, read_parameters
from benchwright.specs.references import BrokenReference
from benchwright.specs.responses import read_responses
from benchwright.specs.security import read_requirements, read_security_schemes
from benchwright.specs.servers import origin_of, read_servers, read_swagger2_servers
from benchwright.specs.swagger2 import convert_parameters, find_body_place
from benchwright.specs.texts import read_text
from benchwright.specs.warnings import Warnings, pointer

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
LONGEST_PATH = 600  # with four bytes a character, it still fits into an index of PostgreSQL
LONGEST_DESCRIPTION = 20_000
_METHOD = re.compile(r"[A-Za-z]{1,20}")
_TEMPLATE = re.compile(r"\{([^{}/]{1,300})\}")


def analyse(
    document: bytes, *, source_url: str | None = None, limits: SpecLimits = DEFAULT_LIMITS
) -> Analysis:
    """Reads Swagger 2.0 and OpenAPI 3, in JSON or YAML; `source_url` completes relative servers.

    What is wrong with one operation becomes a warning. Raises `TextProblem` with line and column
    for what cannot be parsed, `NotOpenApi` with a JSON pointer for what is something else, and
    `TooLarge`.
    """
    warnings = Warnings()
    read = read_document(document, limits, warnings)
    return _Reader(read, source_url, limits, warnings).read()


class _Reader:
    def __init__(
        self, document: Document, source_url: str | None, limits: SpecLimits, warnings: Warnings
    ) -> None:
        self.root = document.root
        self.document = document
        self.source_url = source_url
        self.limits = limits
        self.warnings = warnings
        self.parts = Parts.of(self.root, warnings)
        self.security = read_requirements(self.root.get("security")) or []

    def read(self) -> Analysis:
        info = self.root.get("info")
        if not isinstance(info, dict):
            self.warnings.add("#/info", "The document has no title and no version.")
            info = {}
        if self.document.is_swagger2:
            servers = read_swagger2_servers(self.root, self.source_url, self.warnings)
        else:
            servers = read_servers(self.root, self.source_url, self.warnings)
        base_url = servers[0] if servers else origin_of(self.source_url)
        if not base_url:
            self.warnings.note("The document names no server: set the base URL in the load test.")
        operations = list(self._read_paths())
        if not operations:
            self.warnings.note("The document describes no operation.")
        return Analysis(
            dialect=self.document.dialect,
            title=read_text(info.get("title"), 300) or "Untitled API",
            version=read_text(info.get("version"), 100),
            description=read_text(info.get("description"), LONGEST_DESCRIPTION),
            base_url=base_url,
            servers=servers,
            tags=self._read_tags(operations),
            operations=operations,
            security_schemes=read_security_schemes(self.root, self.parts.references, self.warnings),
            warnings=self.warnings.list(),
        )

    def _read_paths(self) -> Iterator[Operation]:
        paths = self.root.get("paths")
        if paths is None and not self.document.is_swagger2 and self.document.version != "3.0":
            return  # since 3.1 a document may hold components or webhooks only
        if not isinstance(paths, dict):
            problem = "is missing" if paths is None else "is no object"
            raise NotOpenApi(f"`paths` {problem}, so there is nothing to test.", pointer="#/paths")
        count = 0
        for path, item in paths.items():
            if path.startswith("x-"):
                continue
            place = pointer("paths", path)
            if len(path) > LONGEST_PATH:
                self.warnings.add(place[:200], "This path is too long; left out.")
                continue
            for operation in self._read_path(path, item, place):
                count += 1
                if count > self.limits.max_operations:
                    raise NotOpenApi(
                        f"The document describes more than {self.limits.max_operations:,} "
                        "operations; split it.",
                        pointer=place,
                    )
                yield operation

    def _read_path(self, path: str, node: Any, place: str) -> Iterator[Operation]:
        try:
            item = self.parts.references.resolve(node)
        except BrokenReference as problem:
            self.warnings.add(place, f"{problem}; this path is left out.")
            return
        if not isinstance(item, dict):
            self.warnings.add(place, "This is no object; this path is left out.")
            return
        if isinstance(node, dict) and item is not node:
            item = {**item, **{key: value for key, value in node.items() if key != "$ref"}}
        if not path.startswith("/"):
            self.warnings.add(place, "A path begins with a slash; one was put before it.")
            path = "/" + path
        base_url = self._read_base_url(item, place)
        for method, operation, where in _list_operations(item, place):
            if isinstance(operation, dict):
                yield self._read_operation(path, method, item, operation, (place, where), base_url)
            else:
                self.warnings.add(where, "This operation is no object; left out.")

    def _read_operation(
        self,
        path: str,
        method: str,
        item: dict[str, Any],
        node: dict[str, Any],
        places: tuple[str, str],
        base_url: str | None,
    ) -> Operation:
        place = places[1]
        given = [
            *self._list_parameters(item, places[0]),
            *self._list_parameters(node, place),
        ]
        if self.document.is_swagger2:
            consumes = node.get("consumes", self.root.get("consumes"))
            body_place = find_body_place(given, self.parts.references) or place
            given, body = convert_parameters(given, consumes, self.parts.references, self.warnings)
        else:
            body, body_place = node.get("requestBody"), f"{place}/requestBody"
        parameters = read_parameters(self.parts, given)
        responses = node.get("responses")
        security = read_requirements(node.get("security"))
        return Operation(
            method=method.upper(),
            path=path,
            operation_id=read_text(node.get("operationId"), 300),
            summary=read_text(node.get("summary"), 1000) or read_text(item.get("summary"), 1000),
            description=read_text(node.get("description"), LONGEST_DESCRIPTION),
            tags=_read_tag_names(node) or [DEFAULT_TAG],
            deprecated=node.get("deprecated") is True,
            parameters=self._complete(parameters, path, place),
            body=read_body(self.parts, body, body_place),
            responses=_read_status_codes(responses),
            security=self.security if security is None else security,
            base_url=self._read_base_url(node, place) or base_url,
            response_details=read_responses(self.parts, responses),
        )

    def _list_parameters(self, node: dict[str, Any], place: str) -> list[tuple[str, Any]]:
        parameters = node.get("parameters")
        if parameters is None:
            return []
        if not isinstance(parameters, list):
            self.warnings.add(f"{place}/parameters", "This is no list; no parameter is read.")
            return []
        return [
            (f"{place}/parameters/{number}", parameter)
            for number, parameter in enumerate(parameters)
        ]

    def _complete(self, parameters: list[Parameter], path: str, place: str) -> list[Parameter]:
        """Adds what stands in braces in the path but is described nowhere."""
        named = dict.fromkeys(_TEMPLATE.findall(path))
        described = {item.name for item in parameters if item.location == "path"}
        usable = [item for item in parameters if item.location != "path" or item.name in named]
        for name in sorted(described - named.keys()):
            self.warnings.add(
                place, f"The path has no {{{name[:100]}}}; this parameter is left out."
            )
        for name in named:
            if name not in described:
                self.warnings.add(place, f"{{{name}}} of the path is not described; taken as text.")
                example = "1" if name.lower().endswith("id") else "example"
                usable.append(
                    Parameter(name, "path", True, {"type": "string"}, example, "simple", False)
                )
        return usable

    def _read_base_url(self, node: dict[str, Any], place: str) -> str | None:
        if self.document.is_swagger2 or "servers" not in node:
            return None
        servers = read_servers(node, self.source_url, self.warnings, place)
        return servers[0] if servers else None

    def _read_tags(self, operations: list[Operation]) -> list[TagInfo]:
        """The described tags, in the document's order, then those that only operations name."""
        tags: dict[str, TagInfo] = {}
        described = self.root.get("tags")
        for node in described if isinstance(described, list) else ():
            if isinstance(node, dict) and (name := read_text(node.get("name"), 200)):
                tags.setdefault(name, TagInfo(name, read_text(node.get("description"), 5000)))
        used = dict.fromkeys(name for operation in operations for name in operation.tags)
        for name in used:
            tags.setdefault(name, TagInfo(name))
        return [tag for tag in tags.values() if tag.name in used]


def _list_operations(item: dict[str, Any], place: str) -> Iterator[tuple[str, Any, str]]:
    for method in METHODS:
        if method in item:
            yield method, item[method], f"{place}/{method}"
    others = item.get("additionalOperations")  # 3.2
    for method, operation in others.items() if isinstance(others, dict) else ():
        if _METHOD.fullmatch(method):
            yield method, operation, f"{place}/additionalOperations/{method}"


def _read_tag_names(node: dict[str, Any]) -> list[str]:
    tags = node.get("tags")
    names = (read_text(tag, 200) for tag in (tags if isinstance(tags, list) else ()))
    return list(dict.fromkeys(name for name in names if name))


def _read_status_codes(responses: Any) -> list[str]:
    if not isinstance(responses, dict):
        return []
    return [code[:20] for code in responses if not code.startswith("x-")]
