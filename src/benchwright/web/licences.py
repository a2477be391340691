"""What the product is made of, and under which licences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from typing import NamedTuple

from benchwright.web import assets

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(?:\[(?P<extras>[^\]]*)\])?")
_EXTRA = re.compile(r"extra == ['\"]([^'\"]+)['\"]")
_LONG_LICENCE = 60
_CARRIED = {"k6": "AGPL-3.0 (the program), MIT (its package)"}
"""Packages that only carry a program, which has a licence of its own."""
_SPDX = {
    "MIT License": "MIT",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Apache Software License": "Apache-2.0",
}
"""The names of classifiers and headings as licences are called today."""


class Package(NamedTuple):
    """A package that is used; `address` leads to its licence, where the page has it."""

    name: str
    version: str
    licence: str
    address: str | None = None


def browser_packages() -> list[Package]:
    """The libraries that pages load."""
    found = []
    for entry in assets.manifest()["packages"]:
        licences = [name for name in entry["files"] if name.startswith("LICENSE")]
        address = f"/static/vendor/{entry['place']}/{licences[0]}" if licences else None
        found.append(Package(entry["name"], entry["version"], entry["licence"], address))
    return found


@cache
def python_packages() -> list[Package]:
    """The packages that this one asks for, and those that they ask for, as they are installed."""
    found: dict[str, Package] = {}
    waiting: list[tuple[str, frozenset[str]]] = [("benchwright", frozenset())]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # not needed on this system
        found[name] = _describe(distribution)
        wanted = set(_wanted(distribution, extras)) - seen
        seen |= wanted
        waiting += wanted
    del found["benchwright"]
    return sorted(found.values(), key=lambda package: package.name.lower())


def by_licence(packages: Iterable[Package]) -> list[tuple[str, int]]:
    """How many packages stand under which licence, the most frequent first."""
    return Counter(package.licence for package in packages).most_common()


def _wanted(
    distribution: metadata.Distribution, extras: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for requirement in distribution.requires or []:
        parsed = _REQUIREMENT.match(requirement)
        condition = _EXTRA.search(requirement)
        if parsed is None or (condition is not None and condition[1] not in extras):
            continue
        name = re.sub(r"[-_.]+", "-", parsed["name"]).lower()
        yield name, frozenset(filter(None, re.split(r"\s*,\s*", parsed["extras"] or "")))


def _describe(distribution: metadata.Distribution) -> Package:
    about = distribution.metadata
    # The ways in which packages state it, the newest first.
    named = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    licence = (
        _first(about.get_all("License-Expression"))
        or ", ".join(c.rpartition(" :: ")[2] for c in named)
        or _first(about.get_all("License"))
        or _title_of_file(distribution)
    )
    first_line = licence.strip().partition("\n")[0][:_LONG_LICENCE]
    named_today = ", ".join(_SPDX.get(name, name) for name in first_line.split(", "))
    licence = _CARRIED.get(about["Name"], named_today)
    return Package(about["Name"], distribution.version, licence or "unknown")


def _first(values: list[str] | None) -> str:
    return values[0] if values else ""


def _title_of_file(distribution: metadata.Distribution) -> str:
    for file in distribution.files or []:
        if file.name.upper().startswith("LICENSE"):
            return next(filter(None, map(str.strip, file.read_text().splitlines())), "")
    return ""
