"""Plans to begin with."""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A plan as text, and what it is for."""

    key: str
    title: str
    words: str
    icon: str
    text: str


SHELL = """\
# A command of this machine. What it writes to result.json becomes its results.
name: A shell command
command:
  - sh
  - -c
  - |
    echo "Hello from $(uname -s)"
    for step in 1 2 3 4 5; do
      echo "{\\"percent\\": $((step * 20)), \\"stage\\": \\"step $step of 5\\"}" > "$BENCHWRIGHT_PROGRESS_FILE"
      sleep 1
    done
    echo "{\\"answer\\": ${{ answer }}}" > "$BENCHWRIGHT_RESULTS_DIR/result.json"
parameters:
  answer: 42
planned_duration_s: 5
"""

CONTAINER = """\
# A container with a config. Every combination of the matrix becomes a run.
name: A container image
image: python:3.13-slim
command:
  - python
  - -c
  - |
    import json, os
    config = open(os.environ["BENCHWRIGHT_CONFIG"]).read()
    print(config)
    lr = float(os.environ["BENCHWRIGHT_PARAM_LR"])
    with open(os.environ["BENCHWRIGHT_RESULTS_DIR"] + "/result.json", "w") as file:
        json.dump({"loss": {"value": (lr - 0.02) ** 2, "better": "lower"}}, file)
config:
  inline:
    optimiser: adam
    lr: ${{ lr }}
matrix:
  lr: [0.1, 0.01, 0.001]
resources:
  cpus: 1
  memory_mib: 512
timeout_s: 600
"""

OPEVA = """\
# An OPEVA simulation: choose one of the configs, or write it here.
name: OPEVA simulation
image: calof/opeva_simulator:latest
command: [--config, "${{ run.config }}", --job_id, "${{ run.id }}"]
config:
  inline:
    experiment:
      name: first
      run_name: run
      logging: {log_dir: /data/jobs, log_level: INFO, mlflow: true, mlflow_uri: file:/data/mlflow/mlruns}
    simulator:
      dataset_name: citylearn_challenge
      dataset_path: /data/datasets/citylearn_challenge/schema.json
      central_agent: false
      reward_function: RewardFunction
    algorithm:
      name: RBC
"""

EXAMPLES = (
    Example("shell", "A shell command", "Runs on this machine at once: a script, progress, a result.", "job", SHELL),
    Example("container", "A container image", "An image with a config, run for three values of a parameter.", "project", CONTAINER),
    Example("opeva", "An OPEVA simulation", "The simulator's image with its config and the id of its run.", "load-test", OPEVA),
)  # fmt: skip


def find_example(key: str) -> Example:
    """The example of this key, or the first."""
    return next((one for one in EXAMPLES if one.key == key), EXAMPLES[0])
