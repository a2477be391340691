"""Jobs in containers of a real Docker daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchwright.hosts.watch import HostWatch
from tests.jobs.job_lab import JobLab
from tests.services.docker import Daemon

pytestmark = pytest.mark.timeout(180)
SHOW = """
cat "$BENCHWRIGHT_CONFIG"; ls /data; echo "id=$BENCHWRIGHT_RUN_ID lr=$BENCHWRIGHT_PARAM_LR $0 $1"
touch /data/configs/x 2>/dev/null && echo "configs are writable"
echo '{"percent": 50}' > "$BENCHWRIGHT_PROGRESS_FILE"
echo '{"loss": 0.5}' > "$BENCHWRIGHT_RESULTS_DIR/result.json"
"""


@pytest.fixture
def docker_lab(make_job_lab: Callable[..., JobLab], docker_host: str) -> Iterator[JobLab]:
    """An installation that knows the daemon as the host `box`, which shares its folders."""
    lab = make_job_lab()
    lab.add_host("box", shared_path=str(lab.data_dir), at=docker_host)
    asyncio.run(_look(lab))
    yield lab
    Daemon(docker_host).remove_all(f"benchwright.instance={lab.lab.home}")


async def _look(lab: JobLab) -> None:
    watch = HostWatch(lab.lab, lab.installation.executors.note_hosts)
    await watch.check("box")


def run(lab: JobLab, **plan: Any) -> dict[str, Any]:
    return lab.run({"name": "c", "image": "busybox:test", "pull": "never", "host": "box", **plan})


def test_a_container_is_given_its_config_and_reports(docker_lab: JobLab) -> None:
    done = run(
        docker_lab,
        command=["sh", "-c", SHOW, "${{ run.id }}", "${{ run.results }}"],
        parameters={"lr": 0.1},
        config={"inline": {"lr": "${{ lr }}"}},
    )
    run_id = done["public_id"]
    assert (done["state"], done["target"]) == ("succeeded", "docker:box"), done["reason"]
    log = docker_lab.log(run_id)
    assert log.startswith("lr: 0.1\n")
    assert f"id={run_id} lr=0.1 {run_id} /data/jobs/{run_id}/results" in log
    assert "writable" not in log
    assert docker_lab.results(run_id) == {("", "loss", "value"): 0.5}
    assert docker_lab.folder(run_id).progress.read_text() == '{"percent": 50}\n'


def test_an_image_that_is_not_there_is_a_fault_of_the_run(docker_lab: JobLab) -> None:
    done = run(docker_lab, image="no-such-image:at-all")
    assert done["state"] == "failed"
    assert "no-such-image" in done["reason"]


@pytest.mark.parametrize(
    "command, words",
    [
        (["no-such-program"], "Its command was not found in the image"),
        (["sh", "-c", "exit 3"], "exit code 3"),
    ],
)
def test_commands_that_fail(docker_lab: JobLab, command: list[str], words: str) -> None:
    done = run(docker_lab, command=command)
    assert done["state"] == "failed"
    assert words in done["reason"]


def test_a_matrix_in_containers(docker_lab: JobLab) -> None:
    plan = {"name": "m", "image": "busybox:test", "pull": "never", "host": "box",
            "command": ["echo", "${{ n }}"], "matrix": {"n": [1, 2, 3]}}  # fmt: skip
    started = docker_lab.start(plan)
    docker_lab.drive()
    assert [docker_lab.log(one) for one in started] == ["1\n", "2\n", "3\n"]
