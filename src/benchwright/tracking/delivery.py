"""Making the reports that wait, again and again for days until they arrive."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import uuid
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from benchwright.kit.db import now
from benchwright.kit.enclosed import open_file
from benchwright.kit.threads import in_thread
from benchwright.runs.transitions import record
from benchwright.setting_groups import TrackingSettings
from benchwright.tracking import repository
from benchwright.tracking.client import (
    PROXIED,
    RUN_TAG,
    Metric,
    MlflowClient,
    MlflowProblem,
    TrackedRun,
)
from benchwright.tracking.contents import OURS, FoundFile, Report, read_report
from benchwright.tracking.models import MlflowReport

if TYPE_CHECKING:
    from benchwright.lab import Lab

logger = logging.getLogger("benchwright.tracking")

NAME = "mlflow"
SLACK = dt.timedelta(seconds=60)
FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 3600.0
MAX_ERROR_LENGTH = 500
EVENT = "mlflow"


class Attempt(NamedTuple):
    """What came of one attempt; an empty `error` means that all arrived."""

    error: str = ""
    note: str = ""
    run_id: str | None = None


async def keep_reporting(lab: Lab) -> None:
    """Reports what is due, until it is cancelled."""
    while True:
        try:
            while await report_due(lab):
                pass
            lab.heartbeats.succeeded(NAME)
        except Exception:
            lab.heartbeats.failed(NAME)
            logger.exception("runs could not be reported to MLflow; trying again")
        await asyncio.sleep(lab.settings.tracking.interval_s)


async def report_due(lab: Lab, at: dt.datetime | None = None) -> bool:
    """Makes one attempt for a report that is due; whether there was one.

    An attempt that is cut off is made again from its start: what arrived already is found there,
    and sent again without becoming more.
    """
    claimed = await in_thread(_claim, lab, at or now())
    if claimed is None:
        return False
    run_id, public_id = claimed
    async with MlflowClient(lab.settings.tracking, lab.settings.network.denied_networks) as client:
        attempt = await _attempt(lab, client, public_id)
    await in_thread(_note, lab, run_id, attempt, at)
    return True


def _claim(lab: Lab, at: dt.datetime) -> tuple[int, uuid.UUID] | None:
    with lab.database.read() as session:
        if not repository.any_due(session, at, lab.home):
            return None
    with lab.database.write() as session:
        return repository.claim_due(session, at, at + _claim_length(lab), lab.home)


def _claim_length(lab: Lab) -> dt.timedelta:
    """Longer than one request may take: the claim is renewed beside each."""
    return dt.timedelta(seconds=lab.settings.tracking.timeout_s) + SLACK


async def _attempt(lab: Lab, client: MlflowClient, public_id: uuid.UUID) -> Attempt:
    try:
        report = await in_thread(read_report, lab, public_id)
        if report is None:
            return Attempt()  # it was deleted meanwhile, and its report with it
        return await _deliver(lab, client, report)
    except MlflowProblem as problem:
        return Attempt(str(problem))
    except (KeyError, TypeError, ValueError):
        return Attempt("it does not answer as an MLflow server does; is the address right?")
    except OSError as error:
        return Attempt(f"a file of the run cannot be read: {error.strerror or error}")
    except Exception as error:
        logger.exception("the run %s could not be reported to MLflow", public_id)
        return Attempt(f"something broke here: {type(error).__name__}")


async def _deliver(lab: Lab, client: MlflowClient, report: Report) -> Attempt:
    tracked, is_workloads = await _find_or_create(lab, client, report)
    params, metrics = report.params, report.metrics
    tags = {**report.tags, "mlflow.note.content": report.description}
    if is_workloads:
        # Its own names stay its own: a parameter that is there with another value is refused.
        params = [(f"{OURS}{name}"[:250], value) for name, value in params]
        metrics = [Metric(f"{OURS}{m.name}"[:250], m.value, m.time_ms) for m in metrics]
        tags = {name: value for name, value in tags.items() if not name.startswith("mlflow.")}
    await client.log(tracked.run_id, params, metrics, list(tags.items()))
    notes = list(report.notes)
    if report.files and not tracked.artifact_uri.startswith(PROXIED):
        notes.append("files, as that server does not take them itself")
    else:
        for file in report.files:
            await in_thread(_renew, lab, report.run_id)
            await _upload(client, tracked, report, file, OURS if is_workloads else "", notes)
    # Last of all, so that a run which has ended there is complete.
    if not is_workloads or tracked.status in ("RUNNING", "SCHEDULED"):
        await client.end_run(tracked.run_id, report.status, report.end_ms)
    return Attempt(note="; ".join(notes)[:MAX_ERROR_LENGTH], run_id=tracked.run_id)


async def _upload(
    client: MlflowClient,
    tracked: TrackedRun,
    report: Report,
    file: FoundFile,
    prefix: str,
    notes: list[str],
) -> None:
    parts = tuple(file.path.split("/"))
    try:
        opened = partial(open_file, report.folder, parts)
        await client.upload(tracked, f"{prefix}{file.path}", file.size_bytes, opened)
    except FileNotFoundError:
        notes.append(f"{file.path}, which is gone")


async def _find_or_create(
    lab: Lab, client: MlflowClient, report: Report
) -> tuple[TrackedRun, bool]:
    """The run of MLflow to report into, and whether the workload made it."""
    if report.known_run_id is not None:
        found = await client.get_run(report.known_run_id)
        if found is not None:
            return found, report.known_is_workloads
    settings = lab.settings.tracking
    if report.workload_run_id is not None and is_same_server(settings, report.workload_uri):
        found = await client.get_run(report.workload_run_id)
        if found is not None:
            await in_thread(_keep, lab, report.run_id, found, by_workload=True)
            return found, True
    experiment_id = await client.ensure_experiment(report.experiment)
    tracked = await client.find_run(experiment_id, RUN_TAG, report.tags[RUN_TAG])
    if tracked is None:
        tags = {RUN_TAG: report.tags[RUN_TAG]}
        tracked = await client.create_run(experiment_id, report.name, report.start_ms, tags)
    await in_thread(_keep, lab, report.run_id, tracked, by_workload=False)
    return tracked, False


def is_same_server(settings: TrackingSettings, uri: str | None) -> bool:
    """Whether a workload that names this address, or none, tracked with the server of the settings."""
    if not uri:
        return True
    return _place(uri) == _place(settings.mlflow_url or "")


def _place(url: str) -> tuple[str, str, int | None, str]:
    try:
        parts = urlsplit(url.strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return (url, "", None, "")
    return parts.scheme, (parts.hostname or "").lower(), port, parts.path.rstrip("/")


def _keep(lab: Lab, run_id: int, tracked: TrackedRun, *, by_workload: bool) -> None:
    with lab.database.write() as session:
        if (found := repository.lock(session, run_id)) is not None:
            report, _ = found
            report.experiment_id = tracked.experiment_id
            report.mlflow_run_id, report.by_workload = tracked.run_id, by_workload


def _renew(lab: Lab, run_id: int) -> None:
    with lab.database.write() as session:
        if (found := repository.lock(session, run_id)) is not None:
            report, _ = found
            if report.next_attempt_at is not None:
                later = now() + _claim_length(lab)
                report.next_attempt_at = max(report.next_attempt_at, later)


def _note(lab: Lab, run_id: int, attempt: Attempt, at: dt.datetime | None) -> None:
    with lab.database.write() as session:
        found = repository.lock(session, run_id)
        if found is None:
            return
        report, run = found
        present = at or now()
        error = attempt.error[:MAX_ERROR_LENGTH]
        is_new = error != report.last_error
        report.attempts += 1
        report.last_error, report.next_attempt_at = error, None
        if not error:
            report.reported_at, report.note = present, attempt.note
            left = f" Not reported: {attempt.note}." if attempt.note else ""
            record(session, run, EVENT, f"Reported to MLflow as {attempt.run_id}.{left}")
            return
        if _gives_up(lab.settings.tracking, report, present):
            days = lab.settings.tracking.give_up_after_days
            record(
                session,
                run,
                EVENT,
                f"Not reported to MLflow, and given up after {days:g} days: {error}",
            )
        elif is_new:
            record(session, run, EVENT, f"Not reported to MLflow yet: {error}. It is tried again.")


def _gives_up(settings: TrackingSettings, report: MlflowReport, at: dt.datetime) -> bool:
    following = at + pause_after(report.attempts)
    if following > report.created_at + dt.timedelta(days=settings.give_up_after_days):
        return True
    report.next_attempt_at = following
    return False


def pause_after(attempts: int, jitter: float | None = None) -> dt.timedelta:
    """The pause before the next attempt: 10 s, doubled each time up to an hour, ± 10 %."""
    pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 20))
    share = random.uniform(-0.1, 0.1) if jitter is None else jitter
    return dt.timedelta(seconds=pause_s * (1 + share))
