from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from benchwright.access.principal import Principal, Scope
from benchwright.jobs import permission
from benchwright.jobs.faults import parse_plan
from benchwright.kit.errors import Forbidden, Invalid
from benchwright.runs import service as runs
from tests.jobs.job_lab import JobLab

SMALL: dict[str, Any] = {"name": "a", "command": ["true"]}
IN_CONTAINER: dict[str, Any] = {"name": "a", "image": "busybox:test"}


def faults(job_lab: JobLab, plan: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        job_lab.start(plan)
    return {error["field"]: error["message"] for error in refused.value.errors}


def spec_of(job_lab: JobLab, run_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
    with job_lab.lab.database.read() as session:
        run = runs.get_run(session, run_id)
        return run.target, run.spec


def test_a_matrix_makes_a_group(job_lab: JobLab) -> None:
    plan = {**SMALL, "command": ["echo", "${{ lr }}"], "matrix": {"lr": [0.1, 0.2]}, "tags": ["t"]}
    made = job_lab.start(plan)
    with job_lab.lab.database.read() as session:
        rows = [runs.get_run(session, one) for one in made]
        assert len({row.group_id for row in rows}) == 1
        assert rows[0].group_id is not None
        assert len({row.workload_digest for row in rows}) == 2
        assert [row.name for row in rows] == ["a · lr=0.1", "a · lr=0.2"]
    job_lab.drive()
    assert [job_lab.log(one) for one in made] == ["0.1\n", "0.2\n"]
    assert job_lab.show(made[0])["tags"] == ["lr=0.1", "t"]


def test_runs_that_were_told_the_same_have_the_same_digest(job_lab: JobLab) -> None:
    [first] = job_lab.start(SMALL)
    [second] = job_lab.start({**SMALL, "name": "b", "note": "x", "timeout_s": 5})
    [third] = job_lab.start({**SMALL, "command": ["false"]})
    with job_lab.lab.database.read() as session:
        digests = [runs.get_run(session, one).workload_digest for one in (first, second, third)]
    assert digests[0] == digests[1] != digests[2]


def test_a_container_goes_to_a_host(job_lab: JobLab) -> None:
    job_lab.add_host("box", labels={"gpu": "yes"}, capacity=50)
    job_lab.add_host("other", is_drained=True)
    [run_id] = job_lab.start(IN_CONTAINER)
    target, spec = spec_of(job_lab, run_id)
    assert (target, spec["image"]) == ("docker:box", "busybox:test")
    assert "no host “x”" in faults(job_lab, {**IN_CONTAINER, "host": "x"})["host"]
    assert "gpu=no" in faults(job_lab, {**IN_CONTAINER, "labels": {"gpu": "no"}})["labels"]
    [run_id] = job_lab.start({**IN_CONTAINER, "host": "other"})
    assert spec_of(job_lab, run_id)[0] == "docker:other"


def test_runs_of_a_matrix_share_a_host_unless_they_are_spread(job_lab: JobLab) -> None:
    job_lab.add_host("a", labels={"gpu": "yes"}, capacity=2)
    job_lab.add_host("b", labels={"gpu": "yes"}, capacity=2)
    plan = {**IN_CONTAINER, "labels": {"gpu": "yes"}, "matrix": {"n": [1, 2, 3, 4]}}
    targets = [spec_of(job_lab, one)[0] for one in job_lab.start(plan)]
    assert targets == ["docker:a"] * 4
    targets = [spec_of(job_lab, one)[0] for one in job_lab.start({**plan, "spread": True})]
    assert targets == ["docker:a", "docker:b"] * 2


def test_only_folders_below_the_roots_of_the_host_are_mounted(job_lab: JobLab) -> None:
    job_lab.add_host("box", mount_roots=["/srv/data"], capacity=50)
    mounts = [
        {"source": source, "target": "/x"} for source in ("/srv/data/a", "/srv/database", "/")
    ]
    assert set(faults(job_lab, {**IN_CONTAINER, "mounts": mounts})) == {
        "mounts.1.source", "mounts.2.source",
    }  # fmt: skip
    job_lab.start({**IN_CONTAINER, "mounts": mounts[:1]})


@pytest.mark.parametrize(
    "name",
    [
        "../a.yaml",
        "/etc/passwd",
        "a/b.yaml",
        "configs/../a.yaml",
        "a.txt",
        "no.yaml",
        ".yaml",
        "a\n.yaml",
    ],
)
def test_configs_that_are_not_read(job_lab: JobLab, name: str) -> None:
    assert set(faults(job_lab, {**SMALL, "config": name})) == {"config.stored"}


def test_a_config_that_is_a_link_is_not_read(job_lab: JobLab) -> None:
    job_lab.put_config("a.yaml", "x")
    (job_lab.data_dir / "configs" / "b.yaml").symlink_to("/etc/hostname")
    assert set(faults(job_lab, {**SMALL, "config": "b.yaml"})) == {"config.stored"}


def test_faults_that_need_the_installation(make_job_lab: Callable[..., JobLab]) -> None:
    job_lab = make_job_lab(runs={"max_timeout_s": 60})
    assert set(faults(job_lab, {**SMALL, "timeout_s": 61})) == {"timeout_s"}
    assert set(faults(job_lab, {**SMALL, "secrets": {"A": "NOT_THERE"}})) == {"secrets.A"}
    assert set(faults(job_lab, {**SMALL, "datasets": ["../x"]})) == {"datasets.0"}
    assert set(faults(job_lab, {**SMALL, "environment": {"A": "${{ x }}"}})) == {"environment.A"}
    assert set(faults(job_lab, {**SMALL, "command": ["a", "${{ x }}"]})) == {"command.1"}
    plan = {**SMALL, "config": {"inline": {"a": ["${{ run.id }}"]}}}
    assert set(faults(job_lab, plan)) == {"config.inline.a.0"}
    assert set(faults(job_lab, {**SMALL, "tags": ["a,b"]})) == {"tags"}


def principal(*scopes: Scope) -> Principal:
    return Principal(key="token:1", scopes=frozenset(scopes))


def test_who_may_start_a_process(make_job_lab: Callable[..., JobLab]) -> None:
    settings = make_job_lab().lab.settings
    command, container = parse_plan(SMALL), parse_plan(IN_CONTAINER)
    permission.check_allowed(settings, principal(Scope.RUN), container)
    permission.check_allowed(settings, principal(Scope.ADMIN), command)
    with pytest.raises(Forbidden, match="scope `admin`"):
        permission.check_allowed(settings, principal(Scope.RUN, Scope.WRITE), command)
    settings.server.host = "0.0.0.0"
    with pytest.raises(Forbidden, match="PROCESS__ENABLED"):
        permission.check_allowed(settings, principal(Scope.ADMIN), command)
    settings.executors.process.enabled = True
    permission.check_allowed(settings, principal(Scope.ADMIN), command)
    permission.check_allowed(settings, principal(Scope.RUN), container)
