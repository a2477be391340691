"""No request makes the server fail, whatever stands in its path, its query or its body."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import select

from benchwright.app import build_app
from benchwright.installation import Installation, open_installation
from benchwright.loadtests.models import LoadTest
from benchwright.runs.models import Run
from benchwright.settings import Settings
from benchwright.specs.models import Endpoint
from tests.fixtures.odd_runs import make_odd_runs
from tests.fixtures.site import SMALL_SPEC
from tests.web.harness import HOSTILE


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


SORTED = (
    ("-name", cursor("-name", "\ud800", 5)),
    ("name", cursor("name", "a\0b", 5)),
    ("-started", cursor("-started", "9999-12-31T23:59:59-23:59", 5)),
    ("started", cursor("started", "0001-01-01T00:00:00", 5)),
    ("p95", cursor("p95", 10**400, 5)),
    ("-requests", cursor("-requests", 1e308, 2**31)),
    ("duration", "WyJkdXJhdGlvbiIsTmFOLDVd"),  # NaN
    ("errors", "gICA"),
)
"""An order and a cursor that this order could nearly have given out."""

VALUES = [
    quote(value, safe="")
    for value in (
        "", "-1", str(2**31), str(10**30), "nan", "\0", HOSTILE, "x" * 9000, "a=b:c=\0",
        "0001-01-01T00:00:00+23:59", cursor("name", "\ud800", 5),
        "00000000-0000-0000-0000-000000000000",
    )
] + ["%ed%a0%80"]  # fmt: skip
NAMES = ["-1", str(2**63), "%00", quote(HOSTILE, safe=""), "..%2f..%2fetc", "%0d%0aX-Header:1"]

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
BODIES = [
    (URL_ENCODED, b"\xff\xfe=%zz&=&&name=%00"),
    (URL_ENCODED, b"a=1&" * 3000),
    (MULTIPART, b"--x\r\nfoo"),
    (
        MULTIPART,
        b'--x\r\nContent-Disposition: form-data; name="name"; filename="\xff"\r\n\r\n\xff\r\n--x--',
    ),
    ("application/json", b"[" * 50_000),
    ("application/json", b'{"plan": NaN, "name": "\\ud800", "title": "\\u0000", "ids": [1e999]}'),
    ("application/json", b"null"),
]


class Address(NamedTuple):
    """A route that is read, with the names of what it takes from the query."""

    path: str
    parameters: tuple[str, ...]

    def filled(self, names: Mapping[str, str]) -> str:
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: names[found[1]], self.path)


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    given = {"data_dir": tmp_path / "data", "database_url": database_url}
    installation = open_installation(Settings.model_validate(given))
    yield installation
    installation.lab.database.dispose()


@pytest.fixture
def app(installation: Installation) -> FastAPI:
    return build_app(installation)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(
        app, base_url="http://127.0.0.1:8000", follow_redirects=False,
        headers={"Accept": "text/html"}, raise_server_exceptions=False,
    )  # fmt: skip


@pytest.fixture
def names(installation: Installation, client: TestClient) -> dict[str, str]:
    """What stands in the places of paths: things that exist."""
    made = make_odd_runs(installation, ("script_name", "rtl_name", "all_failed"))
    files = {"file": ("openapi.yaml", SMALL_SPEC.encode())}
    spec = client.post("/p/default/specs", files=files).headers["location"].partition("?")[0]
    plan = "name: Noon\nbase_url: http://127.0.0.1:9\nscenarios:\n"
    plan += "- {name: a, path: /a, executor: constant-vus, duration: 5s, vus: 1}\n"
    form = {"plan": plan, "then": "save"}
    test = client.post("/p/default/load-tests/new", data=form).headers["location"]
    form = {"plan": plan, "then": "draft"}
    draft = client.post("/p/default/load-tests/new", data=form).headers["location"]
    form = {"load_test": test.rpartition("/")[2], "kind": "cron", "cron": "0 3 * * *"}
    form |= {"name": "Nightly", "zone": "UTC", "when_missed": "skip", "when_busy": "skip"}
    schedule = client.post("/p/default/schedules/new", data=form).headers["location"]
    config = {"name": "a.yaml", "text": "a: 1"}
    assert client.post("/p/default/configs/new", data=config).status_code == 303
    files = {"files": ("results/summary.json", b"{}")}
    data = {"name": "shop"}
    assert client.post("/p/default/datasets/upload", data=data, files=files).status_code == 303
    job = {"name": "e", "command": ["true"], "matrix": {"a": [1]}}
    kept = client.post("/api/v1/projects/default/jobs", json={"plan": job}).json()["public_id"]
    group = client.post("/api/v1/projects/default/job-runs", json={"plan": job}).json()["group_id"]
    with installation.lab.database.read() as session:
        run = session.scalars(select(Run).where(Run.public_id == made["script_name"])).one()
        endpoint = session.scalars(select(Endpoint).limit(1)).one()
        assert session.scalars(select(LoadTest)).one()
        return {
            "slug": "default", "run_id": str(run.public_id), "test_id": test.rpartition("/")[2],
            "spec_id": spec.rpartition("/")[2], "endpoint_id": str(endpoint.public_id),
            "number": "1", "metric": "http_req_duration", "path": "results/summary.json",
            "test_history_id": str(run.id), "project_id": str(run.project_id),
            "job_name": f"job{run.id}", "name": "TOKEN",
            "draft_id": draft.rpartition("/")[2], "webhook_id": str(run.public_id),
            "schedule_id": schedule.partition("?")[0].rpartition("/")[2],
            "job_id": str(run.public_id), "file_name": "custom.yaml", "site": "living_lab",
            "config_name": "a.yaml", "dataset_name": "shop",
            "table": "results", "ending": "csv", "host_name": "local", "container_id": "a" * 64, "source": "living_lab", "collection": "site",
            "kept_id": kept, "group_id": group,
        }  # fmt: skip


def of_public_id(path: str, names: Mapping[str, str]) -> dict[str, str]:
    """`public_id` is whatever the path says that it is; some ids are numbers in some paths."""
    kind = next((k for k in ("load-tests", "specs", "endpoints") if f"/{k}/" in path), "")
    own = {"load-tests": "test_id", "specs": "spec_id", "endpoints": "endpoint_id"}.get(kind)
    found = {**names, "public_id": names[own] if own else "1"}
    return found if path.startswith(("/p/", "/api/")) else {**found, "endpoint_id": "1"}


def parameters_of(dependant: Any) -> Iterator[str]:
    """The names that a route reads from the query, those of its dependencies too."""
    for parameter in dependant.query_params:
        annotation = parameter.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from annotation.model_fields
        else:
            yield parameter.alias
    for dependency in dependant.dependencies:
        yield from parameters_of(dependency)


def addresses(app: FastAPI, *methods: str) -> Iterator[tuple[str, Address]]:
    """What is served with one of the methods; what is served twice, once."""
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if route.path is None or dependant is None or route.path.startswith("/compat/"):
            continue
        for method in sorted({*methods} & (route.methods or set())):
            yield method, Address(route.path, tuple(dict.fromkeys(parameters_of(dependant))))


def check(client: TestClient, address: str, method: str = "GET", **more: Any) -> None:
    answer = client.request(method, address, **more)
    assert answer.status_code < 500, (address[:300], answer.text[:500])
    assert "X-Header" not in answer.headers
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy, address[:300]


def test_hostile_queries(app: FastAPI, client: TestClient, names: dict[str, str]) -> None:
    read = [address for _, address in addresses(app, "GET")]
    assert len(read) > 60
    for address in read:
        path = address.filled(of_public_id(address.path, names))
        check(client, path)
        for name, value in itertools.product(address.parameters, VALUES):
            check(client, f"{path}?{name}={value}")
        if {"sort", "cursor"} <= set(address.parameters):
            for sort, given in SORTED:
                check(client, f"{path}?sort={sort}&cursor={given}")


def test_hostile_paths(app: FastAPI, client: TestClient, names: dict[str, str]) -> None:
    for _, address in addresses(app, "GET"):
        known = of_public_id(address.path, names)
        for place in re.findall(r"\{(\w+)", address.path):
            for value in NAMES:
                check(client, address.filled({**known, place: value}))


def test_hostile_bodies(app: FastAPI, client: TestClient, names: dict[str, str]) -> None:
    written = list(addresses(app, "POST", "PUT", "PATCH"))
    assert len(written) > 40
    for (method, address), (media_type, body) in itertools.product(written, BODIES):
        path = address.filled(of_public_id(address.path, names))
        # What deletes takes no body, and others need what it would delete.
        if not path.endswith("/delete") or "/runs/delete" in path:
            check(client, path, method, content=body, headers={"Content-Type": media_type})
