"""A run as one HTML file: no network, no script, nothing beside it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from markupsafe import Markup

from benchwright.kit.db import ReadSession, now
from benchwright.lab import Lab
from benchwright.metrics import service as metrics
from benchwright.metrics.schemas import Timeline
from benchwright.runs import job_page, job_results, panels, service, target_texts
from benchwright.runs.event_lines import event_lines
from benchwright.runs.folder import RunFolder
from benchwright.runs.headline import headline
from benchwright.runs.models import Run
from benchwright.runs.presentation import ResultIndex
from benchwright.runs.report_charts import report_charts
from benchwright.runs.scenario_table import scenario_rows
from benchwright.runs.state import RunKind
from benchwright.web.rendering import environment
from benchwright.web.sparklines import Sparkline

POINTS = 400
MAX_SCENARIOS = 1000
MAX_RESULTS = 1000
MAX_SCRIPT_CHARACTERS = 1_000_000


class Report(NamedTuple):
    """The file, and the policy that it states: the same for whoever serves it."""

    html: str
    policy: str


def write_report(lab: Lab, session: ReadSession, run: Run) -> Report:
    """Everything of a run that can be read, charts drawn; may read its series."""
    view = service.view_run(session, run)
    results = ResultIndex(service.list_results(session, run))
    folder = RunFolder.of(lab.settings.data_dir, run.public_id)
    timeline = metrics.get_timeline(lab.live, run.public_id, folder.root, points=POINTS)
    wishes = target_texts.wishes_of(view, run.spec.get("plan"))
    totals = None if results.count else timeline.totals.scenarios
    rows = scenario_rows(view, results, wishes, totals)
    for row in rows[:MAX_SCENARIOS]:
        row.trend = timeline.scenarios.get(row.key, {}).get("p95_ms", [])
    failures = metrics.get_failures(lab.live, run.public_id, folder.root)
    script = panels.read_script(lab, run) or ""
    style, policy = _style()
    html = (
        environment()
        .get_template("runs/report.html")
        .render(
            {
                "run": view,
                "is_job": run.kind is RunKind.JOB,
                "policy": policy,
                "style": style,
                "written_at": now(),
                "headline": headline(results),
                "approximate": _approximate(timeline) if not results.count else {},
                "charts": report_charts(view, timeline, target_texts.target_lines(wishes)),
                "rows": rows[:MAX_SCENARIOS],
                "row_count": len(rows),
                "run_targets": target_texts.run_targets(view),
                "events": event_lines(panels.list_events(session, run)),
                "plan_view": panels.view_plan(lab, run),
                "script": script[:MAX_SCRIPT_CHARACTERS],
                "script_is_cut": len(script) > MAX_SCRIPT_CHARACTERS,
                "draw_trend": _draw_trend,
                **panels.failure_rows(failures, view),
                **(_job_part(session, run, folder) if run.kind is RunKind.JOB else {}),
            }
        )
    )
    # Half a surrogate pair in a name cannot be written.
    return Report(html.encode("utf-8", "replace").decode(), policy)


def _job_part(session: ReadSession, run: Run, folder: RunFolder) -> dict[str, Any]:
    """What a job has in place of requests and scenarios."""
    file = job_results.read_result_file(folder)
    rows = job_results.order_results(service.list_results(session, run), file.document)
    return {
        "job": job_page.job_head(run.spec),
        "headline": job_results.job_headline(rows, None),
        "result_lines": job_results.result_lines(rows[:MAX_RESULTS], None),
        "result_total": len(rows),
        "result_tables": job_results.trees_of(file)[1],
    }


@cache
def _style() -> tuple[Markup, str]:
    """The style sheet, and a policy that allows it alone."""
    text = files("benchwright.web").joinpath("templates/runs/report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return Markup(text), policy  # noqa: S704 - a file of this package


def _approximate(timeline: Timeline) -> Mapping[str, Any]:
    """The figures of a run that left no summary, from its series."""
    totals = timeline.totals.overall
    return totals if totals.get("requests") else {}


def _draw_trend(values: list[float | None]) -> Sparkline:
    return Sparkline(values, 96, 24)
