"""Where a request goes: base address, path and query, every value in its place."""

from __future__ import annotations

import re
from urllib.parse import quote

from pydantic import ValidationError

from benchwright.loadtests.endpoints import Endpoint
from benchwright.loadtests.parts import Part
from benchwright.loadtests.plan import Plan, check_base_url
from benchwright.loadtests.scenarios import BaseScenario
from benchwright.loadtests.styles import path_text, query_text
from benchwright.loadtests.values import FixedValue, SecretValue, Source
from benchwright.loadtests.writing import IN_ADDRESS, PartWriter, sources_of, text_writer

_SEGMENT = re.compile(r"\{([^{}/]+)\}")
_PATH_SAFE = "/:@!$&'()*+,;=-._~%"


def write_base_url(writer: PartWriter, plan: Plan, endpoint: Endpoint) -> str:
    """The plan's base address, else the document's; empty, with the error kept, without one."""
    if plan.base_url is not None:
        return plan.base_url
    if not endpoint.base_url:
        writer.fail("base_url", "Neither the plan nor the document names a base address")
        return ""
    try:
        return check_base_url(endpoint.base_url)
    except (ValueError, ValidationError) as error:
        writer.fail(
            "base_url",
            f"The document's address {endpoint.base_url[:200]!r} cannot be used: {error}. "
            "Give a `base_url`",
        )
        return ""


def write_path(
    writer: PartWriter, field: str, scenario: BaseScenario, endpoint: Endpoint
) -> list[Part]:
    """Path, and what the template has of a query."""
    path, _, query = sent_path(endpoint).partition("?")
    known = {p.name: p for p in endpoint.parameters if p.location == "path"}
    parts: list[Part] = []
    end = 0
    named = set()
    for match in _SEGMENT.finditer(path):
        name = match[1]
        named.add(name)
        parts.append(quote(path[end : match.start()], safe=_PATH_SAFE))
        end = match.end()
        parameter = known.get(name)
        source: Source | None = scenario.values.path.get(name)
        if source is None and parameter is not None and parameter.example is not None:
            source = FixedValue(value=parameter.example)
        where = f"{field}.values.path.{name}"
        if source is None or (isinstance(source, FixedValue) and source.value in (None, "")):
            writer.fail(where, f"The path needs a value for {{{name}}}")
            continue
        if isinstance(source, SecretValue):
            writer.fail(where, IN_ADDRESS)
            continue
        write = text_writer(path_text, name, parameter)
        parts.append(writer.part(where, source, f"path.{name}", "uri", write))
    for name in scenario.values.path.keys() - named:
        writer.fail(f"{field}.values.path.{name}", f"The path has no {{{name[:100]}}}")
    parts.append(quote(path[end:], safe=_PATH_SAFE))
    return [*parts, "?", quote(query, safe=_PATH_SAFE + "?[]")] if query else parts


def write_plain_path(path: str) -> str:
    """A path that has no template, and its query as it is."""
    path, mark, query = path.partition("?")
    return quote(path, safe=_PATH_SAFE) + mark + query


def sent_path(endpoint: Endpoint) -> str:
    """The path without what stands behind `#`: it only tells operations of one address apart."""
    return endpoint.path.partition("#")[0]


def write_query(
    writer: PartWriter, field: str, scenario: BaseScenario, endpoint: Endpoint
) -> list[Part]:
    """The parameters of the query, `?` or `&` included."""
    parts: list[Part] = []
    begun = "?" in sent_path(endpoint)
    styles = {p.name: p for p in endpoint.parameters if p.location == "query"}
    for name, source in sources_of(endpoint, "query", scenario.values.query):
        where = f"{field}.values.query.{name}"
        if isinstance(source, SecretValue):
            writer.fail(where, IN_ADDRESS)
            continue
        write = text_writer(query_text, name, styles.get(name))
        part = writer.part(where, source, f"query.{name}", "uri", write)
        if part == "":
            continue
        parts.append("&" if begun else "?")
        begun = True
        if isinstance(part, dict) and "pick" not in part:
            parts.append(quote(name, safe="") + "=")
        parts.append(part)
    return parts
