"""A database of Metric Vault, by its documented tables and columns."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

_FIGURES = """
    total_requests INTEGER, failed_requests INTEGER, test_duration FLOAT,
    max_tps FLOAT, min_tps FLOAT, avg_tps FLOAT,
    max_response_time FLOAT, min_response_time FLOAT, avg_response_time FLOAT,
    p50_response_time FLOAT, p95_response_time FLOAT, p99_response_time FLOAT,
    max_error_rate FLOAT, min_error_rate FLOAT, avg_error_rate FLOAT
"""
SCHEMA = f"""
CREATE TABLE project (
    id INTEGER PRIMARY KEY, title VARCHAR, summary VARCHAR, description TEXT);
CREATE TABLE openapi_spec (
    id INTEGER PRIMARY KEY, title VARCHAR, version VARCHAR, base_url VARCHAR,
    project_id INTEGER REFERENCES project (id));
CREATE TABLE tag (
    id INTEGER PRIMARY KEY, name VARCHAR, description VARCHAR,
    openapi_spec_id INTEGER REFERENCES openapi_spec (id));
CREATE TABLE endpoint (
    id INTEGER PRIMARY KEY, path VARCHAR, method VARCHAR, summary TEXT, description TEXT);
CREATE TABLE tag_endpoint (
    endpoint_id INTEGER REFERENCES endpoint (id), tag_id INTEGER REFERENCES tag (id));
CREATE TABLE test_history (
    id INTEGER PRIMARY KEY, title VARCHAR, description TEXT, target_tps FLOAT,
    tested_at DATETIME, job_name VARCHAR, k6_script_file_name VARCHAR, is_completed BOOLEAN,
    completed_at DATETIME, project_id INTEGER REFERENCES project (id),
    max_vus FLOAT, min_vus FLOAT, avg_vus FLOAT, {_FIGURES});
CREATE TABLE scenario_history (
    id INTEGER PRIMARY KEY, name VARCHAR, scenario_tag VARCHAR,
    endpoint_id INTEGER REFERENCES endpoint (id), think_time FLOAT, executor VARCHAR,
    response_time_target FLOAT, error_rate_target FLOAT,
    test_history_id INTEGER REFERENCES test_history (id), {_FIGURES});
CREATE TABLE stage_history (
    id INTEGER PRIMARY KEY, duration VARCHAR, target INTEGER,
    scenario_id INTEGER REFERENCES scenario_history (id));
"""
JOB = "job20250807150642466f45"
MEASURED = {
    "total_requests": 6000, "failed_requests": 30, "test_duration": 60.0,
    "max_tps": 120.0, "min_tps": 80.0, "avg_tps": 100.0,
    "max_response_time": 900.5, "min_response_time": 1.5, "avg_response_time": 45.25,
    "p50_response_time": 40.0, "p95_response_time": 95.0, "p99_response_time": 200.0,
    "max_error_rate": 0.02, "min_error_rate": 0.0, "avg_error_rate": 0.005,
}  # fmt: skip
ROWS: dict[str, list[dict[str, Any]]] = {
    "project": [
        {"id": 1, "title": "결제", "summary": "요약", "description": "설명"},
        {"id": 2, "title": "Empty", "summary": None, "description": None},
    ],
    "openapi_spec": [
        {"id": 3, "title": "Pay", "version": "1.0", "base_url": "http://127.0.0.1:9",
         "project_id": 1},
        {"id": 4, "title": "Orphan", "version": "1", "base_url": "http://127.0.0.1:9",
         "project_id": 77},
    ],
    "tag": [
        {"id": 1, "name": "pay", "description": "Pays", "openapi_spec_id": 3},
        {"id": 2, "name": "admin", "description": None, "openapi_spec_id": 3},
        {"id": 3, "name": "lost", "description": "", "openapi_spec_id": 4},
    ],
    "endpoint": [
        {"id": 11, "path": "/pay/{id}", "method": "GET", "summary": "One", "description": "d"},
        {"id": 12, "path": "/pay", "method": "post", "summary": "Pay", "description": ""},
        {"id": 13, "path": "/pay", "method": "POST", "summary": "Pay", "description": ""},
        {"id": 14, "path": "/lost", "method": "GET", "summary": None, "description": None},
        {"id": 15, "path": "/without-a-tag", "method": "GET", "summary": "", "description": ""},
    ],
    "tag_endpoint": [
        {"endpoint_id": 11, "tag_id": 1}, {"endpoint_id": 12, "tag_id": 1},
        {"endpoint_id": 13, "tag_id": 2}, {"endpoint_id": 14, "tag_id": 3},
        {"endpoint_id": 99, "tag_id": 1},
    ],
    "test_history": [
        {"id": 5, "title": "Noon", "description": "기록", "target_tps": 90.0,
         "tested_at": "2025-08-08 00:06:42.500000", "job_name": JOB,
         "k6_script_file_name": "load_test_20250807_150642_0aced0.js", "is_completed": 1,
         "completed_at": "2025-08-07 15:08:00.000000", "project_id": 1,
         "max_vus": 10.0, "min_vus": 1.0, "avg_vus": 8.5, **MEASURED},
        {"id": 6, "title": "Going on", "tested_at": "2025-08-08 00:10:00", "job_name": "job-6",
         "is_completed": 0, "project_id": 1},
        {"id": 7, "title": "Failed early", "tested_at": "2025-08-08 09:00:00",
         "job_name": "odd name", "is_completed": 1, "completed_at": None, "project_id": 77},
    ],
    "scenario_history": [
        {"id": 21, "name": "login", "scenario_tag": f"{JOB}11", "endpoint_id": 11,
         "think_time": 0.5, "executor": "ramping-vus", "response_time_target": 300.0,
         "error_rate_target": 1.0, "test_history_id": 5, **MEASURED, "total_requests": 4000},
        {"id": 22, "name": "pay", "scenario_tag": f"{JOB}12", "endpoint_id": 12,
         "think_time": 1.0, "executor": "constant-vus", "test_history_id": 5},
        {"id": 23, "name": "gone", "scenario_tag": "t", "endpoint_id": 500, "think_time": 1.0,
         "executor": "constant-vus", "test_history_id": 7},
    ],
    "stage_history": [
        {"id": 31, "duration": "30s", "target": 10, "scenario_id": 21},
        {"id": 32, "duration": "30s", "target": 0, "scenario_id": 21},
        {"id": 33, "duration": "1m", "target": 5, "scenario_id": 22},
    ],
}  # fmt: skip


def write_vault(path: Path, schema: str = SCHEMA, **changes: list[dict[str, Any]]) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(schema)
    for table, rows in {**ROWS, **changes}.items():
        for row in rows:
            marks = ", ".join("?" * len(row))
            connection.execute(
                f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
            )
    connection.commit()
    connection.close()
    return path
