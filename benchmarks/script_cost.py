"""What a generated script costs k6 beside the shortest one that sends the same request."""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import servers
from benchmarks.load_overhead import Measured, run_bare
from benchwright.loadtests.k6 import require_k6
from benchwright.loadtests.plan import parse_plan
from benchwright.loadtests.script import generate_script
from benchwright.settings import Settings

PAIRS = 9
DURATION_S = 5
VUS = 10

SHORTEST = """
import http from "k6/http";
export const options = {{ vus: {vus}, duration: "{duration_s}s" }};
export default function () {{
  http.get("{url}/item", {{ tags: {{ name: "GET /item" }}, responseType: "none" }});
}}
export function handleSummary(data) {{
  return {{ [__ENV.BENCHWRIGHT_SUMMARY]: JSON.stringify(data) }};
}}
"""


def write_scripts(folder: Path, url: str) -> tuple[Path, Path]:
    """The shortest script and a generated one, for the same load."""
    plan = {
        "name": "cost",
        "base_url": url,
        "scenarios": [
            {"name": "item", "path": "/item", "executor": "constant-vus", "vus": VUS,
             "duration": f"{DURATION_S}s"}
        ],
    }  # fmt: skip
    shortest, generated = folder / "shortest.js", folder / "generated.js"
    shortest.write_text(SHORTEST.format(vus=VUS, duration_s=DURATION_S, url=url))
    generated.write_text(generate_script(parse_plan(plan), {}).text)
    return shortest, generated


def measure() -> bool:
    """Runs the pairs and prints the figures; whether the promise is kept."""
    k6 = require_k6(Settings().k6).path
    with tempfile.TemporaryDirectory() as name, servers.nginx(Path(name) / "nginx") as url:
        folder = Path(name)
        shortest, generated = write_scripts(folder, url)
        bare: list[Measured] = []
        ours: list[Measured] = []
        for number in range(PAIRS):
            bare.append(run_bare(k6, shortest, folder))
            ours.append(run_bare(k6, generated, folder))
            print(
                f"pair {number + 1}: shortest {bare[-1].cpu_per_request_us:.1f} µs/request, "
                f"{bare[-1].rate:,.0f}/s; generated {ours[-1].cpu_per_request_us:.1f} µs/request, "
                f"{ours[-1].rate:,.0f}/s"
            )
    ratios = [o.cpu_per_request_us / b.cpu_per_request_us for o, b in zip(ours, bare, strict=True)]
    print(f"median of the pairs' CPU ratios: {statistics.median(ratios):.3f}")
    ratio = min(m.cpu_per_request_us for m in ours) / min(m.cpu_per_request_us for m in bare)
    return servers.verdict("CPU per request, generated ÷ shortest (minima)", ratio, 1.25, "×")


if __name__ == "__main__":
    sys.exit(0 if measure() else 1)
