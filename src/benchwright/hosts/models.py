"""Tables of hosts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from benchwright.kit.db import Addressable, Base, now

LOCAL = "local"
"""The host that is this machine itself: its Docker daemon, beside its processes."""


class Host(Addressable, Base):
    """A Docker daemon and what runs may do there; its runs have the target `docker:{name}`."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(unique=True)
    """Never changed: runs name it."""
    address: Mapped[str]
    """`unix:///…`, `tcp://…` or `ssh://…`."""
    tls: Mapped[str | None]
    """The keys of a `tcp` address, encrypted: CA, certificate and key as JSON."""
    ssh_key: Mapped[str | None]
    """The private key of an `ssh` address, encrypted; without it those of the server's user."""
    known_hosts: Mapped[str] = mapped_column(default="")
    """Lines of a `known_hosts` file; without them the one of the server's user."""
    shared_path: Mapped[str | None]
    """Where the host sees this installation's data directory; without it files travel by archive."""
    shares_everything: Mapped[bool] = mapped_column(default=False)
    """Whether containers see the whole shared folder, as those of an OPEVA backend did."""
    mount_roots: Mapped[list[str]] = mapped_column(default=list)
    """Folders of the host below which jobs may mount."""
    network: Mapped[str | None]
    """The network of containers; without it `opeva_network` where there is one, else Docker's own."""
    capacity: Mapped[int] = mapped_column(default=1)
    is_exclusive: Mapped[bool] = mapped_column(default=False)
    """Whether one run at a time has the machine for itself, whatever its capacity."""
    is_drained: Mapped[bool] = mapped_column(default=False)
    """Whether what runs may end there and nothing new begins."""
    labels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str] = mapped_column(default="")
    seed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the settings last said of it: a field that still says so follows them."""
    updated_at: Mapped[dt.datetime] = mapped_column(default=now)
    # What was seen when it was looked at last.
    seen_at: Mapped[dt.datetime | None]
    unreachable_since: Mapped[dt.datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    """Why it cannot be reached, and what to do."""
    clock_offset_s: Mapped[float | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What Docker says of the machine: processors, memory, kernel, versions, networks."""

    @property
    def target(self) -> str:
        """How runs name it."""
        return f"docker:{self.name}"

    @property
    def is_reachable(self) -> bool:
        """Whether it answered when it was asked last; not before it ever was."""
        return self.seen_at is not None and self.unreachable_since is None
