"""What a host allows its containers, and how much of it they get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

OPEVA_NETWORK = "opeva_network"
"""The network that containers join where the host has it and nothing else was said."""


@dataclass(frozen=True)
class DockerHostRules:
    """The settings of one host; `instance` is the name of this installation, for labels."""

    name: str
    instance: str
    data_dir: Path
    """Of this installation, as the server sees it."""
    shared_path: str | None = None
    """The same folder as the host sees it; without it files travel by archive."""
    shares_everything: bool = False
    mount_roots: Sequence[str] = ()
    network: str | None = None
    """Without it `opeva_network` where the host has one, else Docker's own default."""
    max_log_bytes: int = 64 * 1024 * 1024
    host_log_bytes: int = 64 * 1024 * 1024
    """Size at which the host begins a new file of a container's log; it keeps three."""
    stop_grace_s: float = 10.0
    max_result_bytes: int = 1024 * 1024 * 1024
    max_result_files: int = 10_000

    @property
    def control_dir(self) -> Path:
        """Where the executor keeps what it must not forget, a folder for each container."""
        return self.data_dir / ".benchwright" / "docker"
