"""A daemon that answers what a look at it asks, and nothing else."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWERS: dict[str, Any] = {
    "/_ping": "OK",
    "/version": {"Version": "29.1.0", "ApiVersion": "1.52", "Os": "linux", "Arch": "amd64"},
    "/info": {
        "Name": "fake-1", "ID": "an id", "NCPU": 12, "MemTotal": 64_000_000_000,
        "OperatingSystem": "Debian", "OSType": "linux", "Architecture": "x86_64",
        "KernelVersion": "6.12", "Driver": "overlay2", "CgroupVersion": "2",
        "ContainersRunning": 1, "Runtimes": {"runc": {}}, "Warnings": None,
    },
    "/networks": [{"Name": "bridge"}, {"Name": "opeva_network"}],
    "/containers/json": [],
}  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = re.sub(r"^/v[\d.]+", "", self.path).partition("?")[0]
        answer = ANSWERS.get(path)
        body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(200 if answer is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def fake_daemon() -> Iterator[str]:
    """The address of a daemon that answers while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"tcp://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
