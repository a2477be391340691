"""Looks for places other than this machine's processes where runs could execute."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from benchwright.doctor.findings import Finding, missing, ok, warning
from benchwright.kit.yaml import YamlProblem, load_yaml

PATIENCE_S = 2.0
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
MAX_KUBECONFIG_BYTES = 4 * 1024 * 1024


def check_docker(environment: Mapping[str, str] = os.environ) -> Finding:
    """Asks the Docker daemon for its version."""
    host = environment.get("DOCKER_HOST")
    if host:
        return _check_docker_host(host, environment)
    for path in _sockets(environment):
        if not path.exists():
            continue
        if not os.access(path, os.R_OK | os.W_OK):
            return warning(
                "Docker",
                f"{path} is there, but this user may not use it",
                "Add the user to the group `docker` and sign in again.",
            )
        version = _ask_socket(str(path))
        if version is not None:
            return ok("Docker", f"{version} at {path}")
        return warning(
            "Docker", f"{path} is there, but nothing answers", "Start the Docker daemon."
        )
    return missing(
        "Docker",
        "no socket and no DOCKER_HOST",
        "Only needed to run benchmarks in containers: install Docker, or set DOCKER_HOST.",
    )


def _sockets(environment: Mapping[str, str]) -> Iterable[Path]:
    home = Path(environment.get("HOME") or Path.home())
    yield Path("/var/run/docker.sock")
    yield home / ".docker/run/docker.sock"
    yield home / ".colima/default/docker.sock"
    if "XDG_RUNTIME_DIR" in environment:
        yield Path(environment["XDG_RUNTIME_DIR"]) / "docker.sock"


def _check_docker_host(host: str, environment: Mapping[str, str]) -> Finding:
    parts = urlsplit(host)
    advice = "Start that daemon, or correct DOCKER_HOST."
    if parts.scheme == "unix":
        version = _ask_socket(parts.path)
    elif parts.scheme in {"tcp", "http", "https"} and parts.netloc:
        if parts.scheme == "https" or environment.get("DOCKER_TLS_VERIFY"):
            return warning(
                "Docker", f"DOCKER_HOST is {host}, with TLS: not contacted from here",
                "Check it with `docker version`.",
            )  # fmt: skip
        version = _ask_version(f"http://{parts.netloc}", httpx2.HTTPTransport())
    else:
        return warning(
            "Docker",
            f"DOCKER_HOST is {host}: not contacted from here",
            "Check it with `docker version`.",
        )
    if version is None:
        return warning("Docker", f"DOCKER_HOST is {host}, but nothing answers", advice)
    return ok("Docker", f"{version} at {host}")


def _ask_socket(path: str) -> str | None:
    try:
        # Asked first, and closed: a client that cannot connect would leave its socket open.
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(PATIENCE_S)
            probe.connect(path)
    except (OSError, ValueError):
        return None
    return _ask_version("http://docker", httpx2.HTTPTransport(uds=path))


def _ask_version(url: str, transport: httpx2.HTTPTransport) -> str | None:
    try:
        with httpx2.Client(transport=transport, timeout=PATIENCE_S, trust_env=False) as client:
            answer = client.get(f"{url}/version").raise_for_status().json()
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
        return None
    version = answer.get("Version") if isinstance(answer, dict) else None
    return version if isinstance(version, str) else None


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
