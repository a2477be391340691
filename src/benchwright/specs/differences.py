"""What differs between two descriptions of one endpoint, part by part, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchwright.specs.schema_tree import Node, read_tree, walk
from benchwright.specs.texts import dump_json, read_text

Content = dict[str, Any]

LONGEST_VALUE = 160
_TEXTS = (
    ("operation_id", "operation id"),
    ("summary", "summary"),
    ("description", "description"),
    ("base_url", "base URL"),
)
_WIRE = (("style", "style"), ("explode", "explode"), ("media_type", "media type"))


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part: `before` is None if it was added, `after` if it was removed.

    `may_break` tells that requests which were right before may be refused now.
    """

    part: str
    before: str | None
    after: str | None
    may_break: bool = False

    def __str__(self) -> str:
        if self.before is None:
            added = f"{self.part} added"
            return f"{added}, {self.after}" if self.after else added
        if self.after is None:
            return f"{self.part} removed"
        return f"{self.part}: {self.before or 'none'} → {self.after or 'none'}"


def find_differences(before: Content, after: Content) -> Iterator[PartChange]:
    """All that differs, what concerns requests first."""
    yield from _parameters(before["parameters"], after["parameters"])
    yield from _body(before["body"], after["body"])
    yield from _responses(before, after)
    if before["security"] != after["security"]:
        yield PartChange(
            "security", _security(before["security"]), _security(after["security"]), may_break=True
        )
    if before["deprecated"] != after["deprecated"]:
        words = ("no", "yes")
        yield PartChange("deprecated", words[before["deprecated"]], words[after["deprecated"]])
    if sorted(before["tags"]) != sorted(after["tags"]):
        yield PartChange("tags", ", ".join(before["tags"]), ", ".join(after["tags"]))
    for key, label in _TEXTS:
        if before[key] != after[key]:
            yield _changed(label, before[key], after[key], may_break=key == "base_url")


def _parameters(before: list[Content], after: list[Content]) -> Iterator[PartChange]:
    old, new = (
        {(item["location"], item["name"]): item for item in items} for items in (before, after)
    )
    for key in dict.fromkeys([*old, *new]):
        label = f"{key[0]} parameter {key[1]}"
        if key not in new:
            yield PartChange(label, "", None, may_break=True)
        elif key not in old:
            needed = new[key]["required"]
            yield PartChange(label, None, "required" if needed else "", may_break=needed)
        elif old[key] != new[key]:
            yield from _parameter(label, old[key], new[key])


def _parameter(label: str, old: Content, new: Content) -> Iterator[PartChange]:
    if old["required"] != new["required"]:
        yield _required(label, old["required"], new["required"])
    if old["schema"] != new["schema"]:
        yield from _schemas(label, old["schema"], new["schema"])
    for key, word in _WIRE:
        if old.get(key) != new.get(key):
            yield _changed(f"{label} {word}", old.get(key), new.get(key), may_break=True)
    yield from _plain(label, old, new)


def _plain(label: str, old: Content, new: Content) -> Iterator[PartChange]:
    for key in ("example", "description"):
        if old.get(key) != new.get(key):
            yield _changed(f"{label} {key}", old.get(key), new.get(key))


def _body(old: Content | None, new: Content | None) -> Iterator[PartChange]:
    if old == new:
        return
    if old is None or new is None:
        needed = new is not None and new["required"]
        after = None if new is None else ("required" if needed else "")
        yield PartChange("body", None if old is None else "", after, may_break=needed or not new)
        return
    if old["required"] != new["required"]:
        yield _required("body", old["required"], new["required"])
    if old["media_type"] != new["media_type"]:
        yield _changed("body media type", old["media_type"], new["media_type"], may_break=True)
    if old["others"] != new["others"]:
        yield PartChange(
            "body other media types", ", ".join(old["others"]), ", ".join(new["others"])
        )
    if old["encoding"] != new["encoding"]:
        yield _changed("body encoding", old["encoding"], new["encoding"], may_break=True)
    if old["schema"] != new["schema"]:
        yield from _schemas("body", old["schema"], new["schema"])
    yield from _plain("body", old, new)


def _responses(before: Content, after: Content) -> Iterator[PartChange]:
    for status in before["responses"]:
        if status not in after["responses"]:
            yield PartChange(f"response {status}", "", None)
    described = {item["status"]: item for item in before.get("response_details") or ()}
    for status in after["responses"]:
        if status not in before["responses"]:
            yield PartChange(f"response {status}", None, "")
    for new in after.get("response_details") or ():
        old = described.get(new["status"])
        if old is None or old == new:
            continue
        label = f"response {new['status']}"
        if old["schema"] != new["schema"]:
            for change in _schemas(label, old["schema"], new["schema"]):
                yield PartChange(change.part, change.before, change.after)
        if old["media_type"] != new["media_type"]:
            yield _changed(f"{label} media type", old["media_type"], new["media_type"])
        yield from _plain(label, old, new)


def _schemas(label: str, before: Content, after: Content) -> Iterator[PartChange]:
    """Field by field; what differs in no field that a tree shows is one change of the schema."""
    old, new = read_tree(before), read_tree(after)
    found = list(_nodes(label, old, new))
    olds, news = dict(walk(old)), dict(walk(new))
    for path in dict.fromkeys([*olds, *news]):
        name = f"{label} field {path}"
        if path not in news:
            # What a field held went with it.
            if path.rpartition(".")[0] in news or "." not in path:
                found.append(PartChange(name, "", None, may_break=True))
        elif path not in olds:
            node = news[path]
            if path.rpartition(".")[0] in olds or "." not in path:
                words = f"{node.type}, required" if node.required else node.type
                found.append(PartChange(name, None, words, may_break=node.required))
        else:
            if olds[path].required != news[path].required:
                found.append(_required(name, olds[path].required, news[path].required))
            found += _nodes(name, olds[path], news[path])
    yield from found or [
        PartChange(f"{label} schema", "as before", "in details that are not shown")
    ]


def _nodes(name: str, old: Node, new: Node) -> Iterator[PartChange]:
    if old.type != new.type:
        yield _changed(f"{name} type", old.type, new.type, may_break=True)
    if old.constraints != new.constraints:
        yield _changed(
            f"{name} limits", "; ".join(old.constraints), "; ".join(new.constraints), may_break=True
        )
    if old.description != new.description:
        yield _changed(f"{name} description", old.description, new.description)


def _required(label: str, before: bool, after: bool) -> PartChange:  # noqa: FBT001 - two states of one thing
    words = ("optional", "required")
    return PartChange(label, words[before], words[after], may_break=after)


def _changed(part: str, before: Any, after: Any, *, may_break: bool = False) -> PartChange:
    return PartChange(part, _short(before), _short(after), may_break)


def _short(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else dump_json(value)
    return read_text(text, LONGEST_VALUE)


def _security(alternatives: list[list[str]]) -> str:
    return " or ".join(" and ".join(names) or "none" for names in alternatives) or "none"
