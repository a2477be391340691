"""All metrics of the server in the format that is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder

from benchwright.lab import Lab
from benchwright.monitoring.collector import LabCollector


def expose(lab: Lab, watchers: Mapping[str, int], accept: str) -> tuple[bytes, str]:
    """The metrics as text, and its media type; OpenMetrics only for those who ask for it."""
    registry = CollectorRegistry()
    registry.register(LabCollector(lab, watchers))
    ProcessCollector(registry=registry)
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type
