from __future__ import annotations

import logging
import uuid

import pytest

from benchwright.influxdb.registry import RelayRegistry
from benchwright.kit.errors import Gone, NotFound
from benchwright.settings import InfluxSettings
from tests.services.influxdb import InfluxServer

RUN = uuid.UUID(int=1)


async def test_the_first_look_is_logged(
    influxdb: InfluxServer, unused_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "benchwright.influxdb")
    await RelayRegistry(InfluxSettings(url=None)).check()
    assert caplog.messages == []
    for url in (influxdb.url, f"http://127.0.0.1:{unused_port}"):
        registry = RelayRegistry(InfluxSettings(url=url, database="looked-at"))
        await registry.check()
        await registry.shut_down()
    good, bad = caplog.messages
    assert good.endswith("database looked-at takes samples")
    assert "cannot take samples: the connection was refused" in bad
    assert "looked-at" in [row["name"] for row in influxdb.rows("SHOW DATABASES")]


async def test_only_a_run_that_is_under_way_takes_samples(influxdb: InfluxServer) -> None:
    registry = RelayRegistry(InfluxSettings(url=influxdb.url, database="under-way"))
    with pytest.raises(NotFound):
        await registry.take(RUN, b"m value=1 1")
    assert registry.take_notes(RUN) == []
    registry.open(RUN, "job1")
    registry.open(RUN, "job2")
    await registry.take(RUN, b"m value=1 1\nm value=2 2\n")
    notes, warnings = await registry.close(RUN)
    assert warnings == []
    assert "job_name=job1" in notes[0]
    with pytest.raises(Gone):
        await registry.take(RUN, b"m value=1 1")
    assert await registry.close(RUN) == ([], [])
    await registry.shut_down()
    rows = influxdb.rows("SELECT count(value) FROM m WHERE job_name = 'job1'", "under-way")
    assert rows[0]["count"] == 2


async def test_what_is_lost_at_the_end_of_the_server_is_told(unused_port: int) -> None:
    registry = RelayRegistry(InfluxSettings(url=f"http://127.0.0.1:{unused_port}"))
    registry.open(RUN, "job1")
    await registry.take(RUN, b"m value=1 1")
    notes = (await registry.shut_down())[RUN]
    assert "cannot take samples since" in notes[0]
    assert "did not take everything: 1 samples from" in notes[-1]
