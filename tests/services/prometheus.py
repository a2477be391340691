"""A real Prometheus that takes remote write, on a port of its own."""

from __future__ import annotations

from pathlib import Path

from tests.services.victoriametrics import MetricsDatabase, start


def start_prometheus(folder: Path, port: int = 0) -> MetricsDatabase:
    """Starts a server that keeps everything in `folder` and scrapes nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "prometheus.yml"
    config.write_text("scrape_configs: []\n")
    options = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    options += [f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver"]
    return start("prometheus", folder, options, "/-/ready")
