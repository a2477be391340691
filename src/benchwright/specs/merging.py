"""Several documents of one API, put together: an address with a choice of documents."""

from __future__ import annotations

from dataclasses import replace

from benchwright.specs.outline import Analysis, Operation, SecurityScheme, TagInfo

MOST_NOTES = 100


def merge_analyses(analyses: list[Analysis], notes: list[str]) -> Analysis:
    """Title, version and base URL of the first; of operations described twice, the first one."""
    first = analyses[0]
    tags: dict[str, TagInfo] = {}
    operations: dict[tuple[str, str], Operation] = {}
    schemes: dict[str, SecurityScheme] = {}
    notes = list(notes)
    for analysis in analyses:
        label = f"{analysis.title}: " if len(analyses) > 1 else ""
        notes += [label + warning for warning in analysis.warnings]
        for tag in analysis.tags:
            tags.setdefault(tag.name, tag)
        for scheme in analysis.security_schemes:
            if schemes.setdefault(scheme.key, scheme) != scheme:
                notes.append(
                    f"{label}Another document describes the security scheme {scheme.key!r} "
                    "differently; that one counts."
                )
        twice = 0
        for operation in analysis.operations:
            key = operation.method, operation.path
            if key in operations:
                twice += 1
            elif operation.base_url is None and analysis.base_url != first.base_url:
                operations[key] = replace(operation, base_url=analysis.base_url or None)
            else:
                operations[key] = operation
        if twice:
            notes.append(
                f"{label}{twice:,} operations stand more than once; the first one of each counts."
            )
    used = {name for operation in operations.values() for name in operation.tags}
    return replace(
        first,
        tags=[tag for tag in tags.values() if tag.name in used],
        operations=list(operations.values()),
        security_schemes=list(schemes.values()),
        warnings=notes[:MOST_NOTES],
    )
