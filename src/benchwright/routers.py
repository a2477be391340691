"""What is served, in the order in which addresses are matched."""

from __future__ import annotations

from fastapi import APIRouter

from benchwright.access import pages as sign_in
from benchwright.access import routes as access
from benchwright.activity import pages as activity_pages
from benchwright.activity import routes as activity
from benchwright.configs import edit_pages as config_edit_pages
from benchwright.configs import pages as config_pages
from benchwright.configs import routes as configs
from benchwright.datasets import pages as dataset_pages
from benchwright.datasets import routes as datasets
from benchwright.exports import pages as export_pages
from benchwright.exports import routes as exports
from benchwright.hosts import form_pages as host_form_pages
from benchwright.hosts import pages as host_pages
from benchwright.hosts import routes as hosts
from benchwright.influxdb import routes as influxdb
from benchwright.jobs import desk_pages as job_desk_pages
from benchwright.jobs import group_pages as job_group_pages
from benchwright.jobs import kept_pages as job_pages
from benchwright.jobs import routes as jobs
from benchwright.lab import LabDep
from benchwright.loadtests import own_script_pages, plan_pages, rerun_pages, usage_pages
from benchwright.loadtests import pages as load_test_pages
from benchwright.loadtests import routes as loadtests
from benchwright.metrics import routes as metrics
from benchwright.monitoring import routes as monitoring
from benchwright.overview import pages as overview_pages
from benchwright.projects import pages as project_pages
from benchwright.projects import routes as projects
from benchwright.projects import secret_pages
from benchwright.runs import comparison_pages, overlay_pages, selection_pages
from benchwright.runs import download_routes as run_downloads
from benchwright.runs import file_routes as run_files
from benchwright.runs import list_pages as run_list_pages
from benchwright.runs import log_routes as run_logs
from benchwright.runs import pages as run_pages
from benchwright.runs import routes as runs
from benchwright.schedules import pages as schedule_pages
from benchwright.schedules import routes as schedules
from benchwright.search import pages as search_pages
from benchwright.search import routes as search
from benchwright.sources import pages as source_pages
from benchwright.sources import routes as sources
from benchwright.specs import endpoint_pages
from benchwright.specs import list_pages as spec_list_pages
from benchwright.specs import pages as spec_pages
from benchwright.specs import routes as specs
from benchwright.streams import pages as stream_pages
from benchwright.streams import routes as streams
from benchwright.tracking import pages as tracking_pages
from benchwright.tracking import routes as tracking
from benchwright.version import VERSION
from benchwright.web import assets, design_pages
from benchwright.web import pages as web_pages
from benchwright.webhooks import routes as webhooks

health = APIRouter(tags=["server"])


@health.get("/health")
def get_health(lab: LabDep) -> dict[str, str]:
    """Answers while the server works and reaches its database."""
    with lab.database.read() as session:
        session.connection().exec_driver_sql("SELECT 1")
    return {"status": "ok", "version": VERSION}


ROUTERS = (
    health,
    monitoring.router,
    assets.router,
    sign_in.router,
    access.router,
    projects.router,
    specs.router,
    loadtests.router,
    jobs.router,
    runs.router,
    run_logs.router,
    run_files.router,
    run_downloads.router,
    exports.router,
    metrics.router,
    schedules.router,
    configs.router,
    datasets.router,
    activity.router,
    hosts.router,
    influxdb.router,
    streams.router,
    search.router,
    sources.router,
    tracking.router,
    webhooks.router,
    web_pages.router,
    overview_pages.router,
    activity_pages.router,
    search_pages.router,
    design_pages.router,
    project_pages.router,
    secret_pages.router,
    host_form_pages.router,
    host_pages.router,
    spec_list_pages.router,
    spec_pages.router,
    endpoint_pages.router,
    plan_pages.router,
    usage_pages.router,
    own_script_pages.router,
    load_test_pages.router,
    stream_pages.router,
    source_pages.router,
    schedule_pages.router,
    config_edit_pages.router,
    job_group_pages.router,
    job_desk_pages.router,
    job_pages.router,
    config_pages.router,
    dataset_pages.router,
    run_list_pages.router,
    export_pages.router,
    rerun_pages.router,
    selection_pages.router,
    comparison_pages.router,
    overlay_pages.router,
    tracking_pages.router,
    run_pages.router,
)
"""Pages with fixed names come before those whose names are ids."""

TAGS = [
    {"name": tag, "description": description}
    for tag, description in (
        ("projects", "What keeps specs, load tests and runs that belong together."),
        ("specs", "OpenAPI and Swagger documents, their endpoints, and what newer states changed."),
        ("load tests", "Plans and k6 scripts: kept, previewed, started, and drafts of them."),
        ("jobs", "Any command or container image with a config: kept, previewed, started."),
        ("runs", "What was started: its state, results, log and files, live and afterwards."),
        ("schedules", "Load tests that start by the clock, and what came of that."),
        ("hosts", "Docker daemons, here and elsewhere, whose containers runs execute in."),
        ("configs", "Files in YAML or JSON that jobs are started with."),
        ("datasets", "Folders of files that jobs read: uploaded, looked at, downloaded."),
        ("measurements", "Figures of a run over time, and where load generators send them."),
        ("streaming in", "Where other tools send their figures; the first write opens a run."),
        ("search", "Everything that has a name, by its words."),
        ("sources", "Data of other systems, which is only read."),
        ("secrets", "Credentials that plans name; nobody can read them back."),
        ("webhooks", "Addresses that are told when a run ends."),
        ("access", "Tokens and what they allow."),
        ("server", "The server itself."),
        ("metric vault", "The interface of Metric Vault, for its clients as they are."),
        ("opeva", "The interface of the OPEVA training backend, for its clients as they are."),
    )
]
"""In the order in which one meets them; as `/docs` shows them."""
