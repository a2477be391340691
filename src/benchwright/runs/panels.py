"""What stands behind the tabs of a run's page; only the tab that is shown is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from benchwright.kit.db import ReadSession
from benchwright.lab import Lab
from benchwright.metrics import service as metrics
from benchwright.metrics.schemas import FailureGroup, Failures
from benchwright.runs import service
from benchwright.runs.event_lines import event_lines
from benchwright.runs.failure_chart import draw_failures
from benchwright.runs.file_previews import group_files, preview_file
from benchwright.runs.folder import RunFolder
from benchwright.runs.load_profiles import load_profiles
from benchwright.runs.log_files import find_log, list_logs
from benchwright.runs.logreader import measure_log, read_log
from benchwright.runs.logsearch import find_text
from benchwright.runs.models import Run
from benchwright.runs.presentation import ResultIndex
from benchwright.runs.schemas import RunEventView, RunView
from benchwright.runs.series_panel import series_panel
from benchwright.runs.state import RunKind
from benchwright.runs.workload import PlanView

LOG_TAIL_BYTES = 64 * 1024
MAX_SCRIPT_BYTES = 4 * 1024 * 1024
MAX_EVENTS = 1000
NEARLY_FULL = 0.7
DROPPED = "bytes of log were dropped here"
"""What an executor writes into a log in place of what it left out."""

Tab = Literal["log", "series", "failures", "results", "artifacts", "events", "script", "settings"]
TABS: tuple[Tab, ...] = get_args(Tab)


class FailureRow(NamedTuple):
    """A group of failures with the scenario's name, and what it is called."""

    group: FailureGroup
    scenario: str
    request: str


class PanelQuery(NamedTuple):
    """What an address says of the panel, not checked yet."""

    tab: str
    file: str
    metric: str
    log: str = ""
    row: int = 0


class PanelWish(NamedTuple):
    """Which tab is wanted, and which file, metric or log of those listed there."""

    tab: Tab = "log"
    file: str = ""
    metric: str = ""
    log: str = ""
    row: int = 0
    """The first row of a file that is a table."""


def known_tab(text: str, kind: RunKind = RunKind.LOAD_TEST) -> Tab:
    """The tab that an address names; for any other text the first one.

    What another tool streams in has its series in place of a log and a script, and a job has
    neither requests that fail nor a script.
    """
    found: Tab = next((tab for tab in TABS if tab == text), "log")
    if kind is RunKind.JOB and found in ("failures", "script"):
        return "log"
    return "series" if kind is RunKind.PUSH and found in ("log", "script") else found


def panel(
    lab: Lab, session: ReadSession, run: Run, view: RunView, results: ResultIndex, wish: PanelWish
) -> dict[str, Any]:
    """The names that the templates of the tabs need."""
    folder = RunFolder.of(lab.settings.data_dir, run.public_id)
    log_size = measure_log(folder.log)
    is_job = run.kind is RunKind.JOB
    artifacts = service.view_artifacts(session, run)
    shown: dict[str, Any] = {
        "tab": wish.tab,
        "plan_is_known": run.spec.get("plan") is not None,
        "log_size": log_size,
        "log_tail": "",
        "artifacts": artifacts,
        "event_count": run.last_event_seq,
        "failure_count": 0 if is_job else _count_failures(lab, run, results),
    }
    match wish.tab:
        case "log":
            shown |= _log_panel(lab, folder, wish.log)
        case "series":
            shown["series"] = series_panel(lab.live, run.public_id, folder.root, wish.metric)
        case "failures":
            shown |= failure_rows(metrics.get_failures(lab.live, run.public_id, folder.root), view)
        case "results":
            names = {s["key"]: s.get("name", s["key"]) for s in view.scenarios}
            if not is_job:
                shown["result_scopes"] = results.scopes(names)
        case "artifacts":
            chosen = next((a for a in artifacts if a.path == wish.file), None)
            # Only a path that was listed when the run was collected is ever opened.
            shown["preview"] = preview_file(chosen, folder.root, wish.row) if chosen else None
            shown["file_groups"] = group_files(artifacts)
        case "events":
            shown["events"] = event_lines(list_events(session, run))
        case "script":
            shown["script"] = read_script(lab, run)
        case "settings":
            plan_view = view_plan(lab, run)
            shown |= {
                "plan_view": plan_view,
                "load_profiles": load_profiles(plan_view.parts),
            }
            shown["plan"] = run.spec.get("plan")
            description = lab.descriptions.get(run.kind)
            shown["plan_text"] = description.write_plan(lab, run) if description else ""
    return shown


def list_events(session: ReadSession, run: Run) -> list[RunEventView]:
    """What happened to the run, in order."""
    return service.view_events(session, run, 0, MAX_EVENTS)


def failure_rows(failures: Failures, view: RunView) -> dict[str, Any]:
    """Failed requests and failed checks, each with the name of its scenario."""
    names = {s["key"]: s.get("name", s["key"]) for s in view.scenarios}
    rows = [
        FailureRow(group, names.get(group.scenario, group.scenario), _request(group))
        for group in failures.groups
    ]
    return {
        "failures": failures,
        "failure_chart": draw_failures(failures),
        "failed_requests": [row for row in rows if row.group.kind == "request"],
        "failed_checks": [row for row in rows if row.group.kind == "check"],
    }


def view_plan(lab: Lab, run: Run) -> PlanView:
    """The plan in words; empty for a kind of run that has none."""
    description = lab.descriptions.get(run.kind)
    return description.view_plan(run.spec) if description is not None else PlanView([])


def read_script(lab: Lab, run: Run) -> str | None:
    """The script that the run was given, once it was."""
    spec: Mapping[str, Any] = run.spec
    name = str(spec.get("script_name") or "script.js")
    inputs = RunFolder.of(lab.settings.data_dir, run.public_id).inputs
    # A user's own script has a name that was checked when it was taken in; a bare name anyway.
    if "/" in name or name.startswith("."):
        return None
    try:
        with (inputs / name).open(encoding="utf-8", errors="replace") as file:
            return file.read(MAX_SCRIPT_BYTES)
    except OSError:
        return None


def log_tail(path: Path) -> str:
    """The end of the log."""
    start = max(0, measure_log(path) - LOG_TAIL_BYTES)
    return read_log(path, start, LOG_TAIL_BYTES, ended=True).text


def _log_panel(lab: Lab, folder: RunFolder, name: str) -> dict[str, Any]:
    """The log of that name, else what was printed; where it was full, the line that says so."""
    logs = list_logs(folder)
    chosen = next((log for log in logs if log.name == name), logs[0])
    path = find_log(folder, chosen.name)
    dropped = None
    # Only one that is nearly full may have lost something: others are not gone through.
    if not chosen.name and chosen.size_bytes > NEARLY_FULL * _max_log_bytes(lab):
        dropped = next(iter(find_text(path, DROPPED).lines), None)
    return {
        "logs": logs,
        "log_name": chosen.name,
        "log_tail": log_tail(path),
        "dropped_line": dropped,
    }


def _max_log_bytes(lab: Lab) -> int:
    return lab.settings.executors.process.max_log_bytes


def _request(group: FailureGroup) -> str:
    """Names of generated scripts begin with the method already."""
    if not group.method or group.name.startswith(f"{group.method} "):
        return group.name.removeprefix(f"{group.method} ") if group.method else group.name
    return group.name


def _count_failures(lab: Lab, run: Run, results: ResultIndex) -> float:
    """Cheap enough for every view: from memory or from the stored results."""
    live = lab.live.get(run.public_id)
    if live is not None and not run.state.is_final:
        failures = live.failures
        return failures.failed_requests + failures.failed_checks
    failed = results.get("", "http_req_failed", "count") or 0
    return failed + (results.get("", "checks", "fails") or 0)
