"""Reads the SQLite file of a Metric Vault installation; it may come from anywhere."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from benchwright.kit.errors import Invalid
from benchwright.loadtests.plan import MAX_SCENARIOS

MAX_ROWS = 1_000_000
MAX_TEXT = 200_000
MAX_VALUE_BYTES = 4 * 1024 * 1024
SEOUL = dt.timezone(dt.timedelta(hours=9))
MAGIC = b"SQLite format 3\x00"


def _clean(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bytes):  # a blob in a column of texts
        with suppress(UnicodeDecodeError):
            value = value.decode()
    return value.replace("\x00", "") if isinstance(value, str) else value


def _in_zone(zone: dt.tzinfo) -> Any:
    def read(value: Any) -> Any:
        if isinstance(value, str):
            try:
                value = dt.datetime.fromisoformat(value)
            except ValueError:
                return value
        if isinstance(value, dt.datetime):
            value = value.replace(tzinfo=zone) if value.tzinfo is None else value
            # What lies at the ends of the calendar cannot be told in another zone.
            return value.astimezone(dt.UTC) if 1970 <= value.year <= 9000 else None
        return value

    return read


Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
Text = Annotated[str, BeforeValidator(_clean), Field(max_length=MAX_TEXT)]
Number = Annotated[float | None, Field(allow_inf_nan=False)]
Count = Annotated[int | None, Field(ge=0, le=2**53)]
SeoulTime = Annotated[dt.datetime, BeforeValidator(_in_zone(SEOUL))]
UtcTime = Annotated[dt.datetime | None, BeforeValidator(_in_zone(dt.UTC))]


class ProjectRow(BaseModel):
    id: Key
    title: Text = ""
    summary: Text = ""
    description: Text = ""


class SpecRow(BaseModel):
    id: Key
    title: Text = ""
    version: Text = ""
    base_url: Text = ""
    project_id: int | None = None


class TagRow(BaseModel):
    id: Key
    name: Text = ""
    description: Text = ""
    openapi_spec_id: int | None = None


class EndpointRow(BaseModel):
    id: Key
    path: Text
    method: Text
    summary: Text = ""
    description: Text = ""


class TagEndpointRow(BaseModel):
    endpoint_id: int
    tag_id: int


class FigureColumns(BaseModel):
    """What both histories hold."""

    total_requests: Count = None
    failed_requests: Count = None
    test_duration: Number = None
    max_tps: Number = None
    min_tps: Number = None
    avg_tps: Number = None
    max_response_time: Number = None
    min_response_time: Number = None
    avg_response_time: Number = None
    p50_response_time: Number = None
    p95_response_time: Number = None
    p99_response_time: Number = None
    max_error_rate: Number = None
    min_error_rate: Number = None
    avg_error_rate: Number = None
    max_vus: Number = None
    min_vus: Number = None
    avg_vus: Number = None


class HistoryRow(FigureColumns):
    id: Key
    title: Text = ""
    description: Text = ""
    target_tps: Number = None
    tested_at: SeoulTime
    job_name: Text = ""
    k6_script_file_name: Text = ""
    is_completed: bool = False
    completed_at: UtcTime = None
    project_id: int | None = None


class ScenarioRow(FigureColumns):
    id: Key
    name: Text = ""
    scenario_tag: Text = ""
    endpoint_id: int | None = None
    think_time: Number = None
    executor: Text = ""
    response_time_target: Number = None
    error_rate_target: Number = None
    test_history_id: int | None = None


class StageRow(BaseModel):
    id: Key
    duration: Text = ""
    target: int = Field(0, ge=-(2**53), le=2**53)
    scenario_id: int | None = None


@dataclass(frozen=True)
class Source:
    """All rows of an installation."""

    projects: list[ProjectRow]
    specs: list[SpecRow]
    tags: list[TagRow]
    endpoints: list[EndpointRow]
    tag_endpoints: list[TagEndpointRow]
    histories: list[HistoryRow]
    scenarios: list[ScenarioRow]
    stages: list[StageRow]


Row = TypeVar("Row", bound=BaseModel)


def read_source(path: Path) -> Source:
    """Reads the file as it is at one moment; raises `Invalid` that says what is wrong with it."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    if head != MAGIC:
        raise Invalid(f"{path} is no SQLite database.")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            return _read_all(connection, path)
    except sqlite3.Error as error:
        raise Invalid(f"{path} cannot be read as a database: {error}.") from None


def _read_all(connection: sqlite3.Connection, path: Path) -> Source:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.row_factory = sqlite3.Row
    connection.isolation_level = None
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("BEGIN")
    source = Source(
        projects=list(_rows(connection, "project", ProjectRow)),
        specs=list(_rows(connection, "openapi_spec", SpecRow)),
        tags=list(_rows(connection, "tag", TagRow)),
        endpoints=list(_rows(connection, "endpoint", EndpointRow)),
        tag_endpoints=list(_rows(connection, "tag_endpoint", TagEndpointRow)),
        histories=list(_rows(connection, "test_history", HistoryRow)),
        scenarios=list(_rows(connection, "scenario_history", ScenarioRow)),
        stages=list(_rows(connection, "stage_history", StageRow)),
    )
    per_history: dict[int | None, int] = {}
    for scenario in source.scenarios:
        per_history[scenario.test_history_id] = per_history.get(scenario.test_history_id, 0) + 1
    if max(per_history.values(), default=0) > MAX_SCENARIOS:
        raise Invalid(f"{path}: a test has more than {MAX_SCENARIOS} scenarios.")
    return source


def _rows(connection: sqlite3.Connection, table: str, model: type[Row]) -> Iterator[Row]:
    # Only a plain table: what stands behind a view may have no end.
    found = connection.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
    ).fetchone()
    if found is None or not str(found["sql"]).upper().startswith("CREATE TABLE"):
        raise Invalid(f"This is no database of Metric Vault: it has no table `{table}`.")
    # The names of tables stand above; nobody else gives them.
    cursor = connection.execute(f'SELECT * FROM "{table}" LIMIT ?', (MAX_ROWS + 1,))  # noqa: S608 - as said
    for number, row in enumerate(cursor, 1):
        if number > MAX_ROWS:
            raise Invalid(f"The table `{table}` has more than {MAX_ROWS} rows.")
        # NULL stands for what was never measured or written.
        given = {key: row[key] for key in row.keys() if row[key] is not None}  # noqa: SIM118 - a row is no mapping
        try:
            yield model.model_validate(given)
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"]))
            raise Invalid(
                f"Row {number} of the table `{table}`: {place}: {fault['msg']}."
            ) from None
