"""A run whose figures go to real databases, from the push of its load generator on."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from benchwright.app import build_app
from benchwright.doctor.findings import Status
from benchwright.doctor.forwarding import check_forwarding
from benchwright.forwarding.delivery import Forwarder
from benchwright.installation import open_installation
from benchwright.lab import Lab
from benchwright.projects import service as projects
from benchwright.runs.folder import RunFolder
from benchwright.runs.models import Run, RunEvent
from benchwright.runs.state import RunKind, RunState
from benchwright.settings import Settings
from tests.metrics.pushes import Sender
from tests.services.victoriametrics import MetricsDatabase, start_victoriametrics

RUN = uuid.UUID(int=7)
TOTAL = f'benchwright_run_requests_total{{run_id="{RUN}"}}'


def scrape(client: TestClient) -> str:
    return client.get("/metrics").text


class Feed:
    """A run that sends ten requests each second, and the server that takes them in."""

    def __init__(self, data_dir: Path, url: str) -> None:
        given = {"url": url, "labels": {"site": "lab"}}
        self.settings = Settings.model_validate({"data_dir": data_dir, "forward": given})
        self.sender = Sender()
        self.start_s = int(time.time()) - 120
        self.second = 0
        self.lab = self.open()
        with self.lab.database.write() as session:
            project = projects.get_project(session, "default")
            session.add(
                Run(
                    public_id=RUN,
                    project_id=project.id,
                    kind=RunKind.LOAD_TEST,
                    name="checkout",
                    spec={"scenarios": [{"key": "s1", "name": "Items"}]},
                    timeout_s=60,
                    state=RunState.RUNNING,
                )
            )
        self.folder = RunFolder.of(data_dir, RUN)
        self.folder.make({})
        self.begin()

    def open(self) -> Lab:
        self.lab = open_installation(self.settings).lab
        return self.lab

    def begin(self) -> None:
        self.lab.live.open(RUN, self.folder.root, {"s1": "Items"})

    @property
    def forwarder(self) -> Forwarder:
        assert self.lab.forwarder is not None
        return self.lab.forwarder

    @property
    def until_s(self) -> float:
        return self.start_s + 600

    def push(self, seconds: int) -> None:
        for _ in range(seconds):
            for _ in range(10):
                self.sender.request(0.1)
            at_ms = (self.start_s + self.second) * 1000 + 500
            self.lab.live.ingest(RUN, self.sender.body(), at_ms)
            self.second += 1

    def close(self) -> None:
        self.lab.live.shut_down()
        self.lab.database.dispose()


@pytest.fixture
def feed(victoriametrics: MetricsDatabase, data_dir: Path) -> Iterator[Feed]:
    made = Feed(data_dir, victoriametrics.write_url)
    yield made
    made.close()


@pytest.mark.needs("victoria-metrics")
async def test_a_gap_is_filled_after_an_outage_and_after_a_restart(
    feed: Feed, victoriametrics: MetricsDatabase
) -> None:
    feed.push(10)
    assert await feed.forwarder.send_waiting() is None
    # A second is sent once no push of another sender can change it any more.
    before = victoriametrics.wait_for(TOTAL, feed.until_s, 7)
    assert sorted(before.values()) == [10.0 * n for n in range(1, 8)]

    port = victoriametrics.port
    # Politely: it answers a push before what it took is on its disk.
    victoriametrics.stop()
    feed.push(10)
    assert await feed.forwarder.send_waiting() is not None
    assert "refused" in feed.forwarder.fault
    [finding] = check_forwarding(feed.settings)
    assert finding.status is Status.WARNING

    # The server ends too, at once; what waits is in the run's journal.
    feed.close()
    again = start_victoriametrics(victoriametrics.folder, port)
    try:
        feed.open()
        feed.begin()
        feed.push(5)
        feed.lab.live.close(RUN)
        assert await feed.forwarder.send_waiting() is None
        samples = again.wait_for(TOTAL, feed.until_s, 25)
        assert [samples[feed.start_s + n] for n in range(25)] == [10.0 * n for n in range(1, 26)]
        [finding] = check_forwarding(feed.settings)
        assert finding.status is Status.OK
    finally:
        again.stop()
    with feed.lab.database.read() as session:
        assert session.scalars(select(RunEvent)).all() == []


@pytest.mark.needs("prometheus")
def test_prometheus_takes_a_run_from_a_server_that_is_up(
    prometheus: MetricsDatabase, data_dir: Path
) -> None:
    feed = Feed(data_dir, prometheus.write_url)
    feed.settings.forward.interval_s = 0.1
    installation = open_installation(feed.settings)
    feed.close()
    feed.lab = installation.lab
    with TestClient(build_app(installation), base_url="http://127.0.0.1:8000") as client:
        feed.begin()
        feed.push(10)
        feed.lab.live.close(RUN)
        at_s = feed.start_s
        prometheus.wait_for(TOTAL, feed.until_s, 10)
        # The round that sent it may still be under way.
        deadline = time.monotonic() + 60
        while 'last_success_timestamp_seconds{loop="forwarding"}' not in (text := scrape(client)):
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        assert "benchwright_forward_up 1.0" in text
        assert 'benchwright_forward_lost_samples_total{reason="refused"} 0.0' in text
    quantiles = prometheus.samples("benchwright_scenario_response_time_seconds", feed.until_s)
    assert {labels["quantile"] for labels, _ in quantiles} == {"0.5", "0.95", "0.99"}
    for labels, values in quantiles:
        assert labels["scenario"] == "Items" and labels["site"] == "lab"
        assert labels["run"] == "checkout" and labels["project"] == "default"
        assert values[at_s] == pytest.approx(0.1, rel=0.1)
