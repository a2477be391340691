"""How clients of an API prove who they are."""

from __future__ import annotations

from typing import Any

from benchwright.specs.outline import SecurityScheme
from benchwright.specs.references import BrokenReference, References
from benchwright.specs.texts import read_text
from benchwright.specs.warnings import Warnings, pointer

_HTTP_PREFIXES = {"basic": "Basic", "bearer": "Bearer", "digest": "Digest"}


def read_security_schemes(
    root: dict[str, Any], references: References, warnings: Warnings
) -> list[SecurityScheme]:
    """The schemes of `components.securitySchemes`, or Swagger 2.0's `securityDefinitions`."""
    components = root.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    place: tuple[str, ...] = ("components", "securitySchemes")
    if schemes is None:
        schemes, place = root.get("securityDefinitions"), ("securityDefinitions",)
    found = []
    for key, node in schemes.items() if isinstance(schemes, dict) else ():
        try:
            scheme = references.resolve(node)
        except BrokenReference as problem:
            warnings.add(pointer(*place, key), f"{problem}; left out.")
            continue
        read = _read_scheme(key, scheme) if isinstance(scheme, dict) else None
        if read is None:
            warnings.add(pointer(*place, key), "This security scheme is not understood; left out.")
        else:
            found.append(read)
    return found


def read_requirements(node: Any) -> list[list[str]] | None:
    """The alternatives of a `security` list, None where there is none; `[[]]` needs nothing."""
    if not isinstance(node, list):
        return None
    return [list(alternative) for alternative in node if isinstance(alternative, dict)]


def _read_scheme(key: str, scheme: dict[str, Any]) -> SecurityScheme | None:
    kind = scheme.get("type")
    description = read_text(scheme.get("description"), 1000)
    if kind == "apiKey":
        location, name = scheme.get("in"), scheme.get("name")
        if location not in ("header", "query", "cookie") or not isinstance(name, str):
            return None
        return SecurityScheme(key, kind, location, name, description=description)
    if kind == "basic":  # Swagger 2.0
        return SecurityScheme(key, "http", "header", "Authorization", "Basic", None, description)
    if kind == "http":
        name = read_text(scheme.get("scheme"), 100)
        prefix = _HTTP_PREFIXES.get(name.lower(), name)
        return SecurityScheme(key, kind, "header", "Authorization", prefix, None, description)
    if kind in ("oauth2", "openIdConnect"):
        return SecurityScheme(
            key, kind, "header", "Authorization", "Bearer", _find_token_url(scheme), description
        )
    if kind == "mutualTLS":
        return SecurityScheme(key, kind, "connection", "", description=description)
    return None


def _find_token_url(scheme: dict[str, Any]) -> str | None:
    flows = scheme.get("flows")
    candidates = [scheme, *(flows.values() if isinstance(flows, dict) else ())]
    for candidate in candidates:
        if isinstance(candidate, dict) and isinstance(candidate.get("tokenUrl"), str):
            return str(candidate["tokenUrl"])[:2000]
    return None
