"""Looks for clusters in which runs could execute."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchwright.doctor.findings import Finding, missing, ok, warning
from benchwright.kit.yaml import YamlProblem, load_yaml

PATIENCE_S = 2.0
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
MAX_KUBECONFIG_BYTES = 4 * 1024 * 1024


def check_kubernetes(environment: Mapping[str, str] = os.environ) -> Finding:
    """Looks for a cluster and whether its API server can be reached; sends no credentials."""
    if "KUBERNETES_SERVICE_HOST" in environment and SERVICE_ACCOUNT.exists():
        host = environment["KUBERNETES_SERVICE_HOST"]
        return _check_api_server("this pod's cluster", f"https://{host}:443")
    path = _kubeconfig(environment)
    if not path.is_file():
        return missing(
            "Kubernetes",
            f"not in a cluster, and no {path}",
            "Only needed to run benchmarks in a cluster: set KUBECONFIG.",
        )
    advice = f"Correct {path}, or set KUBECONFIG to another file."
    try:
        with path.open("rb") as file:
            context, server = _current_cluster(load_yaml(file.read(MAX_KUBECONFIG_BYTES)))
    except (OSError, YamlProblem) as error:
        return warning("Kubernetes", f"{path} cannot be read: {error}", advice)
    if server is None:
        return warning("Kubernetes", f"{path} names no cluster in use", advice)
    return _check_api_server(f"context {context}", server)


def _kubeconfig(environment: Mapping[str, str]) -> Path:
    given = [part for part in environment.get("KUBECONFIG", "").split(os.pathsep) if part]
    home = Path(environment.get("HOME") or Path.home())
    return Path(given[0]) if given else home / ".kube" / "config"


def _current_cluster(config: Any) -> tuple[str | None, str | None]:
    if not isinstance(config, dict):
        return None, None
    context = config.get("current-context")
    chosen = _named(config.get("contexts"), context, "context")
    cluster = _named(config.get("clusters"), chosen.get("cluster"), "cluster")
    server = cluster.get("server")
    return context, server if isinstance(server, str) else None


def _named(entries: Any, name: Any, key: str) -> dict[str, Any]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("name") == name:
            value = entry.get(key)
            return value if isinstance(value, dict) else {}
    return {}


def _check_api_server(which: str, server: str) -> Finding:
    try:
        parts = urlsplit(server)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), PATIENCE_S):
            return ok("Kubernetes", f"{which} at {server}")
    except (OSError, ValueError):
        return warning(
            "Kubernetes",
            f"{which}: {server} is out of reach",
            "Start the cluster, or connect to its network.",
        )
