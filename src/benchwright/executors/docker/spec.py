"""From a launch to what Docker is told, as a pure function: nothing else ever reaches it."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Collection, Mapping
from typing import Any

from benchwright.executors.docker.rules import OPEVA_NETWORK, DockerHostRules
from benchwright.executors.port import ContainerPlan, LaunchSpec, Mount
from benchwright.kit.errors import Forbidden, Invalid

LABEL = "benchwright."
INSTANCE, RUN, ATTEMPT = f"{LABEL}instance", f"{LABEL}run", f"{LABEL}attempt"
EPOCH, SPEC_HASH = f"{LABEL}epoch", f"{LABEL}spec_hash"
DATA = "/data"
MIN_MEMORY_BYTES = 6 * 1024 * 1024
_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock")
_NEVER_MOUNTED = ("/proc", "/sys", "/dev", "/run", "/var/run", "/boot", "/etc")


def build_container(
    spec: LaunchSpec, rules: DockerHostRules, networks: Collection[str] = ()
) -> dict[str, Any]:
    """The body of Docker's create call; raises `Forbidden` or `Invalid` for what may not be.

    `networks` are those that the host has.
    """
    plan = _plan_of(spec)
    body: dict[str, Any] = {
        "Image": plan.image,
        "Env": [f"{name}={value}" for name, value in sorted(spec.environment.items())],
        "Tty": False,
        "OpenStdin": False,
        "AttachStdin": False,
        "StopTimeout": max(1, round(rules.stop_grace_s)),
        "HostConfig": _host_config(plan, rules, networks),
        # A workload may not say itself healthy or ill: only its exit counts.
        "Healthcheck": {"Test": ["NONE"]},
    }
    if spec.command:
        body["Cmd"] = list(spec.command)
    if plan.entrypoint is not None:
        body["Entrypoint"] = list(plan.entrypoint)
    if plan.user is not None:
        body["User"] = plan.user
    if plan.working_dir is not None:
        body["WorkingDir"] = plan.working_dir
    body["Labels"] = {
        **_own_labels(plan.labels),
        INSTANCE: rules.instance,
        RUN: spec.run_id,
        ATTEMPT: str(spec.attempt),
        EPOCH: str(spec.epoch),
        SPEC_HASH: hash_spec(body),
    }
    return body


def hash_spec(body: Mapping[str, Any]) -> str:
    """Equal for containers that are told the same; says nothing of the values that it covers.

    Values of the environment are left out: tokens differ from one launch to the next.
    """
    told = {**body, "Env": [entry.partition("=")[0] for entry in body["Env"]]}
    told.pop("Labels", None)
    text = json.dumps(told, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def choose_network(
    wanted: str | None, rules: DockerHostRules, networks: Collection[str]
) -> str | None:
    """The plan's, else the host's, else OPEVA's where there is one; None is Docker's default.

    Raises `Forbidden` for the host's own network where the host is not set to it.
    """
    network = wanted or rules.network
    if network is None:
        return OPEVA_NETWORK if OPEVA_NETWORK in networks else None
    if network == "default":
        return None
    if network.startswith(("container:", "ns:")):
        raise Forbidden("A container may not join another one's network.")
    if network == "host" and rules.network != "host":
        raise Forbidden(
            f"The host {rules.name} does not allow its own network. Set the host's network to "
            "host if its containers may use it."
        )
    return network


def _plan_of(spec: LaunchSpec) -> ContainerPlan:
    if spec.container is None:
        raise Invalid("A container needs an image.")
    return spec.container


def _own_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Those that a plan gives; ours are not to be had."""
    return {name: value for name, value in labels.items() if not name.startswith(LABEL)}


def _host_config(
    plan: ContainerPlan, rules: DockerHostRules, networks: Collection[str]
) -> dict[str, Any]:
    config: dict[str, Any] = {
        # The first process gets signals and reaps children, whatever the image starts.
        "Init": True,
        "AutoRemove": False,
        "Privileged": False,
        "RestartPolicy": {"Name": "no"},
        "SecurityOpt": ["no-new-privileges"],
        "Binds": _binds(plan, rules),
        # Read back until the run is collected. `json-file` would replace what is no UTF-8; with
        # less than three files following fails when a new one is begun.
        "LogConfig": {
            "Type": "local",
            "Config": {
                "max-size": str(rules.host_log_bytes),
                "max-file": "3",
                "compress": "false",
            },
        },
    }
    if (network := choose_network(plan.network, rules, networks)) is not None:
        config["NetworkMode"] = network
    if rules.shared_path is not None and rules.shares_everything:
        # Database and key lie there: an empty folder is put over them.
        config["Tmpfs"] = {f"{DATA}/.benchwright": "size=64k,mode=000"}
    if plan.cpus is not None:
        config["NanoCpus"] = int(plan.cpus * 1_000_000_000)
    if plan.memory_bytes is not None:
        if plan.memory_bytes < MIN_MEMORY_BYTES:
            raise Invalid("Docker gives a container no less than 6 MiB of memory.")
        # No swap beyond it: what is measured there would be the disk.
        config["Memory"] = config["MemorySwap"] = plan.memory_bytes
    if plan.shm_bytes is not None:
        config["ShmSize"] = plan.shm_bytes
    if plan.gpus is not None:
        count = -1 if plan.gpus == "all" else plan.gpus
        config["DeviceRequests"] = [{"Count": count, "Capabilities": [["gpu"]]}]
    return config


def _binds(plan: ContainerPlan, rules: DockerHostRules) -> list[str]:
    binds: list[str] = []
    if rules.shared_path is not None:
        root = _normalise(rules.shared_path)
        if rules.shares_everything:
            binds.append(f"{root}:{DATA}:rw")
        else:
            for folder in plan.shared:
                path = shared_path(folder.path)
                mode = "ro" if folder.is_read_only else "rw"
                binds.append(f"{root}/{path}:{DATA}/{path}:{mode}")
    binds += [_mount(mount, rules) for mount in plan.mounts]
    return binds


def shared_path(text: str) -> str:
    """A path below the data directory, checked: nothing hidden, and no way up."""
    parts = text.split("/")
    if not text or any(part in ("", ".", "..") or part.startswith(".") for part in parts):
        raise Invalid(f"The shared folder {text!r} is no path below the data directory.")
    if any(character in text for character in ":\0\n"):
        raise Invalid(f"The shared folder {text!r} has a character that Docker cannot take.")
    return text


def _mount(mount: Mount, rules: DockerHostRules) -> str:
    source, target = _normalise(mount.source), _normalise(mount.target)
    roots = [_normalise(root) for root in rules.mount_roots]
    if not any(_is_within(source, root) for root in roots):
        raise Forbidden(
            f"The host {rules.name} does not allow {source} to be mounted: it is below none of its "
            "mount roots."
        )
    if source == "/" or source.endswith(_SOCKETS) or any(
        _is_within(source, folder) for folder in _NEVER_MOUNTED
    ):  # fmt: skip
        raise Forbidden(f"{source} is never mounted into a container.")
    private = rules.shared_path and f"{_normalise(rules.shared_path)}/.benchwright"
    if private and (_is_within(private, source) or _is_within(source, private)):
        raise Forbidden(f"{source} holds what is this server's alone, and is never mounted.")
    if target == "/" or _is_within(target, DATA):
        raise Invalid(f"Nothing can be mounted at {target}.")
    return f"{source}:{target}:{'ro' if mount.is_read_only else 'rw'}"


def _normalise(path: str) -> str:
    """An absolute path without `.` and `//`; one with a way up is refused, not resolved."""
    if not path.startswith("/") or ".." in path.split("/"):
        raise Invalid(f"{path!r} is no absolute path, or has a .. in it.")
    if any(character in path for character in ":\0\n"):
        raise Invalid(f"The path {path!r} has a character that Docker cannot take.")
    # POSIX keeps two leading slashes; Linux means one.
    return "/" + posixpath.normpath(path).lstrip("/")


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith("/" if folder == "/" else f"{folder}/")
