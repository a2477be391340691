"""How fast line protocol is taken in, with InfluxDB 1.6 on the same bodies beside it."""

from __future__ import annotations

import argparse
import http.client
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import servers
from tests.services.influxdb import influxdb_server

POINTS_PER_BODY = 5_000
BODIES = 60
ROUNDS = 3
CLIENTS = 2
SERIES = 500
AT_LEAST = 100_000
S = 10**9
STATUSES = (200, 200, 200, 200, 404, 500)


def telegraf_line(number: int, time_ns: int) -> str:
    """Eight tags and two fields; each series has a point every tenth of a second."""
    series = number % SERIES
    return (
        f"cpu,arch=x64,cpu=cpu{series % 8},dc=a,host=host{series // 8},os=linux,"
        f"rack=r{series % 5},region=eu,team=shop "
        f"usage_user={number * 0.37 % 100:.6f},usage_idle={number * 0.61 % 100:.6f} {time_ns}"
    )


def k6_line(number: int, time_ns: int) -> str:
    """A sample of a request as k6 sends it: eight tags, and the address as a text."""
    status = STATUSES[number % len(STATUSES)]
    name = f"http://shop.example/items/{number % 7}"
    return (
        f"http_req_duration,expected_response={'true' if status == 200 else 'false'},method=GET,"
        f"name={name},proto=HTTP/1.1,scenario=s{number % 3},status={status},"
        f'tls_version=tls1.3 url="{name}?q={number}",value={number * 0.37 % 900:.6f} {time_ns}'
    )


def make_bodies(line: Callable[[int, int], str], count: int, start_s: int) -> list[bytes]:
    """One second of points in each body."""
    return [
        "\n".join(
            line(number, (start_s + second) * S + number * S // POINTS_PER_BODY)
            for number in range(POINTS_PER_BODY)
        ).encode()
        for second in range(count)
    ]


def send(url: str, database: str, bodies: list[bytes]) -> float:
    """Points a second of a few clients at once; each waits for its answer."""
    address = urlsplit(url)
    waiting = list(reversed(bodies))
    faults: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        while waiting and not faults:
            try:
                body = waiting.pop()
            except IndexError:
                break
            connection.request("POST", f"/write?db={database}", body)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 204:
                faults.append(f"{url} answered {answer.status}: {text[:300]!r}")
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(faults[0])
    return len(bodies) * POINTS_PER_BODY / (time.monotonic() - began)


def measure(*, bodies: int = BODIES, rounds: int = ROUNDS) -> bool:
    """Prints the rates of both; whether ours keeps its promise with either kind of line."""
    kept = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with influxdb_server(folder / "influxdb") as influx, servers.benchwright(folder) as server:
            for kind, line in (("telegraf", telegraf_line), ("k6", k6_line)):
                influx.create_database(kind)
                rates: dict[str, list[float]] = {"InfluxDB": [], "Benchwright": []}
                start_s = int(time.time()) - rounds * bodies
                for number in range(rounds):
                    batch = make_bodies(line, bodies, start_s + number * bodies)
                    rates["InfluxDB"].append(send(influx.url, kind, batch))
                    before = server.cpu_s
                    rates["Benchwright"].append(send(server.url, kind, batch))
                    cpu_us = (server.cpu_s - before) * 1e6 / (bodies * POINTS_PER_BODY)
                peer, ours = (statistics.median(values) for values in rates.values())
                label = f"points as {kind} sends them"
                kept.append(servers.verdict(label, ours, AT_LEAST, "points/s", at_most=False))
                print(
                    f"  InfluxDB: {peer:,.0f} points/s; ratio {ours / peer:.2f}; "
                    f"processor time of ours: {cpu_us:.1f} µs a point"
                )
                check_sums(server, kind, bodies * rounds)
    return all(kept)


def check_sums(server: servers.Server, name: str, bodies: int) -> None:
    """What was answered must be there: the seconds, and of k6's samples each one."""
    with server.client() as client:
        runs = client.get("/api/v1/runs").raise_for_status().json()["items"]
        run_id = next(run["public_id"] for run in runs if run["name"] == name)
        client.post(f"/api/v1/runs/{run_id}/finish").raise_for_status()
        servers.wait_until_ended(client, run_id)
        metric = "http_req_duration" if name == "k6" else "cpu.usage_user"
        query = {"points": "5000", **({"by": "none"} if name == "k6" else {"label": "host=host1"})}
        found = client.get(f"/api/v1/runs/{run_id}/series/{metric}", params=query)
        columns = found.raise_for_status().json()["series"][0]["columns"]
    if name == "k6":
        got, want = round(sum(columns["count_per_s"])), bodies * POINTS_PER_BODY
    else:
        got, want = sum(value is not None for value in columns["value"]), bodies
    if got != want:
        raise SystemExit(f"{name}: {got} of {want} are in the stored series")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=BODIES, help="of 5,000 points, in a round")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    sys.exit(0 if measure(bodies=options.bodies, rounds=options.rounds) else 1)
