"""Where an API lives: `servers`, or Swagger 2.0's host, basePath and schemes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from benchwright.specs.warnings import Warnings, pointer

MOST_SERVERS = 50


def read_servers(
    node: dict[str, Any], source_url: str | None, warnings: Warnings, place: str = ""
) -> list[str]:
    """The usable addresses in `node["servers"]`, variables filled in, without a slash at the end.

    Relative ones are resolved against `source_url`; those that are not http(s) are left out.
    """
    servers = node.get("servers")
    if servers is None:
        return []
    place = f"{place}/servers" if place else "#/servers"
    if not isinstance(servers, list):
        warnings.add(place, "This is not a list; no server is taken from it.")
        return []
    found: dict[str, None] = {}
    for number, server in enumerate(servers[:MOST_SERVERS]):
        where = f"{place}/{number}"
        if not isinstance(server, dict) or not isinstance(server.get("url"), str):
            warnings.add(where, "This server has no `url`; left out.")
            continue
        url = _fill_in(server["url"], server.get("variables"), warnings, where)
        usable = resolve_server(url, source_url)
        if usable is None:
            warnings.add(where, f"{url[:200]!r} is no http(s) address; left out.")
        else:
            found[usable] = None
    return list(found)


def read_swagger2_servers(
    root: dict[str, Any], source_url: str | None, warnings: Warnings
) -> list[str]:
    """The addresses made of `schemes`, `host` and `basePath`; what is missing is the source's."""
    source = urlsplit(source_url or "")
    host = root.get("host")
    base_path = root.get("basePath")
    path = base_path if isinstance(base_path, str) else ""
    if not isinstance(host, str) or not host:
        host = source.netloc
    if not host:
        return []
    given = root.get("schemes")
    schemes = (
        [scheme for scheme in given if scheme in ("http", "https")]
        if isinstance(given, list)
        else []
    )
    if given and not schemes:
        warnings.add(pointer("schemes"), "Neither http nor https is listed; https is assumed.")
    if not schemes:
        schemes = [source.scheme if source.scheme in ("http", "https") else "https"]
    addresses = (
        resolve_server(f"{scheme}://{host}/{path.lstrip('/')}", source_url) for scheme in schemes
    )
    found = [address for address in addresses if address is not None]
    if not found:
        warnings.add(pointer("host"), f"{host[:200]!r} is no host name; left out.")
    return list(dict.fromkeys(found))


def resolve_server(url: str, source_url: str | None) -> str | None:
    """An absolute http(s) address without a slash at the end, or None."""
    if any(character <= " " or character in "\\\x7f" for character in url) or len(url) > 2000:
        return None
    try:
        absolute = urljoin(source_url, url) if source_url else url
        parts = urlsplit(absolute)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return None
    if not usable:
        return None
    # User names, queries and fragments are no part of a base address.
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


def origin_of(url: str | None) -> str:
    """`https://host:port` of an address, empty when there is none."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else ""


_VARIABLE = re.compile(r"\{([^{}]{1,100})\}")


def _fill_in(url: str, variables: Any, warnings: Warnings, place: str) -> str:
    known = variables if isinstance(variables, dict) else {}

    def fill(match: re.Match[str]) -> str:
        variable = known.get(match[1])
        if isinstance(variable, dict):
            for value in (variable.get("default"), *_as_list(variable.get("enum"))):
                if isinstance(value, (str, int, float)) and not isinstance(value, bool):
                    return str(value)
        warnings.add(place, f"The variable {match[1]!r} has no default; set the base URL yourself.")
        return match[1]

    return _VARIABLE.sub(fill, url)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
