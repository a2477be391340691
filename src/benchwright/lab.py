"""The parts of one installation, wired once, and how routes reach them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from benchwright.kit.db import Database, ReadSession, WriteSession
from benchwright.kit.heartbeats import Heartbeats
from benchwright.kit.request_times import RequestTimes
from benchwright.settings import Settings

if TYPE_CHECKING:
    from benchwright.forwarding.delivery import Forwarder
    from benchwright.influxdb.registry import RelayRegistry
    from benchwright.kit.blobs import BlobStore
    from benchwright.kit.fetch import Fetcher
    from benchwright.kit.secrets import Keyring
    from benchwright.metrics.live import LiveRegistry
    from benchwright.runs.feed import FeedRegistry
    from benchwright.runs.progress_board import ProgressBoard
    from benchwright.runs.state import RunKind
    from benchwright.runs.workload import Description
    from benchwright.sources.connections import SourceConnections
    from benchwright.streams.desk import StreamDesk


@dataclass
class Lab:
    """What the routes, the reconciler and the command line work with."""

    settings: Settings
    database: Database
    keyring: Keyring
    blobs: BlobStore
    fetcher: Fetcher
    live: LiveRegistry
    relays: RelayRegistry
    feeds: FeedRegistry
    descriptions: Mapping[RunKind, Description]
    """What says in words what a run was told to do."""
    streams: StreamDesk
    progress: ProgressBoard
    """How far running workloads say they are."""
    sources: SourceConnections
    base_url: str
    """Where this server can be reached from this machine; set anew once it listens."""
    owner: str
    """The name under which this server holds leases; the same after a restart."""
    home: str
    """The name of this installation: its data directory and the machine that it works on."""
    forwarder: Forwarder | None = None
    """Sends figures on, where the settings say where to."""
    wake: Callable[[], None] = lambda: None
    """Asks the reconciler to look at once."""
    wake_hosts: Callable[[], None] = lambda: None
    """Asks for a look at all hosts at once."""
    closing: threading.Event = field(default_factory=threading.Event)
    """Set when the server is about to end: streams close themselves."""
    heartbeats: Heartbeats = field(default_factory=Heartbeats)
    request_times: RequestTimes = field(default_factory=RequestTimes)
    ended_runs: Counter[str] = field(default_factory=Counter)
    """How many runs this server saw end, by state."""


def get_lab(request: Request) -> Lab:
    """The installation that serves this request."""
    return cast("Lab", request.app.state.lab)


LabDep = Annotated[Lab, Depends(get_lab)]


def _read_session(lab: LabDep) -> Iterator[ReadSession]:
    with lab.database.read() as session:
        yield session


def _write_session(lab: LabDep) -> Iterator[WriteSession]:
    with lab.database.write() as session:
        yield session


# `scope="function"` ends the dependency, and so commits, before the answer is sent: a client
# that reads after it wrote finds what it wrote.
ReadSessionDep = Annotated[ReadSession, Depends(_read_session, scope="function")]
WriteSessionDep = Annotated[WriteSession, Depends(_write_session, scope="function")]
