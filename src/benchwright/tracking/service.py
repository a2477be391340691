"""Rules of reports to MLflow: which runs have one, and how it is told of."""

from __future__ import annotations

from urllib.parse import quote

from benchwright.kit.db import ReadSession, WriteSession, now
from benchwright.kit.errors import Conflict, NotFound
from benchwright.runs.models import Run
from benchwright.setting_groups import TrackingSettings
from benchwright.tracking import repository
from benchwright.tracking.models import MlflowReport
from benchwright.tracking.schemas import ReportView


def announce_run(session: WriteSession, run: Run, settings: TrackingSettings) -> None:
    """Has a run that ended reported, where the settings say so, in this transaction."""
    if settings.mlflow_url is None or run.kind.value not in settings.kinds:
        return
    if repository.find(session, run.id) is None:
        session.add(MlflowReport(run_id=run.id, next_attempt_at=now(), attempts=0))


def report_again(session: WriteSession, run: Run, settings: TrackingSettings) -> MlflowReport:
    """Has a run reported at once, of whatever kind, also anew; raises `Conflict`."""
    if settings.mlflow_url is None:
        raise Conflict("No MLflow server is set up: set BENCHWRIGHT_TRACKING__MLFLOW_URL.")
    if not run.state.is_final:
        raise Conflict("The run has not ended; it is reported when it has.")
    report = repository.find(session, run.id)
    if report is None:
        report = MlflowReport(run_id=run.id)
        session.add(report)
    # Its time counts anew, too: it may have been given up.
    report.created_at = report.next_attempt_at = now()
    report.attempts, report.reported_at, report.last_error = 0, None, ""
    session.flush()
    return report


def find_report(session: ReadSession, run: Run, settings: TrackingSettings) -> ReportView | None:
    """The report of a run, if it has one."""
    report = repository.find(session, run.id)
    return None if report is None else view_report(report, settings)


def get_report(session: ReadSession, run: Run, settings: TrackingSettings) -> ReportView:
    """The report of a run; raises `NotFound`."""
    report = find_report(session, run, settings)
    if report is None:
        raise NotFound("This run is not reported to MLflow.")
    return report


def view_report(report: MlflowReport, settings: TrackingSettings) -> ReportView:
    """A report as it is told of."""
    return ReportView(
        state=report.state,
        attempts=report.attempts,
        next_attempt_at=report.next_attempt_at,
        reported_at=report.reported_at,
        last_error=report.last_error,
        experiment_id=report.experiment_id,
        mlflow_run_id=report.mlflow_run_id,
        by_workload=report.by_workload,
        url=link_of(settings, report.experiment_id, report.mlflow_run_id),
        note=report.note,
    )


def link_of(
    settings: TrackingSettings, experiment_id: str | None, run_id: str | None
) -> str | None:
    """Where people find a run of MLflow."""
    if settings.links_url is None or experiment_id is None or run_id is None:
        return None
    where = f"experiments/{quote(experiment_id, safe='')}/runs/{quote(run_id, safe='')}"
    return f"{settings.links_url}/#/{where}"
