"""`results/result.json`: every number in it becomes a result.

- `{"metrics": {"rmse": 0.1}}`: the metric `metrics.rmse`.
- `{"value": 3, "unit": "s", "better": "lower"}` in the place of a number says more about it.
- A table, two or more objects of numbers alone that share names (`{"Building_1": {"cost": 1.2},
  "District": {"cost": 1.1}}`): each outer name is a benchmark, each inner one a metric.
- `{"results": [{"metric": …, "value": …, "benchmark": …, "stat": …}]}` says it all.
- A long list of numbers becomes its count, min, mean and max.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchwright.kit.errors import Problem
from benchwright.kit.jsontext import load_json
from benchwright.runs.workload import Better, ResultValue

NAME = "result.json"
MAX_BYTES = 16 * 1024 * 1024
MAX_RESULTS = 5000
MAX_LIST = 16
"""Numbers in a list that become results of their own."""
MAX_NAME = 300
MAX_ERROR = 2000

_MEASURE = frozenset({"value", "unit", "better", "description", "label", "stat"})
_BETTER: Mapping[str, Better] = {"lower": "lower", "higher": "higher", "none": "none"}
_FAILED = frozenset({"failed", "error", "failure"})


@dataclass
class ResultFile:
    """What was read."""

    results: list[ResultValue] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None
    """What the workload itself says went wrong."""


def read_result_file(folder: Path) -> ResultFile:
    """Reads `result.json` in this folder; none there is no fault."""
    path = folder / NAME
    if path.is_symlink():
        return ResultFile(warnings=[f"{NAME} is a link, and links are not followed."])
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ResultFile()
    except OSError as error:
        return ResultFile(warnings=[f"{NAME} cannot be read: {error.strerror}."])
    if len(data) > MAX_BYTES:
        words = f"{NAME} is larger than {MAX_BYTES // 2**20} MiB; its numbers were not read."
        return ResultFile(warnings=[words])
    return read_result(data)


def read_result(data: bytes) -> ResultFile:
    """The results in the text of a `result.json`."""
    gaps: list[str] = []

    def leave_out(name: str) -> None:
        gaps.append(name)

    try:
        value = load_json(data, max_bytes=MAX_BYTES, on_constant=leave_out)
    except Problem as problem:
        return ResultFile(warnings=[f"{NAME} cannot be read. {problem.detail}"])
    read = ResultFile()
    found: dict[tuple[str, str, str], ResultValue] = {}
    for result in _walk_document(value):
        if len(found) >= MAX_RESULTS:
            read.warnings.append(
                f"{NAME} holds more than {MAX_RESULTS:,} numbers; the rest stays in the file."
            )
            break
        found.setdefault((result.benchmark, result.metric, result.stat), result)
    read.results = list(found.values())
    if gaps:
        words = "value is" if len(gaps) == 1 else "values are"
        read.warnings.append(f"{len(gaps)} {words} not a number (NaN, Infinity) in {NAME}.")
    read.error = _error_of(value)
    return read


def _walk_document(value: Any) -> Iterator[ResultValue]:
    if isinstance(value, Mapping) and _is_list_of_results(value.get("results")):
        yield from _listed(value["results"])
        value = {name: item for name, item in value.items() if name != "results"}
    elif _is_list_of_results(value):
        yield from _listed(value)
        return
    if _is_table(value):
        for benchmark, row in value.items():
            for metric, number in row.items():
                if (result := _number(number, metric, benchmark=benchmark)) is not None:
                    yield result
        return
    yield from _walk(value, "")


def _walk(value: Any, path: str) -> Iterator[ResultValue]:
    if isinstance(value, Mapping):
        if _is_measure(value):
            if (result := _measure(value, path or "value")) is not None:
                yield result
            return
        for name, item in value.items():
            yield from _walk(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        yield from _walk_list(value, path)
    elif (result := _number(value, path or "value")) is not None:
        yield result


def _walk_list(values: list[Any], path: str) -> Iterator[ResultValue]:
    numbers = [float(value) for value in values if _is_number(value)]
    if len(values) > MAX_LIST and len(numbers) == len(values):
        stats = {
            "count": float(len(numbers)), "min": min(numbers), "max": max(numbers),
            "mean": math.fsum(numbers) / len(numbers),
        }  # fmt: skip
        for stat, number in stats.items():
            yield ResultValue(metric=_name(path or "values"), stat=stat, value=number)
        return
    for place, item in enumerate(values):
        yield from _walk(item, f"{path}.{place}" if path else str(place))


def _is_table(value: Any) -> bool:
    if not isinstance(value, Mapping) or len(value) < 2:
        return False
    rows = list(value.values())
    if not all(isinstance(row, Mapping) and row for row in rows):
        return False
    if not all(item is None or _is_number(item) for row in rows for item in row.values()):
        return False
    if any(_is_measure(row) for row in rows):
        return False
    first = set(rows[0])
    return all(first & set(row) for row in rows[1:])


def _is_list_of_results(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(item, Mapping) and isinstance(item.get("metric"), str) and "value" in item
            for item in value
        )
    )


def _listed(items: Sequence[Mapping[str, Any]]) -> Iterator[ResultValue]:
    for item in items:
        benchmark = item.get("benchmark")
        result = _measure(item, item["metric"] or "value")
        if result is not None:
            name = _name(benchmark) if isinstance(benchmark, str) else ""
            yield result.model_copy(update={"benchmark": name})


def _is_measure(value: Mapping[str, Any]) -> bool:
    return (
        "value" in value
        and set(value) <= _MEASURE
        and (len(value) > 1)
        and (value["value"] is None or _is_number(value["value"]))
    )


def _measure(value: Mapping[str, Any], path: str) -> ResultValue | None:
    result = _number(value["value"], path)
    if result is None:
        return None
    unit, stat = value.get("unit"), value.get("stat")
    return result.model_copy(
        update={
            "unit": unit[:50] if isinstance(unit, str) else "",
            "stat": stat[:50] if isinstance(stat, str) and stat else "value",
            "better": _BETTER.get(str(value.get("better")).lower(), "none"),
        }
    )


def _number(value: Any, metric: str, *, benchmark: str = "") -> ResultValue | None:
    if not _is_number(value):
        return None
    return ResultValue(
        benchmark=_name(benchmark), metric=_name(metric), stat="value", value=float(value)
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _name(text: str) -> str:
    return text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"


def _error_of(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    status, error = value.get("status"), value.get("error")
    if not (isinstance(status, str) and status.lower() in _FAILED):
        return None
    words = error if isinstance(error, str) and error.strip() else "it does not say why"
    return " ".join(words.split())[:MAX_ERROR]
