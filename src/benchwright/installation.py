"""Opens an installation: its folders, key and database, and the parts that work on them."""

from __future__ import annotations

import contextlib
import json
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path

import benchwright.tables  # noqa: F401  # tables refer to each other across packages
from benchwright.access.hosts import is_loopback_name
from benchwright.access.run_tokens import issue_run_token
from benchwright.access.startup import check_startup
from benchwright.executors.port import Executor
from benchwright.executors.process import ProcessExecutor
from benchwright.hosts.docker import make_connect
from benchwright.hosts.executors import HostExecutors
from benchwright.hosts.fingerprint import freeze_fingerprint
from benchwright.hosts.places import places_of
from benchwright.hosts.seeding import ensure_local
from benchwright.influxdb.registry import RelayRegistry
from benchwright.instruments import Instruments
from benchwright.jobs.description import JobDescription
from benchwright.jobs.workload import JobWorkload
from benchwright.kit.blobs import BlobStore
from benchwright.kit.db import Database, WriteSession, after_commit
from benchwright.kit.fetch import Fetcher
from benchwright.kit.migrations import Migrated, migrate
from benchwright.kit.networks import NetworkPolicy
from benchwright.kit.secrets import open_keyring
from benchwright.kit.startup import StartupError
from benchwright.kit.wholefile import write_json
from benchwright.lab import Lab
from benchwright.loadtests.description import LoadTestDescription
from benchwright.loadtests.workload import LoadTestWorkload
from benchwright.metrics.live import LiveRegistry
from benchwright.projects import service as projects
from benchwright.runs.driver import RunDriver, RunRules
from benchwright.runs.feed import FeedRegistry
from benchwright.runs.ledger import RunLedger
from benchwright.runs.models import Run
from benchwright.runs.patience import Patience
from benchwright.runs.progress_board import ProgressBoard
from benchwright.runs.reconciler import Reconciler
from benchwright.runs.repository import Holder
from benchwright.runs.state import RunKind
from benchwright.runs.workload import IngestAddress
from benchwright.settings import Settings
from benchwright.sources.connections import SourceConnections
from benchwright.streams.desk import StreamDesk, StreamRules
from benchwright.streams.executor import StreamExecutor
from benchwright.streams.service import TARGET
from benchwright.streams.workload import StreamDescription, StreamWorkload
from benchwright.tracking import service as tracking
from benchwright.webhooks import service as webhooks


@dataclass
class Installation:
    """The opened parts, and what opening them did."""

    lab: Lab
    migrated: Migrated | None
    instruments: Instruments
    executors: HostExecutors


def open_installation(settings: Settings, *, owner: str | None = None) -> Installation:
    """Opens everything that `settings` name, creating what is not there yet.

    With `owner`, its runs are leased under that name instead of the installation's own. Raises
    `StartupError`, with a message that says what to do.
    """
    _make_folders(settings)
    keyring = open_keyring(_secret_key(settings), settings.private_dir / "key")
    database = Database(settings.resolved_database_url)
    try:
        migrated = migrate(database)
        with database.write() as session:
            projects.ensure_default(session)
            ensure_local(session, settings.hosts, settings.data_dir)
            check_startup(settings, session, keyring)
    except BaseException:
        database.dispose()
        raise
    home = _read_name(settings.private_dir / "instance.json")
    live, closing = LiveRegistry(), threading.Event()
    relays = RelayRegistry(settings.influxdb)
    progress = ProgressBoard(settings.data_dir)
    instruments = Instruments(live, relays, database, progress)
    streams = StreamDesk(database, live, Holder(owner or home, home), _stream_rules(settings))
    lab = Lab(
        settings=settings,
        database=database,
        keyring=keyring,
        blobs=BlobStore(settings.private_dir / "blobs"),
        fetcher=Fetcher(_network_policy(settings)),
        live=live,
        relays=relays,
        feeds=FeedRegistry(
            database,
            instruments,
            settings.data_dir,
            settings.server.max_streams,
            closing.is_set,
        ),
        descriptions={
            RunKind.LOAD_TEST: LoadTestDescription(),
            RunKind.JOB: JobDescription(),
            RunKind.PUSH: StreamDescription(),
        },
        streams=streams,
        progress=progress,
        sources=SourceConnections(settings.sources),
        closing=closing,
        base_url=f"http://{settings.server.host}:{settings.server.port}",
        owner=owner or home,
        home=home,
    )
    _start_forwarding(lab)
    process = settings.executors.process
    fixed: dict[str, Executor] = {
        "local": ProcessExecutor(settings.private_dir / "processes", inherit=process.environment),
        TARGET: StreamExecutor(streams),
    }
    executors = HostExecutors(fixed, database, make_connect(settings, keyring, home))
    return Installation(lab, migrated, instruments, executors)


def _start_forwarding(lab: Lab) -> None:
    """Has the figures of runs collected for the database that the settings name, if they do."""
    settings = lab.settings
    if settings.forward.url is None:
        return
    from benchwright.forwarding.delivery import Forwarder
    from benchwright.forwarding.destination import Destination

    destination = Destination(settings.forward, settings.network.denied_networks)
    cursors = settings.private_dir / "forwarded.json"
    lab.forwarder = Forwarder(settings.forward, lab.database, destination, cursors, lab.heartbeats)
    lab.live.sink = lab.forwarder.queue


def make_reconciler(installation: Installation, only: uuid.UUID | None = None) -> Reconciler:
    """The loop that drives this installation's runs, or just the one of `only`."""
    lab = installation.lab
    settings = lab.settings
    process = settings.executors.process
    rules = RunRules(
        data_dir=settings.data_dir,
        stop_grace_s=process.stop_grace_s,
        max_log_bytes=process.max_log_bytes,
        min_free_bytes=settings.retention.min_free_bytes,
    )

    def ingest_address(run_id: uuid.UUID) -> IngestAddress:
        base = f"{lab.base_url}/api/v1/ingest/runs/{run_id}"
        return IngestAddress(
            f"{base}/prometheus",
            issue_run_token(lab.keyring, run_id),
            samples_url=f"{base}/influxdb" if lab.relays.is_configured else None,
        )

    def announce_end(session: WriteSession, run: Run) -> None:
        webhooks.announce_run(session, run)
        tracking.announce_run(session, run, settings.tracking)
        ended = run.state.value
        after_commit(session, lambda: lab.ended_runs.update([ended]))

    holder = Holder(lab.owner, lab.home)
    places = places_of(lab)
    ledger = RunLedger(
        lab.database,
        holder,
        places=places,
        lease_s=settings.runs.lease_s,
        on_end=announce_end,
        on_claim=freeze_fingerprint,
        on_warning=webhooks.announce_long_run,
        patience=Patience(
            warn_after_s=settings.runs.warn_after_s,
            collect_delay_s=settings.runs.collect_delay_s,
            max_collect_retries=settings.runs.max_collect_retries,
        ),
    )
    driver = RunDriver(
        lab.database,
        ledger,
        installation.executors,
        {
            RunKind.LOAD_TEST: LoadTestWorkload(settings, lab.keyring, lab.blobs),
            RunKind.JOB: JobWorkload(settings, lab.keyring, lab.blobs, lambda: lab.base_url),
            RunKind.PUSH: StreamWorkload(settings.streams.silence_s),
        },
        installation.instruments,
        ingest_address,
        rules,
    )
    reconciler = Reconciler(
        lab.database,
        driver,
        holder=holder,
        places=places,
        poll_interval_s=settings.runs.poll_interval_s,
        lease_s=settings.runs.lease_s,
        only=only,
    )
    reconciler.heartbeats = lab.heartbeats
    return reconciler


def _stream_rules(settings: Settings) -> StreamRules:
    return StreamRules(
        data_dir=settings.data_dir,
        silence_s=settings.streams.silence_s,
        lease_s=settings.runs.lease_s,
        timeout_s=settings.runs.max_timeout_s,
        min_free_bytes=settings.retention.min_free_bytes,
    )


def _make_folders(settings: Settings) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        settings.private_dir.mkdir(exist_ok=True, mode=0o700)
        (settings.data_dir / "jobs").mkdir(exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"The data directory {settings.data_dir} cannot be used: {error.strerror}. "
            "Choose another with --data-dir or BENCHWRIGHT_DATA_DIR."
        ) from error


def _secret_key(settings: Settings) -> str | None:
    return settings.secret_key.get_secret_value() if settings.secret_key else None


def _network_policy(settings: Settings) -> NetworkPolicy:
    try:
        return NetworkPolicy.create(
            loopback_only=is_loopback_name(settings.server.host),
            allowed_networks=settings.network.allowed_networks,
            denied_networks=settings.network.denied_networks,
        )
    except ValueError as error:
        raise StartupError(f"A network of the settings is not valid: {error}") from error


def _read_name(path: Path) -> str:
    """The installation's own name, made once, whichever process comes first."""
    if not path.exists():
        name = uuid.uuid4()
        draft = path.with_name(f"{path.name}.{name}")
        write_json(draft, {"instance_id": f"server-{name}"})
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return str(json.loads(path.read_text(encoding="utf-8"))["instance_id"])
