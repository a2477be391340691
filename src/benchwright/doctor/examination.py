"""Examines a machine and an installation."""

from __future__ import annotations

from benchwright.doctor.accepted import check_accepted
from benchwright.doctor.findings import Examination, Finding
from benchwright.doctor.forwarding import check_forwarding
from benchwright.doctor.generator import check_k6
from benchwright.doctor.hosts import check_hosts
from benchwright.doctor.safety import check_safety
from benchwright.doctor.samples import check_influxdb
from benchwright.doctor.software import check_git, check_python, check_version
from benchwright.doctor.sources import check_sources
from benchwright.doctor.storage import check_data_dir, check_database, check_disk, check_sqlite
from benchwright.doctor.targets import check_kubernetes
from benchwright.doctor.tracking import check_tracking
from benchwright.settings import Settings
from benchwright.version import VERSION


def examine(settings: Settings) -> Examination:
    """Looks at everything; takes a few seconds at most and changes nothing."""
    findings: list[Finding] = [
        check_version(),
        check_python(),
        check_k6(settings),
        check_data_dir(settings),
        check_disk(settings),
        check_database(settings),
        check_sqlite(settings),
        check_git(),
        *check_hosts(settings),
        check_kubernetes(),
        *check_influxdb(settings),
        *check_safety(settings),
        *check_accepted(settings),
        *check_forwarding(settings),
        *check_sources(settings),
        *check_tracking(settings),
    ]
    return Examination(
        version=VERSION,
        is_usable=not any(finding.is_fatal for finding in findings),
        findings=findings,
    )
