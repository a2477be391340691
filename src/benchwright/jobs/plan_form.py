"""The usual fields of a plan as texts of a form; all else of it stays in its YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchwright.jobs.plan_yaml import write_plan
from benchwright.jobs.typed_values import (
    command_text,
    read_command,
    read_gpus,
    read_list,
    read_mapping,
    read_matrix,
    read_number,
    read_pairs,
    read_parameters,
    read_secrets,
    read_time,
    scalar,
    time_text,
    value_text,
)
from benchwright.kit.errors import FieldError, Invalid, Problem

PREFIX = "f."
PLAIN = ("name", "image", "host", "note")
"""Fields that are one text in the plan too."""

LABELS = {
    "name": "Name",
    "image": "Image",
    "command": "Command",
    "config": "Config",
    "config.stored": "Stored config",
    "config.inline": "Config",
    "datasets": "Datasets",
    "environment": "Environment",
    "secrets": "Secrets",
    "host": "Host",
    "labels": "Labels",
    "timeout_s": "Stop it after",
    "planned_duration_s": "It takes about",
    "parameters": "Parameters",
    "matrix": "Matrix",
    "tags": "Tags",
    "note": "Note",
    "resources.cpus": "Processors",
    "resources.memory_mib": "Memory",
    "resources.gpus": "GPUs",
}
"""The fields of the plan that the form has, and what it calls them."""

Texts = dict[str, str]


class FormProblem(Invalid):
    """Texts of the form that cannot become values of a plan."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("Some values of the form cannot be read.", errors)


def texts_of(plan: Mapping[str, Any]) -> Texts:
    """What the fields say of a plan; values of a shape that a field cannot show are left out."""
    texts = {name: value_text(plan.get(name)) for name in PLAIN}
    command = plan.get("command")
    texts["place"] = "container" if plan.get("image") is not None else "process"
    texts["command"] = command_text(command) if isinstance(command, list) else value_text(command)
    config = plan.get("config")
    stored = config if isinstance(config, str) else _part(config, "stored")
    inline = _part(config, "inline")
    texts["config"] = "inline" if inline is not None else "stored" if stored else "none"
    texts["config_stored"] = value_text(stored)
    texts["config_inline"] = write_plan(inline) if isinstance(inline, Mapping) else ""
    for name in ("datasets", "tags"):
        texts[name] = ", ".join(_texts(plan.get(name)))
    for name, mark in (("environment", "="), ("labels", "=")):
        texts[name] = _lines(plan.get(name), mark)
    secrets = plan.get("secrets")
    texts["secrets"] = "\n".join(
        name if name == value else f"{name}={value}" for name, value in _pairs(secrets)
    )
    texts["parameters"] = _lines(plan.get("parameters"), ": ", scalar)
    texts["matrix"] = "\n".join(
        f"{name}: {', '.join(map(scalar, values))}"
        for name, values in _pairs(plan.get("matrix"))
        if isinstance(values, list)
    )
    for name in ("cpus", "memory_mib", "gpus"):
        texts[name] = value_text(_part(plan.get("resources"), name))
    for name in ("timeout_s", "planned_duration_s"):
        texts[name] = time_text(plan.get(name))
    return texts


def merge(plan: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """The plan with what the fields say in place of what it said; raises `FormProblem`.

    Fields that say what the plan says already change nothing in it.
    """
    reader = _Reader(plan, texts)
    for name in PLAIN:
        reader.read(name, lambda text: text.strip() or None)
    if texts.get("place") == "process":
        for name in ("image", "host", "labels"):
            reader.put(name, None)
        for name in ("cpus", "memory_mib", "gpus"):
            reader.put_part("resources", name, None)
    else:
        reader.read("labels", read_pairs)
        for name, read in (("cpus", read_number), ("memory_mib", read_number), ("gpus", read_gpus)):
            reader.read_part("resources", name, read)
    reader.read("command", read_command)
    reader.read("datasets", read_list)
    reader.read("tags", read_list)
    reader.read("environment", read_pairs)
    reader.read("secrets", read_secrets)
    reader.read("parameters", read_parameters)
    reader.read("matrix", read_matrix)
    reader.read("timeout_s", read_time)
    reader.read("planned_duration_s", read_time)
    reader.read_config()
    if reader.errors:
        raise FormProblem(reader.errors)
    return reader.plan


class _Reader:
    """Puts values of fields into a copy of the plan, and notes those that cannot be read."""

    def __init__(self, plan: Mapping[str, Any], texts: Mapping[str, str]) -> None:
        self.plan = dict(plan)
        self.errors: list[FieldError] = []
        self._texts = texts
        self._before = texts_of(plan)

    def put(self, name: str, value: Any) -> None:
        if value in (None, [], {}):
            self.plan.pop(name, None)
        elif self.plan.get(name) != value:
            self.plan[name] = value

    def put_part(self, name: str, part: str, value: Any) -> None:
        parts = self.plan.get(name)
        parts = dict(parts) if isinstance(parts, Mapping) else {}
        if value is None:
            parts.pop(part, None)
        else:
            parts[part] = value
        self.put(name, parts)

    def read(self, name: str, read: Callable[[str], Any]) -> None:
        if not self._is_changed(name):
            return
        try:
            self.put(name, read(self._texts.get(name, "")))
        except (ValueError, Problem) as problem:
            self._note(name, problem)

    def read_part(self, name: str, part: str, read: Callable[[str], Any]) -> None:
        if not self._is_changed(part):
            return
        try:
            self.put_part(name, part, read(self._texts.get(part, "")))
        except (ValueError, Problem) as problem:
            self._note(f"{name}.{part}", problem)

    def read_config(self) -> None:
        if not any(map(self._is_changed, ("config", "config_stored", "config_inline"))):
            return
        kind = self._texts.get("config", "none")
        if kind == "none":
            self.put("config", None)
        elif kind == "stored":
            self.plan["config"] = {"stored": self._texts.get("config_stored", "").strip()}
        else:
            try:
                self.plan["config"] = {"inline": read_mapping(self._texts.get("config_inline", ""))}
            except (ValueError, Problem) as problem:
                self._note("config.inline", problem)

    def _is_changed(self, name: str) -> bool:
        sent = self._texts.get(name, "").replace("\r\n", "\n").strip()
        return sent != self._before.get(name, "").strip()

    def _note(self, name: str, problem: Exception) -> None:
        message = problem.detail if isinstance(problem, Problem) else str(problem)
        self.errors.append({"field": name, "message": message})


def _texts(value: Any) -> list[str]:
    return [value_text(one) for one in value] if isinstance(value, list) else []


def _lines(value: Any, mark: str, text: Callable[[Any], str] = value_text) -> str:
    return "\n".join(f"{name}{mark}{text(one)}" for name, one in _pairs(value))


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, Mapping) else []


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None
