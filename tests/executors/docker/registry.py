"""A registry with one image, whose layer comes only when a test lets it."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.services.docker import busybox_tree

NAME = "lab/busybox"


class Registry:
    """Serves the image `{address}/lab/busybox:1`; half of its layer waits for `let_through`."""

    def __init__(self) -> None:
        tree = busybox_tree()
        self._layer = gzip.compress(tree, 1)
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/bin/sh"], "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(tree)]},
        }
        raw = json.dumps(config).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": _blob("application/vnd.docker.container.image.v1+json", raw),
            "layers": [_blob("application/vnd.docker.image.rootfs.diff.tar.gzip", self._layer)],
        }
        self._manifest = json.dumps(manifest).encode()
        self._blobs = {_digest(raw): raw, _digest(self._layer): self._layer}
        self._open = threading.Event()
        self.pulls = 0
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                with contextlib.suppress(ConnectionError):
                    registry._answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.image = f"127.0.0.1:{self._server.server_port}/{NAME}:1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def let_through(self) -> None:
        self._open.set()

    def close(self) -> None:
        self._open.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        if "/manifests/" in request.path:
            self._send(request, self._manifest, json.loads(self._manifest)["mediaType"])
        elif "/blobs/" in request.path:
            content = self._blobs[request.path.rpartition("/")[2]]
            self._send(request, content, "application/octet-stream")
        else:
            self._send(request, b"{}", "application/json")

    def _send(self, request: BaseHTTPRequestHandler, content: bytes, kind: str) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.send_header("Docker-Content-Digest", _digest(content))
        request.end_headers()
        if request.command == "HEAD":
            return
        if content is self._layer:
            self.pulls += 1
            half = len(content) // 2
            request.wfile.write(content[:half])
            request.wfile.flush()
            self._open.wait(60)
            content = content[half:]
        request.wfile.write(content)


def _blob(kind: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(content), "digest": _digest(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
