"""What a request says beside its address and body: headers and cookies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from benchwright.loadtests.endpoints import Endpoint, EndpointParameter
from benchwright.loadtests.plan import Plan
from benchwright.loadtests.scenarios import BaseScenario
from benchwright.loadtests.styles import cookie_text, header_text
from benchwright.loadtests.values import CsvColumn, FixedValue, Source
from benchwright.loadtests.writing import PartWriter, compact, sources_of, text_writer

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# OpenAPI says that parameters of these names are described elsewhere in the document.
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})


def write_headers(
    writer: PartWriter,
    field: str,
    plan: Plan,
    scenario: BaseScenario,
    endpoint: Endpoint,
    media_type: str | None,
) -> dict[str, Any]:
    """The headers; those of the scenario win over the plan's, and these over the document's."""
    documented = {p.name.lower(): p for p in endpoint.parameters if p.location == "header"}
    headers: dict[str, Any] = {"Content-Type": media_type} if media_type else {}
    for name, source in sources_of(endpoint, "header", {}):
        if name.lower() not in _IGNORED_HEADERS:
            where = f"{field}.headers.{name}"
            put_header(writer, headers, where, name, source, documented[name.lower()])
    for name, source in plan.headers.items():
        put_header(writer, headers, f"headers.{name}", name, source)
    if plan.authorisation is not None:
        before, after = plan.authorisation.effective_format.split("{secret}", 1)
        secret = {"env": plan.authorisation.secret, "encode": "none"}
        if plan.authorisation.user is not None:
            secret["user"] = plan.authorisation.user
        _replace(headers, plan.authorisation.header, compact([before, secret, after]))
    if plan.setup is not None:
        before, after = plan.setup.format.split("{token}", 1)
        _replace(headers, plan.setup.header, compact([before, {"token": True}, after]))
    for name, source in scenario.headers.items():
        parameter = documented.get(name.lower())
        put_header(writer, headers, f"{field}.headers.{name}", name, source, parameter)
    return headers


def put_header(
    writer: PartWriter,
    headers: dict[str, Any],
    field: str,
    name: str,
    source: Source,
    parameter: EndpointParameter | None = None,
) -> None:
    """Sets a header, or takes it away where the source is null."""
    if isinstance(source, FixedValue) and source.value is None:
        _replace(headers, name, None)
        return
    write = text_writer(header_text, name, parameter)
    part = writer.part(field, source, f"header.{name.lower()}", "none", write)
    texts: Iterable[str] = [part] if isinstance(part, str) else part.get("pick", [])
    if isinstance(source, CsvColumn) and isinstance(part, dict):
        texts = writer.files.cells(source)
    if any(_CONTROL.search(text) for text in texts):
        writer.fail(field, "A header cannot contain line breaks or control characters")
    _replace(headers, name, compact([part]))


def write_cookies(
    writer: PartWriter, field: str, scenario: BaseScenario, endpoint: Endpoint
) -> dict[str, Any]:
    """The cookies by name."""
    documented = {p.name: p for p in endpoint.parameters if p.location == "cookie"}
    cookies = {}
    for name, source in sources_of(endpoint, "cookie", scenario.values.cookie):
        if isinstance(source, FixedValue) and source.value is None:
            continue
        where = f"{field}.values.cookie.{name}"
        write = text_writer(cookie_text, name, documented.get(name))
        part = writer.part(where, source, f"cookie.{name}", "uri", write)
        cookies[name] = compact([part])
    return cookies


def _replace(headers: dict[str, Any], name: str, value: Any) -> None:
    for known in [known for known in headers if known.lower() == name.lower()]:
        del headers[known]
    if value is not None:
        headers[name] = value
