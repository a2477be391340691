"""A real Docker daemon, and an image that behaves as the OPEVA simulator does."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

LABEL = "benchwright-test-opeva"

DOCKERFILE = f"""
FROM busybox:test
LABEL {LABEL}=1
COPY simulate /simulate
ENTRYPOINT ["/bin/sh", "/simulate"]
"""

SIMULATE = r"""
# As docker_run.py does: takes --config and --job_id, and works below /data.
while [ $# -gt 0 ]; do
  case "$1" in
    --config) config=$2; shift 2 ;;
    --job_id) job=$2; shift 2 ;;
    *) echo "unknown argument $1" >&2; exit 64 ;;
  esac
done
[ -r "$config" ] || { echo "no config at $config" >&2; exit 65; }
base=/data/jobs/$job
run=$(echo "$job" | tr -d -)
mkdir -p $base/logs $base/progress $base/results
log=$base/logs/$run.log
echo "simulation of $job starts" | tee -a $log
echo "printed only"
[ ! -e /data/beside.txt ] || echo "beside: $(cat /data/beside.txt)"
echo "datasets: $(ls /data/datasets)"
[ -z "$(ls -A /data/.benchwright 2>/dev/null)" ] || { echo "the private folder is there" >&2; exit 66; }
echo "logged only" >> $log
sed '$ s/}$/,"mlflow_run_id": "'$run'", "mlflow_uri": "file:\/data\/mlflow\/mlruns"}/' \
  $base/job_info.json > $base/job_info.new && mv $base/job_info.new $base/job_info.json
echo '{"percent": 45, "stage": "training"}' > $base/progress/progress.json
if grep -q 'wait_for_go: true' "$config"; then
  trap 'echo "asked to stop"; exit 143' TERM
  until [ -e $base/go ]; do sleep 0.1; done
fi
if grep -q 'must_fail: true' "$config"; then
  echo '{"status": "failed", "error": "no solar data"}' > $base/results/result.json
  echo '{"percent": 80, "stage": "error"}' > $base/progress/progress.json
  echo "it failed" | tee -a $log
  exit 3
fi
echo '{"Building_1": {"cost_total": 0.9, "peak": NaN}, "District": {"cost_total": 1.1, "peak": 2}}' \
  > $base/results/result.json
echo '{"percent": 100, "stage": "complete"}' > $base/progress/progress.json
echo "simulation of $job is complete" | tee -a $log
"""


@dataclass
class Daemon:
    """A Docker daemon, spoken to without Benchwright."""

    address: str
    image: str

    @property
    def url(self) -> str:
        return self.address.replace("tcp://", "http://")

    def call(self, method: str, path: str, **more: Any) -> Any:
        answer = httpx2.request(method, self.url + path, timeout=120, **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def containers(self, job_id: str) -> list[dict[str, Any]]:
        """The containers of a job, whatever they do."""
        listed: list[dict[str, Any]] = self.call("GET", "/containers/json?all=1")
        return [one for one in listed if any(job_id in name for name in one["Names"])]

    def run(self, job_id: str, config: str, data_dir: str) -> str:
        """Starts a simulation as an OPEVA backend does; its id."""
        name = f"opeva_sim_{job_id}_Demo-Run1"
        body = {
            "Image": self.image,
            "Cmd": ["--config", f"/data/configs/{config}", "--job_id", job_id],
            "HostConfig": {"Binds": [f"{data_dir}:/data:rw"]},
        }
        made = self.call("POST", f"/containers/create?name={name}", json=body)
        self.call("POST", f"/containers/{made['Id']}/start")
        return str(made["Id"])


def _context() -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, text in (("Dockerfile", DOCKERFILE), ("simulate", SIMULATE)):
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return raw.getvalue()


@pytest.fixture(scope="module")
def daemons(docker_hosts: list[str]) -> Iterator[list[Daemon]]:
    """The daemons with the simulator's image; what was made of it is removed afterwards."""
    name = f"opeva-test-{uuid.uuid4().hex[:8]}/opeva_simulator:latest"
    found = [Daemon(each, name) for each in docker_hosts if each.startswith("tcp://")]
    if not found:
        pytest.skip("the Docker daemons listen on no port")
    for daemon in found:
        answer = httpx2.post(
            f"{daemon.url}/build",
            params={"t": name, "rm": "1"},
            content=_context(),
            headers={"Content-Type": "application/x-tar"},
            timeout=300,
        )
        assert "Successfully built" in answer.text, answer.text
    yield found
    for daemon in found:
        filters = json.dumps({"ancestor": [name]})
        for one in daemon.call("GET", "/containers/json", params={"all": "1", "filters": filters}):
            daemon.call("DELETE", f"/containers/{one['Id']}?force=1&v=1")
        daemon.call("DELETE", f"/images/{name}?force=1")
