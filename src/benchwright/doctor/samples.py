"""Looks whether the InfluxDB that k6's samples are to go to takes them."""

from __future__ import annotations

import asyncio

from benchwright.doctor.findings import Finding, missing, ok, warning
from benchwright.influxdb.client import InfluxClient, InfluxProblem, Refusal
from benchwright.settings import Settings


def check_influxdb(settings: Settings) -> list[Finding]:
    """Whether it answers and lets us write, where it is to be used; changes nothing there."""
    if settings.influxdb.url is None:
        return []
    return [asyncio.run(_look(InfluxClient(settings.influxdb)))]


async def _look(client: InfluxClient) -> Finding:
    where = f"{client.url}, database {client.database}"
    try:
        found = f"{await client.version()} at {where}"
        await client.check_write()
    except Refusal as refusal:
        if refusal.status == 404:
            return warning(
                "InfluxDB", f"{where}: there is no such database", "The first run makes it."
            )
        return missing(
            "InfluxDB",
            f"{where} does not let us write: {refusal}",
            "Correct BENCHWRIGHT_INFLUXDB__USERNAME and __PASSWORD (INFLUXDB_USERNAME,"
            " INFLUXDB_PASSWORD), and the rights of that user. Load tests run all the same.",
        )
    except InfluxProblem as problem:
        return missing(
            "InfluxDB",
            f"{where} cannot take samples: {problem}",
            "Start it, or correct BENCHWRIGHT_INFLUXDB__URL (INFLUXDB_HOST, INFLUXDB_PORT). Load"
            " tests run all the same.",
        )
    finally:
        await client.aclose()
    return ok("InfluxDB", found)
