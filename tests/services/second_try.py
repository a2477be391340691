"""A second try in CI for tests that need whole programs beside them: browsers, databases, hosts.

On a shared machine such a program may stand still for longer than any test waits. What passed only at
the second try is listed at the end as `RERUN`, and is a fault to be mended: of the test or of the product.
"""

from __future__ import annotations

import os

import pytest

PROGRAMS_BESIDE = {
    *("browser", "docker_host", "docker_hosts", "mlflow_server", "mongodb"),
    *("influxdb", "own_influxdb", "victoriametrics", "prometheus"),
}
"""Fixtures that stand for a program that runs beside the test."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("CI") != "true":
        return
    for item in items:
        if PROGRAMS_BESIDE.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.flaky(reruns=1))
