"""Lists in the form, as rows of fields: checks, auto-stop rules, data files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from benchwright.kit.errors import FieldError
from benchwright.loadtests.form_values import (
    equal_text,
    number_text,
    parse_equal,
    parse_number,
    parse_percent,
    percent_text,
)

Row = dict[str, str]

COLUMNS = {
    "checks": ("kind", "value", "pointer", "name"),
    "auto_stop": ("metric", "above", "window_s", "delay_s", "min_requests", "scenario"),
    "data_files": ("name", "csv", "delimiter", "order"),
}
"""The fields of a row of each list."""

_DECIDES = {"checks": ("value",), "auto_stop": ("above",), "data_files": ("name", "csv")}
"""A row counts when one of these fields has a text."""

MAIN = {"checks": "value", "auto_stop": "above", "data_files": "csv"}
"""Which field of a row shows an error of the row itself."""

MAX_ROWS = 100


def rows_of(texts: Mapping[str, str], kind: str) -> list[Row]:
    """The rows of a list that hold something, in the order in which they were sent."""
    pattern = re.compile(rf"{kind}\.(\d{{1,6}})\.({'|'.join(COLUMNS[kind])})", re.ASCII)
    found: dict[str, Row] = {}
    for name, text in texts.items():
        if match := pattern.fullmatch(name):
            found.setdefault(match[1], {})[match[2]] = text
    filled = [r for r in found.values() if any(r.get(n, "").strip() for n in _DECIDES[kind])]
    return filled[:MAX_ROWS]


def row_texts(kind: str, rows: Iterable[Row]) -> Row:
    """Rows as fields, numbered from 0 on as errors of the plan number them."""
    return {f"{kind}.{i}.{name}": text for i, row in enumerate(rows) for name, text in row.items()}


def parse_checks(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Checks as a plan has them."""
    return [_parse_check(row) for row in rows]


def check_rows(checks: Iterable[Mapping[str, Any]]) -> list[Row]:
    """As `parse_checks` reads them."""
    rows = []
    for check in checks:
        row: Row = {"name": check.get("name") or ""}
        if "status" in check:
            row |= {"kind": "status", "value": ", ".join(map(str, check["status"]))}
        elif "body_contains" in check:
            row |= {"kind": "body_contains", "value": check["body_contains"]}
        elif "json_pointer" in check:
            row |= {"kind": "json", "pointer": check["json_pointer"]}
            row["value"] = equal_text(check["equals"])
        else:
            row |= {"kind": "time", "value": number_text(check["response_time_below_ms"])}
        rows.append(row)
    return rows


def parse_rules(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Auto-stop rules as a plan has them; a limit of the error rate is written in percent."""
    rules = []
    for row in rows:
        metric = row.get("metric", "").strip() or "error_rate"
        read = parse_percent if metric == "error_rate" else parse_number
        rule: dict[str, Any] = {"metric": metric, "above": read(row.get("above", ""))}
        for name in ("window_s", "delay_s", "min_requests"):
            if text := row.get(name, "").strip():
                rule[name] = parse_number(text)
        if scenario := row.get("scenario", "").strip():
            rule["scenario"] = scenario
        rules.append(rule)
    return rules


def rule_rows(rules: Iterable[Mapping[str, Any]]) -> list[Row]:
    """As `parse_rules` reads them."""
    rows = []
    for rule in rules:
        write = percent_text if rule["metric"] == "error_rate" else number_text
        row: Row = {"metric": rule["metric"], "above": write(rule["above"])}
        row |= {n: str(rule[n]) for n in ("window_s", "delay_s", "min_requests") if n in rule}
        rows.append(row | {"scenario": rule.get("scenario") or ""})
    return rows


def parse_data_files(rows: Iterable[Row], errors: list[FieldError]) -> dict[str, Any]:
    """Data files by name."""
    files: dict[str, Any] = {}
    for index, row in enumerate(rows):
        name = row.get("name", "").strip()
        if not name or name in files:
            message = "Two files have this name" if name else "Give the file a name"
            errors.append({"field": f"data_files.{index}.name", "message": message})
            continue
        file: dict[str, Any] = {"csv": row.get("csv", "")}
        if delimiter := row.get("delimiter", ""):
            file["delimiter"] = "\t" if delimiter == "tab" else delimiter
        if order := row.get("order", ""):
            file["order"] = order
        files[name] = file
    return files


def data_file_rows(files: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """As `parse_data_files` reads them."""
    rows = []
    for name, file in files.items():
        delimiter = file.get("delimiter", "")
        row: Row = {"name": name, "csv": file["csv"], "order": file.get("order", "")}
        rows.append(row | {"delimiter": "tab" if delimiter == "\t" else delimiter})
    return rows


def _parse_check(row: Row) -> dict[str, Any]:
    value, name = row.get("value", ""), row.get("name", "").strip()
    check: dict[str, Any] = {"name": name} if name else {}
    match row.get("kind", "").strip() or "status":
        case "status":
            parts = [part for part in value.replace(";", ",").split(",") if part.strip()]
            return check | {"status": [parse_number(part) for part in parts]}
        case "body_contains":
            return check | {"body_contains": value}
        case "time":
            return check | {"response_time_below_ms": parse_number(value)}
    return check | {"json_pointer": row.get("pointer", "").strip(), "equals": parse_equal(value)}
