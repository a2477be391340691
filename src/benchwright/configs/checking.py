"""What is wrong with a config's text, and what a simulation would trip over, by line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchwright.configs.names import is_json
from benchwright.configs.older_yaml import misread_scalars
from benchwright.configs.parsing import parse_text
from benchwright.configs.schemas import ConfigFault, Severity
from benchwright.kit.errors import TooLarge
from benchwright.kit.plaintext import TextProblem
from benchwright.kit.yaml_lines import error_lines

MOUNTED = "/data/"
"""Where a container sees the shared folder."""
DATASETS = f"{MOUNTED}datasets/"
_PARTS_OF_A_SIMULATION = ("experiment", "simulator", "algorithm")
_NAMES = {"name": "UnnamedExperiment", "run_name": "UnnamedRun"}

HasData = Callable[[str], bool]
"""Whether a path below the folder of datasets exists."""


def find_faults(
    name: str, text: str, *, max_bytes: int, has_data: HasData, data_dir: Path
) -> list[ConfigFault]:
    """Faults in the order of their lines; none in a text that a simulation takes as it is."""
    try:
        config = parse_text(name, text, max_bytes)
    except TextProblem as problem:
        return [fault("error", problem.message, line=problem.line or 1)]
    except TooLarge as problem:
        return [fault("error", problem.detail)]
    hints = [
        {"field": field, "message": message}
        for field, message in _simulation_hints(config, has_data, data_dir)
    ]
    severity: Severity = "warning" if isinstance(config, dict) else "info"
    found = [
        fault(severity, str(hint["message"]), line=int(hint["line"]), field=str(hint["field"]))
        for hint in error_lines(text, hints)
    ]
    if not is_json(name):
        found += [fault("warning", message, line=line) for line, message in misread_scalars(text)]
    return sorted(found, key=lambda one: one.line)


def fault(severity: Severity, message: str, *, line: int = 1, field: str = "") -> ConfigFault:
    return ConfigFault(line=line, field=field, message=message, severity=severity)


def _simulation_hints(config: Any, has_data: HasData, data_dir: Path) -> list[tuple[str, str]]:
    """Hints for what looks like the config of a simulation; other tools have rules of their own."""
    if config is None:
        return [("", "This is empty.")]
    if not isinstance(config, dict) or not any(part in config for part in _PARTS_OF_A_SIMULATION):
        return []
    experiment = config.get("experiment")
    hints = []
    if not isinstance(experiment, dict):
        hints.append(("experiment", "A simulation needs `experiment` with `name` and `run_name`"))
    else:
        for key, instead in _NAMES.items():
            value = experiment.get(key)
            if not isinstance(value, str | int | float) or not str(value).strip():
                words = f"Give it a text: without one the job is called {instead}"
                hints.append((f"experiment.{key}", words))
    return hints + _path_hints(config.get("simulator"), has_data, data_dir)


def _path_hints(simulator: Any, has_data: HasData, data_dir: Path) -> list[tuple[str, str]]:
    if not isinstance(simulator, Mapping):
        return [("simulator", "A simulation needs `simulator` with `dataset_path`")]
    field = "simulator.dataset_path"
    path = simulator.get("dataset_path")
    if not isinstance(path, str) or not path.strip():
        return [
            (field, f"A simulation needs the place of its data, like {DATASETS}NAME/schema.json")
        ]
    if not path.startswith("/"):
        tail = path.removeprefix("./").removeprefix("datasets/")
        return [(field, f"A relative path leads nowhere in a container; write {DATASETS}{tail}")]
    shared = f"{data_dir}/"
    if path.startswith(shared) and not shared.startswith(DATASETS):
        tail = path.removeprefix(shared)
        return [(field, f"A container sees the shared folder at /data; write {MOUNTED}{tail}")]
    if not path.startswith(DATASETS):
        return [(field, f"A container finds data below {DATASETS} only")]
    tail = path.removeprefix(DATASETS)
    return [] if has_data(tail) else [(field, _missing(tail, has_data))]


def _missing(tail: str, has_data: HasData) -> str:
    dataset, _, file = tail.partition("/")
    if file.strip("/") and has_data(dataset):
        return f"The dataset “{dataset}” has no file “{file}”"
    return f"There is no dataset “{dataset}”"
