"""Hosts, jobs, configs and datasets, in the states that their pages have."""

from __future__ import annotations

import base64

from benchwright.kit.db import now
from tests.fixtures.site import Site
from tests.hosts.harness import add_host, add_run

FACTS = {
    "name": "gpu-1", "docker_version": "29.1.2", "processors": 64, "memory_bytes": 270e9,
    "operating_system": "Debian GNU/Linux 13", "kernel": "6.12.0", "networks": ["bridge"],
}  # fmt: skip
AWAY = "Nothing listens at tcp://10.0.0.9:2376. Is Docker running there?"
PLAN = {
    "name": "Learning rates",
    "image": "ghcr.io/example-organisation/trainer-of-agents:2026.11.1-cuda13",
    "command": ["python", "train.py", "--config", "${{ run.config }}"],
    "config": {"stored": "battery.yaml"},
    "matrix": {"lr": [0.1, 0.01], "seed": [1, 2, 3]},
    "host": "gpu-1",
}
CONFIG = "experiment: {name: battery, run_name: first}\nlr: 1e-4\n"
TABLE = "timestamp,load_kw\n2026-03-01T00:00Z,2.5\n2026-03-01T00:15Z,2.25\n"


def fill_workplace(site: Site) -> dict[str, str]:
    """Makes them and tells where they are shown."""
    database = site.harness.database
    add_host(database, "gpu-1", capacity=4, facts=FACTS, labels={"gpu": "a100"})
    add_host(database, "away", unreachable_since=now(), problem=AWAY)
    add_host(database, "drained", is_drained=True, facts=FACTS, is_exclusive=True)
    waiting = {name: add_run(database, f"docker:{name}", home=None) for name in ("away", "drained")}
    table = base64.b64encode(TABLE.encode()).decode()
    _post(site, "/api/v1/configs", {"name": "battery.yaml", "text": CONFIG})
    _post(site, "/api/v1/configs?allow_invalid=true", {"name": "broken.yaml", "text": "a: [1\n"})
    _post(site, "/api/v1/datasets", {"name": "shop", "schema": {}, "files": {"b1.csv": table}})
    kept = _post(site, "/api/v1/projects/default/jobs", {"plan": PLAN})
    pages = {
        "hosts": "hosts",
        "host": "hosts/gpu-1",
        "host-away": "hosts/away",
        "host-edit": "hosts/gpu-1/edit",
        "jobs": "jobs",
        "job": f"jobs/{kept}",
        "job-plan": f"jobs/{kept}?tab=plan",
        "job-edit": f"jobs/{kept}/edit",
        "configs": "configs",
        "config": "configs/battery.yaml/view",
        "config-broken": "configs/broken.yaml/edit",
        "datasets": "datasets",
        "dataset": "datasets/shop/files?file=b1.csv",
        **{f"waits-for-{name}": f"runs/{run}" for name, run in waiting.items()},
    }
    return {name: f"/p/default/{path}" for name, path in pages.items()}


def _post(site: Site, path: str, body: dict[str, object]) -> str:
    answer = site.client.post(path, json=body)
    answer.raise_for_status()
    return str(answer.json().get("public_id", ""))
